// A random case as the agent would send it.

import { encodePacket } from '../../src/main/wire/encode.js';
import { compilePlan } from '../../src/main/wire/plan.js';
import { type PacketCase, ROUND, storeOf } from './packet-cases.js';

export function encodeCase(packet: PacketCase): Buffer {
  const plan = compilePlan(packet);
  const out = Buffer.alloc(plan.maxBytes);
  return out.subarray(0, encodePacket(plan, storeOf(packet.series), ROUND, out, 0));
}
