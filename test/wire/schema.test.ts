// The schema and what is made of it, or said beside it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { fieldPaths, isEnumField, KEY_FIELDS, packetType, resolveField } from '../../src/main/wire/schema.js';
import { generatedPacketTypes, PACKET_TYPES_FILE } from '../support/packet-types.js';

test('packet.ts is what the schema says (else: npm run docs)', () => {
  assert.equal(readFileSync(PACKET_TYPES_FILE, 'utf8'), generatedPacketTypes());
});

test('packet.ts has an interface for every message and a property for every field', () => {
  const text = readFileSync(PACKET_TYPES_FILE, 'utf8');
  const seen = new Set<string>();
  for (const [, name, body] of text.matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g)) {
    for (const [, property] of body!.matchAll(/^ {2}(\w+)\??: /gm)) seen.add(`${name}.${property}`);
  }
  const messages = [packetType, ...packetType.nestedArray.filter((nested) => nested instanceof protobuf.Type)];
  const fields = messages.flatMap(({ name, fieldsArray }) => fieldsArray.map((field) => `${name}.${field.name}`));
  assert.deepEqual([...seen].sort(), fields.sort());
});

test('every repeated message says which fields are its key, and each of them exists', () => {
  const repeated = packetType.fieldsArray.filter((field) => field.repeated && field.resolvedType !== null);
  assert.deepEqual(Object.keys(KEY_FIELDS).sort(), repeated.map(({ name }) => name).sort());
  for (const { name, resolvedType } of repeated) {
    const { fields } = resolvedType as protobuf.Type;
    for (const key of KEY_FIELDS[name]!) assert.ok(fields[key], `${name}.${key}`);
    // Only a key may be required: an entry's other fields may all be stale.
    for (const field of Object.values(fields)) {
      assert.ok(!field.required || KEY_FIELDS[name]!.includes(field.name), `${name}.${field.name} is required`);
    }
  }
});

test('fields are found by path', () => {
  assert.equal(resolveField('disk.nread')?.leaf.id, 2);
  assert.equal(resolveField('disk.nread')?.outer.id, 9);
  assert.deepEqual(
    resolveField('cpuqueue.amount')?.keys.map(({ name }) => name),
    ['core', 'length'],
  );
  assert.equal(resolveField('threads')?.outer, resolveField('threads')?.leaf);
  for (const path of ['disk', 'disk.', 'disk.nread.x', 'nothing', '', 'constructor', 'disk.constructor']) {
    assert.equal(resolveField(path), undefined, path);
  }
  assert.ok(isEnumField('source.state') && !isEnumField('source.name') && !isEnumField('nothing'));
  assert.equal(new Set(fieldPaths()).size, [...fieldPaths()].length);
});
