// The encoder against protobufjs, byte for byte, and what compiling a plan refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CellStore } from '../../src/main/wire/cells.js';
import { decodePacket } from '../../src/main/wire/decode.js';
import { encodePacket } from '../../src/main/wire/encode.js';
import { compilePlan, PlanError, type PlanInput } from '../../src/main/wire/plan.js';
import { packetType } from '../../src/main/wire/schema.js';
import { type CaseSeries, expectedMessage, packetCases, ROUND, storeOf } from '../support/packet-cases.js';

const PADDING = 3;

/** Encodes behind some bytes that must not change, into a buffer that has just the room. */
function encode(input: PlanInput, cells: CellStore, round = ROUND): Buffer {
  const plan = compilePlan(input);
  const out = Buffer.alloc(PADDING + plan.maxBytes, 0xa5);
  const end = encodePacket(plan, cells, round, out, PADDING);
  assert.ok(end >= PADDING && end <= out.length, `ended at ${end} of ${out.length}`);
  assert.deepEqual([...out.subarray(0, PADDING)], [0xa5, 0xa5, 0xa5]);
  return out.subarray(PADDING, end);
}

test('the bytes are those that protobufjs writes', () => {
  const seen = { stale: 0, moved: 0, chunks: 0, wide: 0, emptyMem: 0 };
  fc.assert(
    fc.property(packetCases(), (packet) => {
      const expected = expectedMessage(packet);
      const bytes = encode(packet, storeOf(packet.series));
      assert.equal(bytes.toString('hex'), Buffer.from(packetType.encode(expected).finish()).toString('hex'));
      if (packet.series.some(({ fresh }) => !fresh)) seen.stale++;
      if (packet.series.some(({ value, fresh }) => fresh && value >= 1n << 63n)) seen.wide++;
      if (bytes.length > 1000) seen.moved++;
      if (compilePlan(packet).chunks.length > 0) seen.chunks++;
      if (JSON.stringify(expected['mem']) === '[{}]') seen.emptyMem++;
    }),
    { numRuns: 1500 },
  );
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 20, `${what}: met ${times} times only`);
});

test('what was encoded decodes to the values of the cells', () => {
  fc.assert(
    fc.property(packetCases(), (packet) => {
      const decoded = decodePacket(encode(packet, storeOf(packet.series)));
      const again = packetType.toObject(packetType.fromObject(expectedMessage(packet)), {
        longs: BigInt,
        enums: String,
        arrays: true,
      });
      assert.deepEqual(decoded, again);
    }),
    { numRuns: 500 },
  );
});

function seriesOf(...fields: (readonly [string, string[], bigint])[]): CaseSeries[] {
  return fields.map(([field, instance, value], cell) => ({ field, instance, value, cell, fresh: true }));
}

const NAME = { field: 'name', instance: [], value: 'z' };

test('a message longer than 127 bytes, and one of more than 16383, get their longer prefix', () => {
  for (const length of [100, 127, 128, 129, 16_370, 16_383, 16_384, 20_000]) {
    const series = seriesOf(['time', [], 1n], ['source.cost_us', ['s'], 1n]);
    const constants = [NAME, { field: 'source.detail', instance: ['s'], value: 'd'.repeat(length) }];
    const bytes = encode({ series, constants, always: [] }, storeOf(series));
    const expected = expectedMessage({ series, constants, always: [] });
    assert.ok(Buffer.from(packetType.encode(expected).finish()).equals(bytes), `detail of ${length} bytes`);
  }
});

test('32-bit counters wrap modulo 2^32, 64-bit ones keep every bit', () => {
  const big = (1n << 63n) + 0x1_2345_6789n;
  const series = seriesOf(['time', [], 1n], ['disk.reads', ['vda'], big], ['disk.nread', ['vda'], big]);
  const { disk } = decodePacket(encode({ series, constants: [NAME], always: [] }, storeOf(series)));
  assert.deepEqual(disk, [{ instance: 'vda', reads: 0x2345_6789, nread: big }]);
});

test('only values of this round are in; mem and net are always there, once empty', () => {
  const series = seriesOf(
    ['time', [], 1n],
    ['mem.rss', [], 5n],
    ['net.obytes64', ['eth0'], 6n],
    ['cpu.usage', ['0'], 7n],
  );
  const input: PlanInput = { series, constants: [NAME], always: ['mem', 'net'] };
  const cells = storeOf(series);
  const full = decodePacket(encode(input, cells));
  assert.deepEqual([full.mem, full.net], [[{ rss: 5n }], [{ instance: 'eth0', obytes64: 6n }]]);
  cells.set(0, 2, 0, ROUND + 1);
  const empty = decodePacket(encode(input, cells, ROUND + 1));
  assert.deepEqual([empty.mem, empty.net, empty.cpu], [[{}], [{}], []]);
});

