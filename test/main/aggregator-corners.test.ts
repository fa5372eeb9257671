// What the aggregator does where sources come, go, fall behind or break, and where clocks and counters jump.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CELL_ROUND, CELL_WORDS } from '../../src/main/wire/cells.js';
import { HOST_ZONE, type ZoneIdentity } from '../../src/ring/definition.js';
import { bench, FakeSource, INTERVAL_US, WALL_US } from '../support/ticks.js';

const zone = (name: string): ZoneIdentity => ({ ...HOST_ZONE, key: `/${name}`, name, kind: 'cgroup' });

test('a main thread that can not keep up gets to do something else between two ticks', () => {
  const { aggregator, packets } = bench();
  const a = new FakeSource(aggregator, 'a');
  for (let n = 0; n < 5; n++) a.tick(n);
  const { drain } = aggregator;
  const once = (): number => drain.call(aggregator, 6e9, WALL_US + 60_000, 2);
  assert.equal(once(), 0, 'at once again');
  assert.equal(packets.length, 2);
  assert.equal(once(), 0);
  assert.equal(packets.length, 4);
  assert.ok(once() > 0, 'nothing is left');
  assert.equal(packets.length, 5);
});

test('a tick that waited only for a source that ended goes out without its deadline', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const ends = new FakeSource(aggregator, 'ends');
  a.tick(0);
  ends.tick(0);
  drain(0);
  a.tick(1);
  drain(1, 300);
  assert.equal(packets.length, 1, 'waits');
  aggregator.detach(ends.intake);
  drain(1, 400);
  assert.equal(packets.length, 2);
});

test('what a source had committed before it ended goes out, tick by tick', () => {
  const { aggregator, packets, drain } = bench();
  const ends = new FakeSource(aggregator, 'ends');
  const threads = ends.producer.defineSeries(ends.producer.defineZone(HOST_ZONE), 'threads');
  const a = new FakeSource(aggregator, 'a');
  drain(0, 0);
  for (let n = 0; n < 4; n++) {
    ends.tick(n, (producer) => producer.putNumber(threads, n + 1));
    a.tick(n);
  }
  aggregator.detach(ends.intake);
  drain(5);
  assert.deepEqual(
    packets.map((packet) => packet.threads),
    [1, 2, 3, 4],
  );
});

test('a source that ends is let go of while others commit faster than packets go out', () => {
  let sent = 0;
  const { aggregator } = bench({
    sink: () => {
      if (++sent < 1000) busy.tick(sent);
    },
  });
  const busy = new FakeSource(aggregator, 'busy');
  const ends = new FakeSource(aggregator, 'ends');
  busy.tick(0);
  ends.tick(0);
  ends.tick(1);
  aggregator.detach(ends.intake);
  assert.ok(sent < 5, `${sent} packets`);
});

test('the count of dropped samples does not fall when a source leaves the configuration', () => {
  const { aggregator, packets, drain } = bench();
  const keeps = new FakeSource(aggregator, 'keeps');
  const leaves = new FakeSource(aggregator, 'leaves');
  aggregator.setRecords([keeps.record, leaves.record]);
  leaves.record.straySamples = 7;
  keeps.tick(0);
  leaves.tick(0);
  drain(0);
  assert.equal(packets.at(-1)!.dropped, 7n);
  aggregator.detach(leaves.intake);
  leaves.record.retire();
  aggregator.setRecords([keeps.record]);
  keeps.tick(1);
  drain(1);
  assert.equal(packets.at(-1)!.dropped, 7n);
  assert.equal(aggregator.droppedSamples, 7);
});

test('a step of the wall clock while the only source is being restarted is no missed tick', () => {
  for (const stepUs of [3600e6, -3600e6]) {
    const { aggregator, packets, drain } = bench();
    const before = new FakeSource(aggregator, 'a');
    before.tick(0);
    drain(0);
    aggregator.detach(before.intake);
    const after = new FakeSource(aggregator, 'a');
    const wallUs = WALL_US + stepUs + 5 * INTERVAL_US;
    after.tick(5, undefined, { wallUs, tick: wallUs / INTERVAL_US });
    drain(5);
    assert.equal(packets.length, 2);
    assert.equal(packets[1]!.missed, 4n, `by ${stepUs} us: four ticks went by on the monotonic clock`);
  }
});

test('a tick from before a change of the interval says the interval that it kept', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  a.tick(0);
  drain(0);
  a.tick(1);
  a.tick(2);
  aggregator.setInterval(50_000);
  drain(3);
  assert.equal(packets.length, 3);
  for (const packet of packets) {
    assert.equal(packet.interval_us, INTERVAL_US);
    assert.equal(packet.tick! * BigInt(packet.interval_us!) * 1000n, packet.time_ns);
  }
  assert.equal(packets[2]!.missed, 0n);
});

