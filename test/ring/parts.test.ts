// The small parts of the ring, one by one: 64-bit halves, numbers, texts, the layout's guards, broken memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AgentStats } from '../../src/ring/agent-stats.js';
import { RingConsumer, RingCorrupt } from '../../src/ring/consumer.js';
import { ControlBlock } from '../../src/ring/control.js';
import { parseSeriesText, parseZoneText, seriesText, zoneText } from '../../src/ring/definition.js';
import { Doorbell } from '../../src/ring/doorbell.js';
import {
  CELL,
  CONTROL_BYTES,
  CONTROL_WORDS,
  createRingMemory,
  HEADER,
  HEADER_SLOTS,
  LINE_WORDS,
  mapRing,
  REGION,
} from '../../src/ring/layout.js';
import { NumberPool } from '../../src/ring/number-pool.js';
import { blankStamp, RingProducer } from '../../src/ring/producer.js';
import { highOf, lowOf, mulHigh, mulLow, toBigInt, toNumber } from '../../src/ring/u64.js';

const NOWHERE = { define() {}, samples() {} };
const STAMP = { ...blankStamp(1000), tick: 1 };

test('halves of doubles are exact', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      assert.equal(toBigInt(lowOf(value), highOf(value)), BigInt(value));
      assert.equal(toNumber(lowOf(value), highOf(value)), value);
    }),
  );
  assert.equal(toBigInt(0xffffffff, 0xffffffff), 2n ** 64n - 1n);
});

test('a product in halves is exact modulo 2^64', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat({ max: 2 ** 20 - 1 }), (value, factor) => {
      const product = toBigInt(mulLow(value, factor), mulHigh(value, factor));
      assert.equal(product, BigInt.asUintN(64, BigInt(value) * BigInt(factor)));
    }),
    { examples: [[Number.MAX_SAFE_INTEGER, 2 ** 20 - 1]] },
  );
});

test('a number pool hands out a number to one user at a time, under a new generation each time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1000 }), { maxLength: 600, size: 'max' }), (moves) => {
      const pool = new NumberPool();
      const live: number[] = [];
      const generations = new Map<number, number>();
      let most = 0;
      for (const move of moves) {
        if (move % 3 === 0 && live.length > 0) {
          pool.release(live.splice(move % live.length, 1)[0]!);
        } else {
          const number = pool.take();
          assert.ok(!live.includes(number));
          live.push(number);
          most = Math.max(most, live.length);
          assert.ok(number < most, 'numbers are bounded by the most ever live');
          generations.set(number, (generations.get(number) ?? 0) + 1);
          assert.equal(pool.generationOf(number), generations.get(number));
        }
        assert.equal(pool.live, live.length);
      }
    }),
  );
});

test('a number pool keeps generations when it grows', () => {
  const pool = new NumberPool();
  for (let use = 1; use <= 3; use++) {
    assert.equal(pool.take(), 0);
    pool.release(0);
  }
  for (let i = 0; i < 1000; i++) pool.take();
  assert.equal(pool.generationOf(0), 4);
  assert.equal(pool.generationOf(999), 1);
  assert.equal(pool.live, 1000);
});

test('texts of definitions come back as they were, but for NUL', () => {
  const text = fc.string({ unit: 'grapheme' });
  const clean = (raw: string): string => raw.replaceAll('\0', '\ufffd');
  fc.assert(
    fc.property(fc.array(text, { minLength: 5, maxLength: 5 }), fc.boolean(), ([key, name, kind, id, inode], owned) => {
      const zone = { key: key!, name: name!, kind: kind!, containerId: id!, inode: inode!, owned };
      const back = parseZoneText(zoneText(zone));
      assert.deepEqual(
        back,
        Object.fromEntries(Object.entries(zone).map(([k, v]) => [k, v === owned ? v : clean(`${v}`)])),
      );
    }),
  );
  fc.assert(
    fc.property(fc.nat(), text, fc.array(text, { maxLength: 3 }), (zone, field, instance) => {
      const back = parseSeriesText(seriesText(zone, field, instance));
      assert.deepEqual(back, { zone, field: clean(field), instance: instance.map(clean) });
    }),
  );
});

test('a byte-order mark at the head of a name stays', () => {
  const memory = createRingMemory(64);
  const producer = new RingProducer(memory);
  const zone = { key: '\ufeffx', name: '', kind: '', containerId: '', inode: '', owned: false };
  producer.defineZone(zone);
  producer.begin(STAMP);
  producer.commit(0);
  const consumer = new RingConsumer(memory);
  assert.ok(consumer.peek());
  consumer.take({
    ...NOWHERE,
    define: (d) => assert.deepEqual(d, { kind: 'defineZone', number: 0, generation: 1, zone }),
  });
});

