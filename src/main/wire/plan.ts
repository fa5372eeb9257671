// How one zone's packet is encoded: from the schema, the zone's series and its constants to the program that
// encodePacket runs each tick. Compiled anew whenever series or constants change. Main thread only; compiling allocates.

import protobuf from 'protobufjs';
import { type ConstantValue, cellOp, type Plan, PlanError, ProgramBuilder } from './program.js';
import { type FieldDescriptor, packetType, resolveField } from './schema.js';

export { type Plan, PlanError } from './program.js';

/** A number that changes: read from its cell each tick. */
export interface PlanSeries {
  /** `threads`, `disk.nread`. Numeric, and no key field. */
  readonly field: string;
  /** Values of the entry's key fields in the order of KEY_FIELDS; `''` leaves an optional key field out. */
  readonly instance: readonly string[];
  readonly cell: number;
}

/**
 * A value that stays. Of the packet itself it is in every packet; within a message it is written along with an entry that
 * has a fresh cell, and makes no entry by itself.
 */
export interface PlanConstant {
  readonly field: string;
  readonly instance: readonly string[];
  /** Numbers may stand in decimal; an enum's value is its name or number, a bool's 0 or 1; a repeated string is an array. */
  readonly value: ConstantValue;
}

export interface PlanInput {
  readonly series: readonly PlanSeries[];
  readonly constants: readonly PlanConstant[];
  /** Messages of which consumers expect one at least: an empty one is written when no entry has a fresh cell. */
  readonly always: readonly ('mem' | 'net')[];
}

/** What one field of a message, or of the packet, is filled from. */
type Leaf =
  | { readonly field: protobuf.Field; readonly cell: number }
  | { readonly field: protobuf.Field; readonly value: ConstantValue };

interface Entry {
  readonly instance: readonly string[];
  /** Where the entry goes by each of its keys: the key's number, or when that name first came. */
  readonly rank: readonly number[];
  readonly leaves: Leaf[];
}

/** The entries of one field of Packet; a single value counts as one entry. */
class Group {
  readonly outer: protobuf.Field;
  readonly keys: readonly protobuf.Field[];
  readonly #entries = new Map<string, Entry>();
  readonly #firstSeen = new Map<string, number>();

  constructor(outer: protobuf.Field, keys: readonly protobuf.Field[]) {
    this.outer = outer;
    this.keys = keys;
  }

  add(path: string, instance: readonly string[], leaf: Leaf): void {
    if (this.keys.includes(leaf.field)) throw new PlanError(`${path} is a key field: it belongs into the instance`);
    if (instance.length > this.keys.length) {
      throw new PlanError(`${path} has ${this.keys.length} key fields, got [${instance.join(', ')}]`);
    }
    const id = instance.join('\0');
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      const rank = this.keys.map((key, at) => this.#rank(path, key, instance[at] ?? ''));
      entry = { instance, rank, leaves: [] };
      this.#entries.set(id, entry);
    }
    if (entry.leaves.some((other) => other.field === leaf.field)) {
      throw new PlanError(`two values for ${path} [${instance.join(', ')}]`);
    }
    entry.leaves.push(leaf);
  }

  /** Numeric keys ascending, one that is absent first; names in the order in which they came. */
  sorted(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => {
      const differs = a.rank.findIndex((rank, at) => rank !== b.rank[at]);
      return differs < 0 ? 0 : a.rank[differs]! - b.rank[differs]!;
    });
  }

  #rank(path: string, key: protobuf.Field, value: string): number {
    if (key.type === 'string') {
      const rank = this.#firstSeen.get(value) ?? this.#firstSeen.size;
      this.#firstSeen.set(value, rank);
      return rank;
    }
    if (value === '') return -1;
    if (!/^\d+$/.test(value)) throw new PlanError(`${path}: key ${key.name} must be a number, got '${value}'`);
    return Number(value);
  }
}

/**
 * Fields go by number, as in any encoding; the entries of one field by their keys, see `Group.sorted`.
 * @throws PlanError for a path that the schema lacks, a series of a field that is not numeric, a value that its field
 *   can't hold, or two values for one field
 */
export function compilePlan(input: PlanInput): Plan {
  const groups = new Map<number, Group>();
  for (const { field, instance, cell } of input.series) {
    const descriptor = describe(field);
    if (cellOp(descriptor.leaf) === undefined) {
      throw new PlanError(`${field} is ${descriptor.leaf.type}, not numeric: it can't be a series`);
    }
    groupOf(groups, descriptor).add(field, instance, { field: descriptor.leaf, cell });
  }
  for (const { field, instance, value } of input.constants) {
    const descriptor = describe(field);
    groupOf(groups, descriptor).add(field, instance, { field: descriptor.leaf, value });
  }
  const always = new Set<number>();
  for (const name of input.always) {
    const outer = packetType.fields[name]!;
    always.add(outer.id);
    if (!groups.has(outer.id)) groups.set(outer.id, new Group(outer, []));
  }
  const program = new ProgramBuilder();
  for (const group of [...groups.values()].sort((a, b) => a.outer.id - b.outer.id)) {
    if (group.outer.resolvedType instanceof protobuf.Type) writeEntries(program, group, always.has(group.outer.id));
    else for (const entry of group.sorted()) writeLeaves(program, entry);
  }
  return program.finish();
}

/** Whether `compilePlan` takes such a series, if nothing else is defined as the same. */
export function isSeries(path: string, instance: readonly string[]): boolean {
  const field = resolveField(path);
  if (field === undefined || cellOp(field.leaf) === undefined || field.keys.includes(field.leaf)) return false;
  const fits = (key: protobuf.Field, value: string): boolean =>
    key.type === 'string' || (/^\d{0,19}$/.test(value) && (key.type !== 'uint32' || Number(value) < 2 ** 32));
  return instance.length <= field.keys.length && instance.every((value, at) => fits(field.keys[at]!, value));
}

function describe(path: string): FieldDescriptor {
  const descriptor = resolveField(path);
  if (descriptor === undefined) throw new PlanError(`the schema has no field ${path}`);
  return descriptor;
}

function groupOf(groups: Map<number, Group>, { outer, keys }: FieldDescriptor): Group {
  let group = groups.get(outer.id);
  if (group === undefined) {
    group = new Group(outer, keys);
    groups.set(outer.id, group);
  }
  return group;
}

function writeEntries(program: ProgramBuilder, group: Group, always: boolean): void {
  if (always) program.mark();
  for (const entry of group.sorted()) {
    if (!entry.leaves.some((leaf) => 'cell' in leaf)) continue;
    for (const [at, key] of group.keys.entries()) {
      const value = entry.instance[at] ?? '';
      if (value !== '' || key.required) entry.leaves.push({ field: key, value });
    }
    program.begin(group.outer);
    writeLeaves(program, entry);
    program.end();
  }
  if (always) program.ensure(group.outer);
}

function writeLeaves(program: ProgramBuilder, entry: Entry): void {
  entry.leaves.sort((a, b) => a.field.id - b.field.id);
  for (const leaf of entry.leaves) {
    if ('cell' in leaf) program.cell(leaf.field, leaf.cell);
    else program.constant(leaf.field, leaf.value);
  }
}
