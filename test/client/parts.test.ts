// The parts of the client library without a socket: the queue, the map that forgets, endpoints, and gap detection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkEndpoint } from '../../src/main/client/endpoint.js';
import { FrameQueue } from '../../src/main/client/frame-queue.js';
import { GapTracker } from '../../src/main/client/gap-tracker.js';
import { RecentMap } from '../../src/main/client/recent-map.js';

test('the queue gives its frames in order, and the oldest gives way', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean(), { maxLength: 200 }), (capacity, pushes) => {
      const queue = new FrameQueue(capacity);
      const model: number[] = [];
      let next = 0;
      let dropped = 0;
      for (const push of pushes) {
        if (push) {
          if (model.length === capacity) {
            model.shift();
            dropped++;
          }
          model.push(next);
          queue.push({ bytes: new Uint8Array(0), receivedMs: next++ });
        } else {
          assert.equal(queue.shift()?.receivedMs, model.shift());
        }
        assert.equal(queue.dropped, dropped);
      }
    }),
  );
});

test('the map keeps what was used lately, and never more than twice its limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(40), { maxLength: 300 }), (limit, keys) => {
      const map = new RecentMap<number, number>(limit);
      for (const [at, key] of keys.entries()) {
        const lastUse = keys.lastIndexOf(key, at - 1);
        const usedSince = at === 0 || lastUse < 0 ? Infinity : new Set(keys.slice(lastUse + 1, at)).size;
        const found = map.get(key);
        if (usedSince < limit) assert.equal(found, key);
        else assert.ok(found === undefined || found === key);
        map.set(key, key);
        const held = [...map.entries()].map(([held]) => held);
        assert.equal(new Set(held).size, held.length);
        assert.ok(held.length <= 2 * limit);
      }
    }),
  );
});

const TAKEN = [
  'tcp://127.0.0.1:7211',
  'tcp://[::1]:7211',
  'tcp://host-1.example.org:1',
  'tcp://localhost:65535',
  'ipc:///tmp/z',
];
const REFUSED = [
  'tcp://127.0.0.1:99999',
  'tcp://127.0.0.1:0',
  'tcp://127.0.0.1',
  'tcp://*:7211',
  'tcp://:7211',
  'tcp://::1:7211',
  'tcp://[zz]:7211',
  'tcp://127.0.0.1:7211 ',
  'udp://127.0.0.1:7211',
  'http://localhost:80',
  'ipc://',
  `ipc:///${'x'.repeat(107)}`,
  'localhost:7211',
  '',
];

test('endpoints that libzmq would take for others are refused, each by its name', () => {
  for (const endpoint of TAKEN) checkEndpoint(endpoint);
  for (const endpoint of REFUSED) {
    assert.throws(
      () => checkEndpoint(endpoint),
      (error) => error instanceof TypeError && error.message.includes(`'${endpoint}'`),
      endpoint,
    );
  }
  assert.throws(() => checkEndpoint(7211 as never), TypeError);
});

const header = (seq: number, more: { name?: string; host?: string; epoch?: bigint; mono?: number } = {}) => ({
  name: more.name ?? 'web',
  host: more.host ?? 'h',
  epoch: more.epoch ?? 1n,
  seq: BigInt(seq),
  mono_ns: BigInt(more.mono ?? seq),
});

function observed(...headers: Parameters<GapTracker['observe']>[0][]): GapTracker {
  const tracker = new GapTracker();
  for (const one of headers) tracker.observe(one);
  return tracker;
}

const totals = ({ lost, restarts }: GapTracker) => ({ lost, restarts });

test('what follows on is no gap, nor is a late beginning', () => {
  assert.deepEqual(totals(observed(header(100), header(101), header(102))), { lost: 0, restarts: 0 });
});

test('a jump forward is as many lost packets, of that zone', () => {
  const tracker = observed(header(1), header(5), header(1, { name: 'db' }), header(2, { name: 'db' }), header(7));
  assert.deepEqual(totals(tracker), { lost: 4, restarts: 0 });
  assert.deepEqual(tracker.gaps(), [{ host: 'h', zone: 'web', lost: 4 }]);
});

test('the same packet again, or an earlier one, changes nothing', () => {
  assert.deepEqual(totals(observed(header(4), header(5), header(5), header(4), header(6))), { lost: 0, restarts: 0 });
});

test('number 1 at a later time is a zone that came anew, and no gap', () => {
  assert.deepEqual(totals(observed(header(500), header(1, { mono: 501 }), header(2, { mono: 502 }))), {
    lost: 0,
    restarts: 1,
  });
});

test('when the first packets of the new one were lost, they count', () => {
  assert.deepEqual(totals(observed(header(500), header(4, { mono: 504 }), header(5, { mono: 505 }))), {
    lost: 3,
    restarts: 1,
  });
});

test('another epoch of a host is a restart, and its numbers are its own', () => {
  const tracker = observed(
    header(500),
    header(77, { name: 'db' }),
    header(1, { epoch: 2n, mono: 1 }),
    header(1, { epoch: 2n, mono: 1, name: 'db' }),
    header(3, { epoch: 2n, mono: 3 }),
  );
  assert.deepEqual(totals(tracker), { lost: 1, restarts: 1 });
});

test('zones of one name on several hosts are told apart', () => {
  const b = { host: 'b', epoch: 2n };
  const tracker = observed(header(10), header(900, b), header(11), header(901, b), header(13), header(902, b));
  assert.deepEqual(totals(tracker), { lost: 1, restarts: 0 });
  assert.deepEqual(tracker.gaps(), [{ host: 'h', zone: 'web', lost: 1 }]);
});

test('a publisher that numbers nothing is not followed', () => {
  const old = { name: 'web', host: undefined, epoch: undefined, seq: undefined, mono_ns: undefined };
  assert.deepEqual(totals(observed(old, old)), { lost: 0, restarts: 0 });
});

test('whatever is lost between the first and the last that arrive is counted, over any interleaving', () => {
  const zones = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(zones, fc.boolean(), (arrivals, twice) => {
      const tracker = new GapTracker();
      let lost = 0;
      for (let tick = 0; tick < 40; tick++) {
        for (const [zone, arrives] of arrivals.entries()) {
          if (arrives[tick] !== true) continue;
          const one = header(tick + 1, { name: `zone ${zone}` });
          tracker.observe(one);
          if (twice) tracker.observe(one);
        }
      }
      for (const arrives of arrivals) {
        const between = arrives.slice(arrives.indexOf(true), arrives.lastIndexOf(true));
        if (arrives.includes(true)) lost += between.filter((arrived) => !arrived).length;
      }
      assert.deepEqual(totals(tracker), { lost, restarts: 0 });
      assert.equal(
        tracker.gaps().reduce((sum, gap) => sum + gap.lost, 0),
        lost,
      );
    }),
  );
});
