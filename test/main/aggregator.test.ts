import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RingCorruptIn } from '../../src/main/aggregator.js';
import { HOST_ZONE, type ZoneIdentity } from '../../src/ring/definition.js';
import { createRingMemory } from '../../src/ring/layout.js';
import { bench, FakeSource, INTERVAL_US, MONO_NS, WALL_US } from '../support/ticks.js';

const zone = (name: string): ZoneIdentity => ({
  key: `/${name}`,
  name,
  kind: 'cgroup',
  containerId: '',
  inode: '77',
  owned: true,
});

test('a tick goes out once every source that keeps it has committed it', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  const threads = a.producer.defineSeries(a.producer.defineZone(HOST_ZONE), 'threads');
  const processes = b.producer.defineSeries(b.producer.defineZone(HOST_ZONE), 'processes');
  a.tick(0, (producer) => producer.putNumber(threads, 7));
  b.tick(0, (producer) => producer.putNumber(processes, 3));
  drain(0);
  packets.length = 0;

  a.tick(1, (producer) => producer.putNumber(threads, 8));
  const waitMs = drain(1);
  assert.equal(packets.length, 0, 'b is awaited');
  assert.ok(waitMs > 0 && waitMs <= 2, `until the deadline of 2 ms, not ${waitMs}`);
  b.tick(1, (producer) => producer.putNumber(processes, 4));
  drain(1);
  assert.equal(packets.length, 1);
  const [packet] = packets;
  assert.equal(packet!.threads, 8);
  assert.equal(packet!.processes, 4);
  assert.equal(packet!.name, 'global');
  assert.equal(packet!.time, BigInt(Math.floor((WALL_US + INTERVAL_US) / 1e6)));
  assert.equal(packet!.time_ns, BigInt(WALL_US + INTERVAL_US) * 1000n);
  assert.equal(packet!.mono_ns, BigInt(MONO_NS + INTERVAL_US * 1000));
  assert.equal(packet!.tick, BigInt((WALL_US + INTERVAL_US) / INTERVAL_US));
  assert.equal(packet!.interval_us, INTERVAL_US);
  assert.equal(packet!.epoch, 42n);
  assert.equal(packet!.host, 'testhost');
  assert.equal(packet!.ticks, Math.floor(0.01 * 4999));
});

test('what comes after the deadline is in the next packet and marked late', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  aggregator.setRecords([a.record, b.record]);
  const processes = b.producer.defineSeries(b.producer.defineZone(HOST_ZONE), 'processes');
  a.tick(0);
  b.tick(0, (producer) => producer.putNumber(processes, 1));
  drain(0);
  a.tick(1);
  drain(1, 2100);
  assert.equal(packets.length, 2, 'the deadline has passed');
  assert.equal(packets[1]!.processes, undefined);
  b.tick(1, (producer) => producer.putNumber(processes, 2));
  drain(1, 3000);
  assert.equal(packets.length, 2, 'a late frame is no tick of its own');
  a.tick(2);
  drain(2, 2100);
  assert.equal(packets.length, 3);
  assert.equal(packets[2]!.processes, 2);
  const late = packets[2]!.source.map((source) => [source.name, source.late]);
  assert.deepEqual(late, [
    ['a', false],
    ['b', true],
  ]);
});

test('a main thread that was held up sends every tick, in order', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  const threads = a.producer.defineSeries(a.producer.defineZone(HOST_ZONE), 'threads');
  for (let n = 0; n < 20; n++) {
    a.tick(n, (producer) => producer.putNumber(threads, 100 + n));
    if (n % 2 === 0) b.tick(n);
  }
  drain(25);
  assert.deepEqual(
    packets.map((packet) => packet.threads),
    Array.from({ length: 20 }, (_, n) => 100 + n),
  );
  assert.deepEqual(
    packets.map((packet) => packet.seq),
    Array.from({ length: 20 }, (_, n) => BigInt(n + 1)),
  );
  assert.equal(packets.at(-1)!.missed, 0n);
});

test('ticks that no packet went out for are counted, and nothing is made up for them', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  a.tick(0);
  drain(0);
  a.tick(4);
  drain(4);
  assert.equal(packets.length, 2);
  assert.equal(packets[1]!.missed, 3n);
});

