// Random zones for the wire tests: series with values, some fresh and some not, constants, and the packet that they mean,
// worked out from the schema without the encoder's help.

import fc from 'fast-check';
import protobuf from 'protobufjs';
import { CellStore } from '../../src/main/wire/cells.js';
import type { PlanConstant, PlanInput, PlanSeries } from '../../src/main/wire/plan.js';
import { fieldPaths, packetType, resolveField } from '../../src/main/wire/schema.js';

export const ROUND = 7;

export interface CaseSeries extends PlanSeries {
  readonly value: bigint;
  readonly fresh: boolean;
}

export interface PacketCase {
  readonly series: readonly CaseSeries[];
  readonly constants: readonly PlanConstant[];
  readonly always: PlanInput['always'];
}

const NUMERIC = new Set(['uint32', 'uint64', 'fixed64', 'bool']);

function isNumeric(field: protobuf.Field): boolean {
  return !field.repeated && (field.resolvedType instanceof protobuf.Enum || NUMERIC.has(field.type));
}

function pathsWhere(accept: (path: string) => boolean): string[] {
  return [...fieldPaths()].filter((path) => {
    const { keys, leaf } = resolveField(path)!;
    return !keys.includes(leaf) && accept(path);
  });
}

const SERIES_PATHS = pathsWhere((path) => isNumeric(resolveField(path)!.leaf));
const TEXT_PATHS = pathsWhere(
  (path) => resolveField(path)!.leaf.type === 'string' && !resolveField(path)!.leaf.repeated,
);
const REQUIRED = ['name', 'time'];

/** The borders of varint lengths, of a double's exactness and of the halves, and anything between. */
const value64 = fc.oneof(
  fc.constantFrom(
    ...[7n, 14n, 21n, 28n, 32n, 35n, 42n, 49n, 53n, 56n, 63n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits]),
    0n,
    (1n << 64n) - 1n,
  ),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 30, maxLength: 300 }),
);

function keyValue(field: protobuf.Field): fc.Arbitrary<string> {
  if (field.type === 'string') return fc.constantFrom('', 'vda', 'eth0', 'ü—日本', 'a'.repeat(130));
  return fc.oneof(fc.constant(''), fc.integer({ min: 0, max: 20 }).map(String), fc.constant('4294967295'));
}

function instanceOf(path: string): fc.Arbitrary<string[]> {
  return fc.tuple(...resolveField(path)!.keys.map(keyValue));
}

function valueFor(path: string): fc.Arbitrary<bigint> {
  const type = resolveField(path)!.leaf.resolvedType;
  return type instanceof protobuf.Enum ? fc.constantFrom(...Object.values(type.values).map(BigInt)) : value64;
}

const oneSeries = fc.constantFrom(...SERIES_PATHS).chain((field) =>
  fc.record({
    field: fc.constant(field),
    instance: instanceOf(field),
    value: valueFor(field),
    fresh: fc.boolean(),
  }),
);

const oneText = fc
  .constantFrom(...TEXT_PATHS.filter((path) => !REQUIRED.includes(path)))
  .chain((field) => fc.record({ field: fc.constant(field), instance: instanceOf(field), value: text }));

const idOf = ({ field, instance }: { field: string; instance: readonly string[] }) => [field, ...instance].join('\0');

/** @returns plans with the required fields of a packet always in them */
export function packetCases(): fc.Arbitrary<PacketCase> {
  return fc
    .record({
      name: text,
      time: value64,
      series: fc.uniqueArray(oneSeries, { maxLength: 120, selector: idOf }),
      texts: fc.uniqueArray(oneText, { maxLength: 12, selector: idOf }),
      zones: fc.option(fc.array(text, { maxLength: 20 }), { nil: undefined }),
      allFresh: fc.boolean(),
      always: fc.subarray<'mem' | 'net'>(['mem', 'net']),
    })
    .map(({ name, time, series, texts, zones, allFresh, always }) => ({
      series: [
        { field: 'time', instance: [], value: time, fresh: true },
        ...series.filter(({ field }) => !REQUIRED.includes(field)),
      ].map((one, at) => ({ ...one, fresh: one.fresh || allFresh, cell: at })),
      constants: [
        { field: 'name', instance: [], value: name },
        ...texts,
        ...(zones === undefined ? [] : [{ field: 'zonename', instance: [], value: zones }]),
      ],
      always,
    }));
}

