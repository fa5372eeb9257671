// How fast a packet is encoded: ours from cells, protobufjs from an object that it finds ready made. And what ours
// allocates, which is to be nothing.

import assert from 'node:assert/strict';
import { encodePacket } from '../src/main/wire/encode.js';
import { packetType } from '../src/main/wire/schema.js';
import { type BenchPacket, globalPacket, ROUND, zonePacket } from './packets.js';
import { perSecond } from './per-second.js';
import { interleave, ratioText } from './support.js';

const ROUNDS = 9;
const ALLOCATION_CALLS = 200_000;

export async function run(): Promise<void> {
  await compare('zone packet', zonePacket());
  await compare('global packet', globalPacket());
}

async function compare(what: string, packet: BenchPacket): Promise<void> {
  const { plan, cells, message, bytes } = packet;
  const out = new Uint8Array(plan.maxBytes);
  const ours = () => {
    encodePacket(plan, cells, ROUND, out, 0);
  };
  const reference = () => {
    packetType.encode(message).finish();
  };
  assert.ok(Buffer.from(packetType.encode(message).finish()).equals(bytes), 'the two encode different packets');
  const rates = await interleave({ ours: perSecond(ours), protobufjs: perSecond(reference) }, ROUNDS);
  const thousand = (rate: number): string => (rate / 1000).toFixed(0);
  console.log(
    `encode, ${what} of ${bytes.length} bytes: ${ratioText(rates.ours, rates.protobufjs)} of protobufjs ` +
      `(${thousand(rates.ours.median)} k packets/s against ${thousand(rates.protobufjs.median)} k)`,
  );
  console.log(`encode, ${what}: ${allocatedPerCall(ours).toFixed(3)} bytes of heap per packet`);
}

/** Heap that grows over many calls; a collection in between would show as less than was allocated, so take the most. */
function allocatedPerCall(work: () => void): number {
  let most = 0;
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < ALLOCATION_CALLS; call++) work();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  return most / ALLOCATION_CALLS;
}