test('rounds that begin anew bring nothing old back', () => {
  const { aggregator, packets, drain } = bench({ firstRound: 0xffffffff });
  const b = new FakeSource(aggregator, 'b');
  const one = b.producer.defineZone(zone('one'));
  const rss = b.producer.defineSeries(one, 'mem.rss');
  const threads = b.producer.defineSeries(b.producer.defineZone(HOST_ZONE), 'threads');
  b.tick(0, (producer) => {
    producer.putNumber(rss, 1);
    producer.putNumber(threads, 1);
  });
  drain(0);
  assert.deepEqual(
    packets.map((packet) => packet.name),
    ['global', 'one'],
  );
  // As many rounds ago as there are numbers, these were written in the round that comes now.
  const { cells, freshRounds } = aggregator.table;
  assert.ok(freshRounds.every((round) => round === 0));
  for (let at = CELL_ROUND; at < cells.words.length; at += CELL_WORDS) assert.equal(cells.words[at], 0);
  for (let n = 1; n < 4; n++) {
    b.tick(n);
    drain(n);
  }
  assert.deepEqual(
    packets.slice(2).map((packet) => [packet.name, packet.seq, packet.threads]),
    [
      ['global', 2n, undefined],
      ['global', 3n, undefined],
      ['global', 4n, undefined],
    ],
  );
});

test('a zone that ends and comes anew under its key in one frame is another zone', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const first = a.producer.defineZone({ ...zone('one'), inode: '1' });
  const rss = a.producer.defineSeries(first, 'mem.rss');
  const swap = a.producer.defineSeries(first, 'mem.swap');
  a.tick(0, (producer) => {
    producer.putNumber(rss, 1);
    producer.putNumber(swap, 2);
  });
  drain(0);
  packets.length = 0;
  a.tick(1, (producer) => {
    producer.putNumber(rss, 3);
    producer.endZone(first);
    const second = producer.defineZone({ ...zone('one'), inode: '2' });
    producer.defineSeries(second, 'mem.rss');
    producer.putNumber(producer.defineSeries(second, 'mem.swap'), 4);
  });
  drain(1);
  assert.deepEqual(
    packets.map((packet) => [packet.name, packet.seq, packet.inode, packet.mem]),
    [
      ['global', 2n, undefined, [{}]],
      ['one', 1n, 2n, [{ swap: 4n }]],
    ],
  );
  assert.equal(packets[0]!.dropped, 0n);
});

test('a series that two sources define lives as long as one of them', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  const ofA = a.producer.defineSeries(a.producer.defineZone(HOST_ZONE), 'threads');
  const ofB = b.producer.defineSeries(b.producer.defineZone(HOST_ZONE), 'threads');
  a.tick(0, (producer) => producer.putNumber(ofA, 1));
  b.tick(0);
  drain(0);
  const live = aggregator.table.cells.live;
  aggregator.detach(a.intake);
  assert.equal(aggregator.table.cells.live, live);
  b.tick(1, (producer) => producer.putNumber(ofB, 2));
  drain(1);
  assert.equal(packets.at(-1)!.threads, 2);
  aggregator.detach(b.intake);
  assert.equal(aggregator.table.cells.live, live - 1);
});

test('a cell that is used again within a round holds nothing of its last use', () => {
  const { aggregator, packets, drain } = bench();
  const a = new FakeSource(aggregator, 'a');
  const b = new FakeSource(aggregator, 'b');
  const threads = a.producer.defineSeries(a.producer.defineZone(HOST_ZONE), 'threads');
  a.tick(0, (producer) => producer.putNumber(threads, 5));
  drain(0, 100);
  aggregator.detach(a.intake);
  b.tick(0, (producer) => void producer.defineSeries(producer.defineZone(HOST_ZONE), 'processes'));
  drain(0, 200);
  assert.equal(packets.length, 1);
  assert.equal(packets[0]!.threads, undefined);
  assert.equal(packets[0]!.processes, undefined);
});

test('a tick that came in pieces and is replaced counts once', () => {
  const { aggregator, drain } = bench();
  const slow = new FakeSource(aggregator, 'slow', 'own', 128);
  const threads = slow.producer.defineSeries(slow.producer.defineZone(HOST_ZONE), 'threads');
  const large = (n: number): void =>
    slow.tick(n, (producer) => {
      for (let piece = 0; piece < 3; piece++) {
        for (let i = 0; i < 17; i++) producer.putNumber(threads, n);
        producer.breakIfLarge(0);
      }
    });
  slow.tick(0);
  large(1);
  drain(2);
  assert.equal(slow.record.supersededFrames, 1);
  assert.equal(slow.record.total('droppedFrames'), 0);
});

test('a series that no packet can hold costs its samples, not the agent', () => {
  const refused: string[] = [];
  const { aggregator, packets, drain } = bench({ onUnknownField: (_source, field) => refused.push(field) });
  const a = new FakeSource(aggregator, 'a');
  aggregator.setRecords([a.record]);
  const host = a.producer.defineZone(HOST_ZONE);
  const wrong: [string, string[]][] = [
    ['name', []],
    ['cpu.core', ['1']],
    ['cpu.usage', ['one']],
    ['cpu.usage', ['4294967296']],
    ['cpu.usage', ['1', '2']],
    ['threads', ['1']],
  ];
  const numbers = wrong.map(([field, instance]) => a.producer.defineSeries(host, field, instance));
  const right = a.producer.defineSeries(host, 'cpu.usage', ['1']);
  a.tick(0, (producer) => {
    for (const number of numbers) producer.putNumber(number, 1);
    producer.putNumber(right, 9);
  });
  drain(0);
  assert.deepEqual(
    refused,
    wrong.map(([field]) => field),
  );
  assert.deepEqual(packets[0]!.cpu, [{ core: 1, usage: 9 }]);
  assert.equal(packets[0]!.dropped, BigInt(wrong.length));
});
