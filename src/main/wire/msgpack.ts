// The second wire form: the same packet as a MessagePack map, names and values as in the schema, for consumers without
// protobuf. It costs a decoding and an encoding per packet, so the agent uses it only where it is asked for.
// A prefix filter by zone works for the protobuf form alone: a map begins with its size, which varies from tick to tick.

import { Packr } from 'msgpackr';
import { decodePacket } from './decode.js';
import type { Packet } from './packet.js';

/** Plain maps, which any MessagePack reader understands; msgpackr's records are its own. */
const packr = new Packr({ useRecords: false });

/**
 * Integers below 2^32 in the shortest form, others as uint 64; an enum's value by name; absent fields and empty repeated
 * ones left out.
 * @returns memory that is never written again
 */
export function packetToMsgpack(packet: Packet): Uint8Array {
  return packr.pack(narrowed(packet));
}

/** @throws PacketError */
export function toMsgpack(protobufBytes: Uint8Array): Uint8Array {
  return packetToMsgpack(decodePacket(protobufBytes));
}

function narrowed(value: unknown): unknown {
  if (typeof value === 'bigint') return value <= 0xffffffffn ? Number(value) : value;
  if (Array.isArray(value)) return value.map(narrowed);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (!Array.isArray(field) || field.length > 0) result[name] = narrowed(field);
  }
  return result;
}