test('a step of the wall clock is no missed tick, and ticks go on, backwards too', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  const back = 3600e6;
  const stepped = (n: number) => ({
    wallUs: WALL_US - back + n * INTERVAL_US,
    tick: (WALL_US - back) / INTERVAL_US + n,
  });
  a.tick(0);
  b.tick(0);
  drain(0);
  a.tick(1, undefined, { ...stepped(1), clockStep: true });
  drain(1);
  b.tick(1, undefined, { ...stepped(1), clockStep: true });
  drain(1);
  for (let n = 2; n < 5; n++) {
    a.tick(n, undefined, stepped(n));
    b.tick(n, undefined, stepped(n));
    drain(n);
  }
  assert.deepEqual(
    packets.map((packet) => Number(packet.time_ns! / 1000n) - WALL_US),
    [0, 1, 2, 3, 4].map((n) => (n === 0 ? 0 : n * INTERVAL_US - back)),
  );
  assert.equal(packets.at(-1)!.missed, 0n);
});

test('zones: the host first, each with a sequence of its own, silent when it has nothing new, gone when it ends', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const host = new FakeSource(aggregator, 'host');
  const one = a.producer.defineZone(zone('one'));
  const two = a.producer.defineZone(zone('two'));
  const oneRss = a.producer.defineSeries(one, 'mem.rss');
  const twoRead = a.producer.defineSeries(two, 'disk.nread', ['vda']);
  const round = (n: number, fill: (producer: typeof a.producer) => void): string[] => {
    packets.length = 0;
    a.tick(n, fill);
    host.tick(n);
    drain(n);
    return packets.map((packet) => `${packet.name} ${packet.seq}`);
  };
  assert.deepEqual(
    round(0, (producer) => {
      producer.put(oneRss, 1, 1);
      producer.putNumber(twoRead, 512);
    }),
    ['global 1', 'one 1', 'two 1'],
  );
  const [global, first, second] = packets;
  assert.deepEqual(global!.zonename, ['one', 'two']);
  assert.deepEqual(first!.mem, [{ rss: 4294967297n }]);
  assert.equal(first!.id, '/one');
  assert.equal(first!.inode, 77n);
  assert.equal(first!.net.length, 1, 'at least one, maybe empty');
  assert.deepEqual(second!.disk, [{ instance: 'vda', nread: 512n }]);
  assert.equal(second!.mem.length, 1, 'exactly one');

  assert.deepEqual(
    round(1, (producer) => producer.putNumber(twoRead, 1024)),
    ['global 2', 'two 2'],
  );
  assert.deepEqual(
    round(2, (producer) => {
      producer.endZone(two);
      producer.putNumber(oneRss, 3);
    }),
    ['global 3', 'one 2'],
  );
  assert.deepEqual(packets[0]!.zonename, ['one']);
});

test('a source that ends takes its zones with it, and its packets say what became of it', () => {
  const { aggregator, packets, drain } = bench();
  const keeps = new FakeSource(aggregator, 'keeps');
  const fails = new FakeSource(aggregator, 'fails');
  aggregator.setRecords([keeps.record, fails.record]);
  const rss = fails.producer.defineSeries(fails.producer.defineZone(zone('one')), 'mem.rss');
  keeps.tick(0);
  fails.tick(0, (producer) => producer.putNumber(rss, 1));
  drain(0);
  assert.deepEqual(packets[0]!.zonename, ['one']);
  aggregator.detach(fails.intake);
  fails.record.state = 'degraded';
  fails.record.detail = 'it was shot';
  fails.record.restarts = 2;
  packets.length = 0;
  keeps.tick(1);
  drain(1);
  assert.equal(packets.length, 1);
  assert.deepEqual(packets[0]!.zonename, []);
  const status = packets[0]!.source.find((source) => source.name === 'fails')!;
  assert.equal(status.state, 'DEGRADED');
  assert.equal(status.detail, 'it was shot');
  assert.equal(status.restarts, 2);
});

test('slow sources are never waited for, and their values are in the packet after their reading only', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const slow = new FakeSource(aggregator, 'slow', 'own');
  const rss = slow.producer.defineSeries(slow.producer.defineZone(HOST_ZONE), 'agent.rss');
  slow.tick(0, (producer) => producer.putNumber(rss, 9), { intervalUs: 1e6 });
  for (let n = 0; n < 3; n++) {
    a.tick(n);
    drain(n);
  }
  assert.deepEqual(
    packets.map((packet) => packet.agent?.rss),
    [9n, undefined, undefined],
  );
});

test('a source at its own pace is waited for where that pace is the tick: its values are in every packet', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const own = new FakeSource(aggregator, 'own', 'own');
  const processes = own.producer.defineSeries(own.producer.defineZone(HOST_ZONE), 'processes');
  for (let n = 0; n < 5; n++) {
    a.tick(n);
    drain(n);
    own.tick(n, (producer) => producer.putNumber(processes, n), { intervalUs: INTERVAL_US });
    drain(n);
  }
  // The first tick went out before anything was known of the other's interval.
  assert.deepEqual(
    packets.map((packet) => packet.processes),
    [undefined, 1, 2, 3, 4],
  );
});