/** A store in which the fresh ones of these series have their values in round ROUND, the others in the one before. */
export function storeOf(series: readonly CaseSeries[]): CellStore {
  const cells = new CellStore(4);
  for (const { cell, value, fresh } of series) {
    while (cells.live <= cell) cells.allocate();
    cells.set(cell, Number(value & 0xffffffffn), Number(value >> 32n), fresh ? ROUND : ROUND - 1);
  }
  return cells;
}

interface Element {
  readonly instance: readonly string[];
  readonly fields: Record<string, unknown>;
  fresh: boolean;
}

/** What protobufjs is to encode: a plain object by the rules of PlanInput. */
export function expectedMessage({ series, constants, always }: PacketCase): Record<string, unknown> {
  const packet: Record<string, unknown> = {};
  const elements = new Map<string, Element[]>();
  const add = (path: string, instance: readonly string[], value: unknown, fresh: boolean) => {
    const { outer, leaf, keys } = resolveField(path)!;
    if (outer === leaf) {
      if (fresh) packet[path] = value;
      return;
    }
    const list = elements.get(outer.name) ?? [];
    elements.set(outer.name, list);
    let element = list.find((other) => other.instance.join('\0') === instance.join('\0'));
    if (element === undefined) {
      element = { instance, fields: keyFields(keys, instance), fresh: false };
      list.push(element);
    }
    if (fresh || typeof value === 'string') element.fields[leaf.name] = value;
    if (fresh && typeof value !== 'string') element.fresh = true;
  };
  for (const { field, instance, value, fresh } of series) {
    add(field, instance, asField(resolveField(field)!.leaf, value), fresh);
  }
  for (const { field, instance, value } of constants) add(field, instance, value, true);
  for (const [name, list] of elements) {
    const { repeated } = packetType.fields[name]!;
    const written = inOrder(name, list).filter((element) => element.fresh);
    if (written.length === 0) continue;
    packet[name] = repeated ? written.map((element) => element.fields) : written[0]!.fields;
  }
  for (const name of always) packet[name] ??= [{}];
  return packet;
}

function keyFields(keys: readonly protobuf.Field[], instance: readonly string[]): Record<string, unknown> {
  const present = keys.map((key, at) => [key, instance[at] ?? ''] as const);
  return Object.fromEntries(
    present
      .filter(([key, value]) => value !== '' || key.required)
      .map(([key, value]) => [key.name, key.type === 'string' ? value : asField(key, BigInt(value))]),
  );
}

/** Numbers ascending, an absent one first; names as they came. */
function inOrder(name: string, list: readonly Element[]): Element[] {
  const keys = resolveField([...fieldPaths()].find((path) => path.startsWith(`${name}.`))!)!.keys;
  const rank = (element: Element, at: number) => {
    const value = element.instance[at] ?? '';
    if (keys[at]!.type === 'string') return list.findIndex((other) => (other.instance[at] ?? '') === value);
    return value === '' ? -1 : Number(value);
  };
  return [...list].sort((a, b) => {
    for (let at = 0; at < keys.length; at++) if (rank(a, at) !== rank(b, at)) return rank(a, at) - rank(b, at);
    return 0;
  });
}

/** The value as protobufjs takes it for this field. */
function asField(field: protobuf.Field, value: bigint): unknown {
  if (field.resolvedType instanceof protobuf.Enum) return Number(value);
  if (field.type === 'bool') return value !== 0n;
  if (field.type === 'uint32') return Number(value & 0xffffffffn);
  return new protobuf.util.Long(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), true);
}