test('entries go by core number and not by how they came', () => {
  const series = seriesOf(
    ['time', [], 1n],
    ...['10', '2', '', '0'].map((core): [string, string[], bigint] => ['cpu.usage', [core], 1n]),
  );
  const { cpu } = decodePacket(encode({ series, constants: [NAME], always: [] }, storeOf(series)));
  assert.deepEqual(
    cpu.map(({ core }) => core),
    [undefined, 0, 2, 10],
  );
});

test('constants of every type arrive', () => {
  const series = seriesOf(['time', [], 1n], ['source.cost_us', ['s'], 9n]);
  const constants: PlanInput['constants'] = [
    NAME,
    { field: 'epoch', instance: [], value: 0xfedcba9876543210n },
    { field: 'inode', instance: [], value: '18446744073709551615' },
    { field: 'interval_us', instance: [], value: 10_000 },
    { field: 'source.state', instance: ['s'], value: 'DISABLED' },
    { field: 'source.late', instance: ['s'], value: 1 },
    { field: 'zonename', instance: [], value: ['a', 'b'] },
  ];
  const packet = decodePacket(encode({ series, constants, always: [] }, storeOf(series)));
  assert.equal(packet.epoch, 0xfedcba9876543210n);
  assert.equal(packet.inode, (1n << 64n) - 1n);
  assert.equal(packet.interval_us, 10_000);
  assert.deepEqual(packet.zonename, ['a', 'b']);
  assert.deepEqual(packet.source, [{ name: 's', state: 'DISABLED', cost_us: 9, late: true }]);
});

test('a packet that may not fit is refused, and nothing behind the buffer is touched', () => {
  const series = seriesOf(['time', [], 1n], ['mem.rss', [], 5n]);
  const plan = compilePlan({ series, constants: [NAME], always: [] });
  const out = new Uint8Array(plan.maxBytes + 10);
  assert.equal(encodePacket(plan, storeOf(series), ROUND, out, 11), -1);
  assert.ok(encodePacket(plan, storeOf(series), ROUND, out, 10) > 10);
});

test('a packet survives the growth of the store', () => {
  const cells = new CellStore(1);
  const cell = cells.allocate();
  const plan = compilePlan({ series: [{ field: 'time', instance: [], cell }], constants: [NAME], always: [] });
  for (let more = 0; more < 100; more++) cells.allocate();
  cells.set(cell, 42, 0, ROUND);
  const out = new Uint8Array(plan.maxBytes);
  assert.equal(decodePacket(out.subarray(0, encodePacket(plan, cells, ROUND, out, 0))).time, 42n);
});

const one = (field: string, ...instance: string[]) => ({ series: [{ field, instance, cell: 0 }] });
const fixed = (field: string, value: string | number | bigint | string[], ...instance: string[]) => ({
  constants: [{ field, instance, value }],
});

const REFUSED: readonly (readonly [string, Partial<PlanInput>, RegExp])[] = [
  ['an unknown field', one('mem.rsss'), /no field mem\.rsss/],
  ['a message', one('mem'), /no field mem$/],
  ['a text as a series', one('host'), /host is string, not numeric/],
  ['a repeated text as a series', one('zonename'), /zonename is string, not numeric/],
  ['a key field as a series', one('cpu.core', '0'), /cpu\.core is a key field/],
  ['too many key values', one('cpu.usage', '0', '1'), /cpu\.usage has 1 key fields/],
  ['an instance of a single value', one('threads', 'x'), /threads has 0 key fields/],
  ['a key that is no number', one('cpu.usage', 'x'), /key core must be a number, got 'x'/],
  ['a key beyond its type', one('cpu.usage', '4294967296'), /core can't be 4294967296/],
  ['the same series twice', { series: [...one('threads').series, ...one('threads').series] }, /two values for threads/],
  ['an unknown constant', fixed('nobody', 1), /no field nobody/],
  ['a number for a text', fixed('host', 1), /host must be a string/],
  ['a text for a number', fixed('inode', 'abc'), /inode can't be abc/],
  ['a negative number', fixed('inode', -1), /inode can't be -1/],
  ['a fraction', fixed('inode', 1.5), /inode can't be 1\.5/],
  ['one beyond 64 bits', fixed('inode', 1n << 64n), /inode can't be 18446744073709551616/],
  ['an array for a single text', fixed('host', ['a']), /host can't be an array/],
  ['a single text for an array', fixed('zonename', 'a'), /zonename needs an array/],
];

for (const [what, input, message] of REFUSED) {
  test(`compiling refuses ${what}`, () => {
    assert.throws(
      () => compilePlan({ series: [], constants: [], always: [], ...input }),
      (error) => error instanceof PlanError && message.test(error.message),
    );
  });
}