test('without any source that keeps the tick the host still speaks once a second, and counts what it missed', () => {
  const { packets, drain } = bench();
  drain(50);
  assert.equal(packets.length, 0, 'sources get a second to start');
  for (let n = 110; n < 400; n += 10) drain(n);
  assert.equal(packets.length, 3);
  assert.equal(packets[0]!.interval_us, INTERVAL_US);
  assert.equal(packets[2]!.missed, 198n);
});

test('a frame that was replaced before a packet went out is counted', () => {
  const { aggregator, drain } = bench();
  const slow = new FakeSource(aggregator, 'slow', 'own');
  slow.tick(0);
  slow.tick(1);
  slow.tick(2);
  drain(3);
  assert.equal(slow.record.supersededFrames, 2);
});

test('samples dropped on a full ring are in the packets', () => {
  const { aggregator, packets, drain } = bench();
  const small = new FakeSource(aggregator, 'small', 'tick', 64);
  aggregator.setRecords([small.record]);
  const threads = small.producer.defineSeries(small.producer.defineZone(HOST_ZONE), 'threads');
  drain(0);
  small.tick(0, (producer) => producer.putNumber(threads, 1));
  drain(0);
  for (let n = 1; n < 40; n++) {
    small.tick(n, (producer) => {
      for (let i = 0; i < 5; i++) producer.putNumber(threads, n);
    });
  }
  drain(41);
  small.tick(42);
  drain(42);
  const dropped = packets.at(-1)!.dropped!;
  assert.equal(packets.at(-1)!.missed, 43n - BigInt(packets.length), 'every tick without a packet is missed');
  const source = packets.at(-1)!.source[0]!;
  assert.ok(dropped > 100n, `${dropped}`);
  assert.equal(source.dropped_samples, dropped);
  assert.equal(source.dropped_frames, dropped / 5n);
  assert.ok(source.ring_fill_max! > 800);
});

test('samples of a zone that ended in the same frame go with it; those of a field that the packet lacks are counted', () => {
  const unknown: string[] = [];
  const { aggregator, packets, drain } = bench({
    onUnknownField: (source, field) => unknown.push(`${source} ${field}`),
  });
  const a = new FakeSource(aggregator, 'a');
  aggregator.setRecords([a.record]);
  const dying = a.producer.defineZone(zone('dying'));
  const rss = a.producer.defineSeries(dying, 'mem.rss');
  a.tick(0, (producer) => producer.putNumber(rss, 1));
  drain(0);
  a.tick(1, (producer) => {
    producer.putNumber(rss, 2);
    producer.endZone(dying);
  });
  drain(1);
  assert.equal(packets.at(-1)!.name, 'global');
  assert.equal(packets.at(-1)!.dropped, 0n);
  const nonsense = a.producer.defineSeries(a.producer.defineZone(HOST_ZONE), 'mem.nonsense');
  a.tick(2, (producer) => producer.putNumber(nonsense, 3));
  drain(2);
  a.tick(3);
  drain(3);
  assert.deepEqual(unknown, ['a mem.nonsense']);
  assert.equal(packets.at(-1)!.dropped, 1n);
});

test('a ring that broke names its source, and can be detached', () => {
  const { aggregator, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  a.producer.defineZone(zone('one'));
  a.tick(0);
  a.breakFrame();
  assert.throws(
    () => drain(0),
    (error) => error instanceof RingCorruptIn && error.intake === a.intake,
  );
  aggregator.detach(a.intake);
  drain(1);
});

test('how long frames waited for the main thread is recorded', () => {
  const { aggregator, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  a.tick(0);
  drain(0, 5160);
  assert.equal(aggregator.frameDelay.count, 1);
  assert.equal(aggregator.frameDelay.maxNs, 5_000_000);
});

test('a changed interval is taken over without a missed tick being counted', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  a.tick(0);
  drain(0);
  aggregator.setInterval(50_000);
  const wallUs = WALL_US + 50_000;
  a.tick(5, undefined, { wallUs, tick: wallUs / 50_000, intervalUs: 50_000 });
  drain(5);
  assert.equal(packets[1]!.interval_us, 50_000);
  assert.equal(packets[1]!.missed, 0n);
});

test('memory that no producer wrote is refused', () => {
  const memory = createRingMemory(64);
  new Uint8Array(memory).fill(0);
  assert.throws(() => bench().aggregator.attach({ record: {} as never, memory, pace: 'tick' }), TypeError);
});
