// What to subscribe to for the packets of certain zones. Field 1 is encoded first, so the bytes 0A <length> <name> begin
// every packet of that zone and of no other.

import protobuf from 'protobufjs';
import { MSGPACK_PREFIX, PROTOBUF_PREFIX } from './decode.js';

/**
 * Prefixes for the protobuf form of these zones' packets, and one for all of the msgpack form: a map begins with its
 * size, which varies from packet to packet.
 * @throws TypeError for a list without a zone, or a name that no zone has
 */
export function zonePrefixes(zones: readonly string[]): Uint8Array[] {
  if (!Array.isArray(zones) || zones.length === 0) throw new TypeError('zones names no zone: leave it out for all');
  return [...zones.map(zonePrefix), Uint8Array.of(MSGPACK_PREFIX)];
}

export function zonePrefix(zone: string): Uint8Array {
  if (typeof zone !== 'string' || zone === '') throw new TypeError('a zone to filter by needs a name');
  return protobuf.Writer.create().uint32(PROTOBUF_PREFIX).string(zone).finish();
}
