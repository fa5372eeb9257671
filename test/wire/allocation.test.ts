// The hot path of the wire: encoding a packet leaves nothing on the heap.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globalPacket, ROUND, zonePacket } from '../../bench/packets.js';
import { encodePacket } from '../../src/main/wire/encode.js';

const PACKETS = 20_000;

/** Bytes of heap per call: the median of some rounds, so that neither a collection nor the engine's own needs decide. */
function heapPerCall(work: () => unknown): number {
  const rounds = Array.from({ length: 7 }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < PACKETS; call++) work();
    return (process.memoryUsage().heapUsed - before) / PACKETS;
  });
  return rounds.sort((a, b) => a - b)[3]!;
}

for (const [what, { plan, cells }] of [
  ['a zone', zonePacket()],
  ['a host', globalPacket()],
] as const) {
  test(`encoding the packet of ${what} allocates nothing`, () => {
    const out = new Uint8Array(plan.maxBytes);
    assert.ok(heapPerCall(() => encodePacket(plan, cells, ROUND, out, 0)) < 1);
  });
}

test('the measurement sees sixteen bytes', () => {
  const kept: unknown[] = [];
  assert.ok(heapPerCall(() => kept.push({})) > 1);
});
