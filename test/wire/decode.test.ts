// Decoding: what a reader gets is the same from either wire form, typed as documented, and whatever the bytes are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import protobuf from 'protobufjs';
import { decodePacket, isProtobuf, PacketError } from '../../src/main/wire/decode.js';
import { packetToMsgpack, toMsgpack } from '../../src/main/wire/msgpack.js';
import { type PacketHeader, peekHeader } from '../../src/main/wire/peek.js';
import { packetType } from '../../src/main/wire/schema.js';
import { encodeCase } from '../support/encode-case.js';
import { packetCases } from '../support/packet-cases.js';

const TYPE_OF: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  uint32: 'number',
  uint64: 'bigint',
  fixed64: 'bigint',
};

/** Every value has the type that packet.ts promises; what is not empty is in schema order; repeated fields are arrays. */
function assertTyped(type: protobuf.Type, message: object): void {
  const names = Object.entries(message).flatMap(([name, value]) => (value?.length === 0 ? [] : [name]));
  const inOrder = type.fieldsArray.map(({ name }) => name).filter((name) => names.includes(name));
  assert.deepEqual(names, inOrder, type.name);
  for (const field of type.fieldsArray) {
    const value: unknown = (message as Record<string, unknown>)[field.name];
    if (field.repeated) assert.ok(Array.isArray(value), `${field.name} is no array`);
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) {
      if (field.resolvedType instanceof protobuf.Type) assertTyped(field.resolvedType, one);
      else if (field.resolvedType instanceof protobuf.Enum) assert.ok(one in field.resolvedType.values);
      else assert.equal(typeof one, TYPE_OF[field.type], field.name);
    }
  }
}

test('either form gives the same packet, of the documented types', () => {
  fc.assert(
    fc.property(packetCases(), (packetCase) => {
      const bytes = encodeCase(packetCase);
      const packet = decodePacket(bytes);
      assertTyped(packetType, packet);
      const second = toMsgpack(bytes);
      assert.ok(isProtobuf(bytes) && !isProtobuf(second));
      assert.equal(second[0], 0xde);
      assert.deepStrictEqual(decodePacket(second), packet);
    }),
    { numRuns: 500 },
  );
});

test('the header that is peeked is that of the decoded packet', () => {
  fc.assert(
    fc.property(packetCases(), (packetCase) => {
      const bytes = encodeCase(packetCase);
      const { name, host, epoch, seq, mono_ns } = decodePacket(bytes);
      const expected: PacketHeader = { name, host, epoch, seq, mono_ns };
      assert.deepStrictEqual(peekHeader(bytes), expected);
      assert.deepStrictEqual(peekHeader(toMsgpack(bytes)), expected);
    }),
    { numRuns: 300 },
  );
});

test('any MessagePack reader gets a map with the names and values of the schema', () => {
  const packet = packetType.encode({
    name: 'web',
    time: 1_800_000_000,
    mem: [{ rss: new protobuf.util.Long(1, 1, true), maj_fault: 3 }],
    source: [{ name: 'procfs', state: 1, late: false }],
  });
  assert.deepEqual(unpack(Buffer.from(toMsgpack(packet.finish()))), {
    name: 'web',
    time: 1_800_000_000,
    mem: [{ rss: 0x1_0000_0001n, maj_fault: 3 }],
    source: [{ name: 'procfs', state: 'ACTIVE', late: false }],
  });
});

test('a msgpack message is never written again', () => {
  const packet = decodePacket(packetType.encode({ name: 'zone', time: 1 }).finish());
  const made = Array.from({ length: 2000 }, (_, at) => packetToMsgpack({ ...packet, time: BigInt(at) }));
  for (const [at, bytes] of made.entries()) assert.equal(decodePacket(bytes).time, BigInt(at));
});

test('fields that this schema lacks are skipped in either form', () => {
  const protobufForm = Buffer.concat([
    packetType.encode({ name: 'z', time: 1 }).finish(),
    Buffer.from([0xf8, 0x3f, 1, 0xfa, 0x3f, 2, 1, 2, 0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x3f, 1, 2, 3, 4]),
  ]);
  const msgpackForm = packetToMsgpack({ ...decodePacket(protobufForm), future: [{ a: 1n }] } as never);
  assert.deepStrictEqual(decodePacket(msgpackForm), decodePacket(protobufForm));
  assert.equal(peekHeader(protobufForm)?.name, 'z');
});

const mapOf = (fields: object) => Buffer.from(packetToMsgpack(fields as never));
const GOOD = { name: 'z', time: 1n };

const GARBAGE: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('hello, world')],
  ['a tag and no more', Buffer.of(0x0a)],
  ['a length that reaches past the end', Buffer.of(0x0a, 200, 1)],
  ['a packet without its time', Buffer.of(0x0a, 1, 0x61)],
  ['a number of eleven bytes', Buffer.from([0x0a, 1, 0x61, 0x10, ...Array(11).fill(0xff)])],
  ['a disk without its name', Buffer.of(0x0a, 1, 0x61, 0x10, 1, 0x4a, 2, 0x10, 1)],
  ['a map without a name', mapOf({ time: 1n })],
  ['a name that is a number', mapOf({ name: 1, time: 1n })],
  ['a negative time', mapOf({ name: 'z', time: -1n })],
  ['a fraction', mapOf({ ...GOOD, time: 1.5 })],
  ['an array that is none', mapOf({ ...GOOD, cpu: 'x' })],
  ['an entry that is no message', mapOf({ ...GOOD, cpu: [1] })],
  ['a core beyond 32 bits', mapOf({ ...GOOD, cpu: [{ core: 2 ** 32 }] })],
  ['an unknown state', mapOf({ ...GOOD, source: [{ name: 's', state: 'LOST' }] })],
  ['a state of the prototype', mapOf({ ...GOOD, source: [{ name: 's', state: 'constructor' }] })],
  ['a text where a flag is due', mapOf({ ...GOOD, source: [{ name: 's', late: 'no' }] })],
  ['an array of four thousand million', Buffer.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['a map of four thousand million', Buffer.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ['nothing at all in msgpack', Buffer.of(0xc0)],
];

for (const [what, bytes] of GARBAGE) {
  test(`${what} is no packet`, () => {
    assert.throws(() => decodePacket(bytes), PacketError);
  });
}

test('random and mutilated bytes give a typed packet or a PacketError, never anything else', () => {
  const outcomes = { packets: 0, errors: 0 };
  const attempt = (bytes: Uint8Array) => {
    try {
      assertTyped(packetType, decodePacket(bytes));
      outcomes.packets++;
    } catch (error) {
      assert.ok(error instanceof PacketError, `${error}`);
      outcomes.errors++;
    }
    peekHeader(bytes);
  };
  const cut = fc.record({
    packet: packetCases(),
    msgpack: fc.boolean(),
    at: fc.nat(),
    byte: fc.nat(255),
    keep: fc.nat(),
  });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 3000 });
  fc.assert(
    fc.property(cut, ({ packet, msgpack, at, byte, keep }) => {
      const bytes = Buffer.from(msgpack ? toMsgpack(encodeCase(packet)) : encodeCase(packet));
      bytes[at % bytes.length] = byte;
      attempt(bytes);
      attempt(bytes.subarray(0, keep % (bytes.length + 1)));
    }),
    { numRuns: 1000 },
  );
  assert.ok(outcomes.packets > 100 && outcomes.errors > 100, JSON.stringify(outcomes));
});
