// Consumers of 2013: a schema that ends at field 13 must go on parsing whatever we cast, and filtering it by zone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { packetType } from '../../src/main/wire/schema.js';
import { zonePrefix, zonePrefixes } from '../../src/main/wire/zone-filter.js';
import { encodeCase } from '../support/encode-case.js';
import { packetCases } from '../support/packet-cases.js';

const OLD_SCHEMA = new URL('../../../test/fixtures/wire/old-packet.proto', import.meta.url);
const OURS_FROM = 32;

const oldRoot = protobuf.parse(readFileSync(OLD_SCHEMA, 'utf8'), { keepCase: true }).root;
oldRoot.resolveAll();
const oldPacket = oldRoot.lookupType('PBMSG.Packet');

const labels = (field: protobuf.Field) => [field.name, field.id, field.type, field.required, field.repeated];

/** The fields of `ours` that consumers of 2013 know must be those of `old`; all others begin at 32. */
function assertSameBelow32(ours: protobuf.Type, old: protobuf.Type): void {
  const known = ours.fieldsArray.filter(({ id }) => id < OURS_FROM);
  assert.deepEqual(known.map(labels), old.fieldsArray.map(labels), ours.name);
  for (const field of ours.fieldsArray) {
    if (field.id >= OURS_FROM) assert.equal(field.required, false, `${ours.name}.${field.name} is required`);
  }
}

test('numbers, names, types and labels of the old fields are what they were', () => {
  assert.equal(packetType.fullName, '.PBMSG.Packet');
  assertSameBelow32(packetType, oldPacket);
  for (const field of oldPacket.fieldsArray) {
    if (field.resolvedType instanceof protobuf.Type) {
      assertSameBelow32(packetType.fields[field.name]!.resolvedType as protobuf.Type, field.resolvedType);
    }
  }
});

/** `full` without what the old schema lacks. */
function onlyOld(type: protobuf.Type, full: Record<string, unknown>): Record<string, unknown> {
  const entries = type.fieldsArray
    .filter(({ name }) => Object.hasOwn(full, name))
    .map(({ name, resolvedType }) => {
      const value = full[name];
      if (!(resolvedType instanceof protobuf.Type)) return [name, value];
      return [name, (value as Record<string, unknown>[]).map((one) => onlyOld(resolvedType, one))];
    });
  return Object.fromEntries(entries);
}

test('an old consumer parses every packet and reads the same values in fields 1 to 13', () => {
  const options = { longs: String };
  fc.assert(
    fc.property(packetCases(), (packet) => {
      const bytes = encodeCase(packet);
      const read = oldPacket.toObject(oldPacket.decode(bytes), options);
      assert.deepEqual(read, onlyOld(oldPacket, packetType.toObject(packetType.decode(bytes), options)));
    }),
    { numRuns: 500 },
  );
});

test('every packet begins with 0A, the length of its zone name, and the name', () => {
  fc.assert(
    fc.property(packetCases(), (packet) => {
      const bytes = encodeCase(packet);
      const name = String(packet.constants[0]!.value);
      assert.equal(bytes[0], 0x0a);
      assert.ok(bytes.includes(Buffer.from(name)));
      if (name !== '') assert.deepEqual(bytes.subarray(0, zonePrefix(name).length), Buffer.from(zonePrefix(name)));
    }),
    { numRuns: 300 },
  );
});

test('the prefix of a zone is of no other, however alike their names', () => {
  const names = ['web', 'web1', 'we', 'webweb', 'w'.repeat(127), 'w'.repeat(128), 'w'.repeat(300), 'ü'];
  for (const name of names) {
    const packet = Buffer.concat([zonePrefix(name), Buffer.of(0x10, 1)]);
    const matching = names.filter((other) => {
      const prefix = zonePrefix(other);
      return Buffer.compare(packet.subarray(0, prefix.length), prefix) === 0;
    });
    assert.deepEqual(matching, [name]);
  }
  assert.deepEqual([...zonePrefix('w'.repeat(300)).subarray(0, 4)], [0x0a, 0xac, 0x02, 0x77]);
});

test('a filter without a zone, or by a zone without a name, is refused', () => {
  assert.throws(() => zonePrefixes([]), TypeError);
  assert.throws(() => zonePrefixes(['a', '']), TypeError);
});
