// The packet's schema as protobufjs reads it from proto/zonecast.proto, and what that file can't say: which fields of a
// repeated message tell its entries apart. Whoever needs a field's number or type asks here; nobody lists fields anew.
// Read once, when this module loads; no file is touched later.

import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** dist/src/main/wire and the proto directory both hang from the package's root. */
const SCHEMA_FILE = new URL('../../../../proto/zonecast.proto', import.meta.url);

const root = protobuf.parse(readFileSync(SCHEMA_FILE, 'utf8'), { keepCase: true }).root;
root.resolveAll();

export const packetType: protobuf.Type = root.lookupType('PBMSG.Packet');

/**
 * Fields that tell the entries of a repeated message apart, in the order of a series' `instance`. `mem` has none: there
 * is exactly one.
 */
export const KEY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  cpu: ['core'],
  mem: [],
  net: ['instance'],
  disk: ['instance'],
  process: ['pid', 'execname'],
  callfreq: ['name', 'time'],
  cpuqueue: ['core', 'length'],
  pressure: ['resource'],
  source: ['name'],
};

/** A field that can hold a value: of the packet itself, or of a message directly inside it. */
export interface FieldDescriptor {
  /** `threads`, `disk.nread`. */
  readonly path: string;
  /** The field of Packet: itself for a single value, else that of the message it is in. */
  readonly outer: protobuf.Field;
  /** The field that holds the value. */
  readonly leaf: protobuf.Field;
  /** Key fields of the message it is in; empty for a single value and for messages that occur once. */
  readonly keys: readonly protobuf.Field[];
}

const descriptors = new Map<string, FieldDescriptor>();
for (const outer of packetType.fieldsArray) {
  const message = outer.resolvedType;
  if (!(message instanceof protobuf.Type)) {
    descriptors.set(outer.name, { path: outer.name, outer, leaf: outer, keys: [] });
    continue;
  }
  const keys = (KEY_FIELDS[outer.name] ?? []).map((name) => message.get(name) as protobuf.Field);
  for (const leaf of message.fieldsArray) {
    const path = `${outer.name}.${leaf.name}`;
    descriptors.set(path, { path, outer, leaf, keys });
  }
}

/** @param path `threads`, or `disk.nread` for a field of an inner message */
export function resolveField(path: string): FieldDescriptor | undefined {
  return descriptors.get(path);
}

/** Paths of all fields that hold values, in schema order. */
export function fieldPaths(): IterableIterator<string> {
  return descriptors.keys();
}

/** @param path of a field of the schema */
export function isEnumField(path: string): boolean {
  return descriptors.get(path)?.leaf.resolvedType instanceof protobuf.Enum;
}
