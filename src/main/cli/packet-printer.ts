// Packets as text on stdout, for -v and -vlite: the phrases of the 2013 generator, so that scripts which look for them go on
// working. Runs on the main thread for every packet: dear, and meant for people who look.

import { decodePacket } from '../wire/decode.js';
import { packetText } from './packet-text.js';

/** A hook for the agent: the whole packet in debug-string form, or only its time and profile ticks. */
export function createPrinter(whole: boolean, write: (text: string) => void) {
  return (zone: string, bytes: Uint8Array, wallUs: number): void => {
    const packet = decodePacket(bytes);
    if (whole) write(`BEGIN Zone Packet:\n${packetText(packet)}Packet sent\n`);
    else write(`${new Date(wallUs / 1000).toISOString()} ${JSON.stringify(zone)} ticks ${packet.ticks ?? '-'}\n`);
  };
}