test('a definition that no frame could carry is refused, and takes no number', () => {
  const memory = createRingMemory(64);
  const producer = new RingProducer(memory);
  const zone = { key: 'k', name: '', kind: '', containerId: '', inode: '', owned: true };
  // 64 slots less 4 of header and 1 of the record: 59 * 16 bytes, 7 of which are separators, key and the flag.
  const fits = 'x'.repeat(59 * 16 - 7);
  assert.throws(() => producer.defineZone({ ...zone, name: `${fits}x` }), RangeError);
  assert.equal(producer.control.get('liveZones'), 0);
  assert.equal(producer.defineZone({ ...zone, name: fits }), 0);
  assert.throws(() => producer.defineSeries(0, 'x'.repeat(1000)), RangeError);
  assert.equal(producer.control.get('liveSeries'), 0);
  // It goes ahead and fills the ring by itself; the tick's own frame is the one that must wait.
  producer.begin(STAMP);
  assert.equal(producer.commit(0), false);
  assert.equal(producer.control.get('fillMaxSlots'), 64);
  const consumer = new RingConsumer(memory);
  const seen: string[] = [];
  assert.ok(consumer.peek());
  consumer.take({ ...NOWHERE, define: (d) => seen.push(d.kind === 'defineZone' ? d.zone.name : d.kind) });
  assert.deepEqual(seen, [fits]);
});

test('what a dropped frame left over does not make the next one too large for ever', () => {
  const memory = createRingMemory(64);
  const producer = new RingProducer(memory);
  const zone = producer.defineZone({ key: 'k', name: '', kind: '', containerId: '', inode: '', owned: true });
  const series = producer.defineSeries(zone, 'threads');
  const commit = (): boolean => {
    producer.begin(STAMP);
    // With the four slots of the two definitions this is one slot more than there is.
    for (let i = 0; i < 57; i++) producer.put(series, i, 0);
    return producer.commit(0);
  };
  assert.equal(commit(), false);
  const consumer = new RingConsumer(memory);
  assert.equal(consumer.peek(), false);
  assert.equal(commit(), false, 'the definitions went ahead, and the samples must wait for the reader');
  assert.ok(consumer.peek());
  assert.equal(consumer.header.definitionCount, 2);
  consumer.take(NOWHERE);
  assert.equal(commit(), true);
});

test('after a piece that did not fit the next piece of the same tick is tried', () => {
  const memory = createRingMemory(64);
  const producer = new RingProducer(memory);
  const consumer = new RingConsumer(memory);
  const zone = producer.defineZone({ key: 'k', name: '', kind: '', containerId: '', inode: '', owned: true });
  const series = producer.defineSeries(zone, 'threads');
  producer.begin(STAMP);
  for (let piece = 0; piece < 5; piece++) {
    for (let i = 0; i < 16; i++) producer.put(series, i, 0);
    if (piece === 3) while (consumer.peek()) consumer.take(NOWHERE);
    producer.breakIfLarge(piece);
  }
  assert.equal(producer.commit(0), true);
  assert.equal(producer.control.get('droppedFrames'), 1);
  assert.equal(producer.control.get('droppedSamples'), 16);
});

test('cells of different writers lie on different pairs of cache lines', () => {
  const starts = Object.values(REGION);
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => a - b),
  );
  for (let i = 1; i < starts.length; i++) assert.ok(starts[i]! - starts[i - 1]! >= LINE_WORDS);
  assert.ok(LINE_WORDS * 4 >= 128);
  const writers = new Map<string, string>([
    ['head', 'consumer'],
    ['tail', 'producer'],
    ['command', 'command'],
    ['stop', 'command'],
    ['intervalUs', 'command'],
    ['magic', 'constants'],
    ['version', 'constants'],
    ['capacitySlots', 'constants'],
  ]);
  for (const [name, cell] of Object.entries(CELL)) {
    const region = Object.entries(REGION).findLast(([, first]) => cell >= first)?.[0];
    assert.equal(region, writers.get(name) ?? 'status', name);
  }
});

test('only the memory of a ring is mapped', () => {
  for (const bad of [0, 63, 65, 96, 2 ** 25, 64.5, Number.NaN]) assert.throws(() => createRingMemory(bad), RangeError);
  const sound = createRingMemory(64);
  const spoilt = (cell: number, value: number): SharedArrayBuffer => {
    const memory = createRingMemory(64);
    new Int32Array(memory, 0, CONTROL_WORDS)[cell] = value;
    return memory;
  };
  assert.equal(mapRing(sound).capacitySlots, 64);
  assert.throws(() => mapRing(spoilt(CELL.magic, 1)), TypeError);
  assert.throws(() => mapRing(spoilt(CELL.version, 2)), TypeError);
  assert.throws(() => mapRing(spoilt(CELL.capacitySlots, 128)), TypeError);
  assert.throws(() => mapRing(new SharedArrayBuffer(16)), TypeError);
});

test('counters wrap at 2^32 and read unsigned; an unknown state reads as starting', () => {
  const memory = createRingMemory(64);
  const control = new ControlBlock(memory);
  control.set('droppedSamples', 0xfffffffe);
  assert.equal(control.get('droppedSamples'), 0xfffffffe);
  control.add('droppedSamples', 3);
  assert.equal(control.get('droppedSamples'), 1);
  new Int32Array(memory)[CELL.state] = 77;
  assert.equal(control.state, 'starting');
  control.setState('stopped');
  assert.equal(control.state, 'stopped');
  assert.equal(control.stopRequested, false);
  const seen = control.command;
  assert.equal(control.sleep(1, seen), false);
  control.requestStop();
  assert.equal(control.sleep(60_000, seen), true, 'a command that came before the sleep is not slept over');
  assert.equal(control.stopRequested, true);
});

test('numbers of the main thread cross as they are', () => {
  const main = new AgentStats();
  main.set('gcMaxNs', 1.5e12);
  main.add('packets', 2 ** 40);
  main.add('packets', 1);
  const reader = new AgentStats(main.memory);
  assert.equal(reader.get('packets'), 2 ** 40 + 1);
  assert.equal(reader.get('gcMaxNs'), 1.5e12);
});

test('a frame that makes no sense is told from a good one', () => {
  const frame = (spoil: (words: Uint32Array) => void, tail = HEADER_SLOTS + 3): RingConsumer => {
    const memory = createRingMemory(64);
    const producer = new RingProducer(memory);
    producer.defineZone({ key: 'k', name: '', kind: '', containerId: '', inode: '', owned: true });
    producer.begin(STAMP);
    producer.put(0, 1, 2);
    producer.commit(0);
    new Int32Array(memory)[CELL.tail] = tail;
    spoil(new Uint32Array(memory, CONTROL_BYTES));
    return new RingConsumer(memory);
  };
  const readAll = (consumer: RingConsumer): void => {
    while (consumer.peek()) consumer.take(NOWHERE);
  };
  readAll(frame(() => {}));
  // Words 20 to 23 are the zone's definition, 16 to 19 the sample.
  const spoilers: [string, (words: Uint32Array) => void, number?][] = [
    ['a length of nothing', (w) => w.fill(0, HEADER.lengthSlots, 1)],
    ['a length beyond the tail', () => {}, HEADER_SLOTS + 2],
    ['a length short of the content', (w) => w.fill(6, HEADER.lengthSlots, 1)],
    ['a tail behind the head', () => {}, -1],
    ['too many samples', (w) => w.fill(4, HEADER.sampleCount, HEADER.sampleCount + 1)],
    ['too few samples', (w) => w.fill(0, HEADER.sampleCount, HEADER.sampleCount + 1)],
    ['too many definitions', (w) => w.fill(2, HEADER.definitionCount, HEADER.definitionCount + 1)],
    ['too few definitions', (w) => w.fill(0, HEADER.definitionCount, HEADER.definitionCount + 1)],
    ['a definition of no kind', (w) => w.fill(9, 20, 21)],
    ['a text out of bounds', (w) => w.fill(17, 23, 24)],
    ['a text beyond any memory', (w) => w.fill(0xfffffff8, 23, 24)],
  ];
  for (const [name, spoil, tail] of spoilers) assert.throws(() => readAll(frame(spoil, tail)), RingCorrupt, name);
});

test('a frame allocates nothing on either side', () => {
  const memory = createRingMemory(1024);
  const producer = new RingProducer(memory, new Doorbell());
  const consumer = new RingConsumer(memory);
  const zone = producer.defineZone({ key: 'k', name: '', kind: '', containerId: '', inode: '', owned: true });
  const series = producer.defineSeries(zone, 'threads');
  // Halves beyond 2^31 and numbers beyond 2^32: what a careless path would box.
  const stamp = { ...STAMP, tick: 1.7e11, wallUs: 1.7e15 + 0.5, beginNs: 4_294_967_295_123, latenessNs: 3e9 };
  // A constant: a number that is computed may be boxed on its way into a call, and that is the caller's.
  const END_NS = 4_294_967_395_123;
  const frames = (count: number): void => {
    for (let frame = 0; frame < count; frame++) {
      stamp.tick++;
      producer.begin(stamp);
      for (let i = 0; i < 10; i++) producer.put(series, 0xffffffff - i, frame);
      producer.commit(END_NS);
      while (consumer.peek()) consumer.take(NOWHERE);
    }
  };
  // Until the compiler has settled; what it compiles in the background is in the first rounds.
  frames(200_000);
  const FRAMES = 50_000;
  let leastBytes = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    const before = process.memoryUsage().heapUsed;
    frames(FRAMES);
    leastBytes = Math.min(leastBytes, Math.abs(process.memoryUsage().heapUsed - before));
  }
  assert.ok(leastBytes / FRAMES < 1, `${leastBytes / FRAMES} bytes a frame`);
});
