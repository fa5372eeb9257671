// The msgpack form beside JSON, on the same packet: speed both ways, and size.

import { Packr } from 'msgpackr';
import { packetJson } from '../src/main/cli/packet-text.js';
import { decodePacket } from '../src/main/wire/decode.js';
import { packetToMsgpack, toMsgpack } from '../src/main/wire/msgpack.js';
import { globalPacket, zonePacket } from './packets.js';
import { perSecond } from './per-second.js';
import { interleave, type Measured, ratioText } from './support.js';

const ROUNDS = 7;

export async function run(): Promise<void> {
  for (const [what, { bytes, message }] of [
    ['zone packet', zonePacket()],
    ['global packet', globalPacket()],
  ] as const) {
    const packr = new Packr({ useRecords: false });
    const packet = decodePacket(bytes);
    const packed = packr.pack(message);
    const text = JSON.stringify(message);
    const rates = await interleave(
      {
        pack: perSecond(() => packr.pack(message)),
        stringify: perSecond(() => JSON.stringify(message)),
        unpack: perSecond(() => packr.unpack(packed)),
        parse: perSecond(() => JSON.parse(text)),
        packetToMsgpack: perSecond(() => packetToMsgpack(packet)),
        packetJson: perSecond(() => packetJson(packet)),
        toMsgpack: perSecond(() => toMsgpack(bytes)),
        decode: perSecond(() => decodePacket(bytes)),
      },
      ROUNDS,
    );
    const line = (name: string, ours: Measured, reference: Measured, referenceName: string) =>
      console.log(
        `msgpack, ${what}, ${name}: ${ratioText(ours, reference)} of ${referenceName} (${(ours.median / 1000).toFixed(0)} k/s)`,
      );
    line('msgpackr pack', rates.pack, rates.stringify, 'JSON.stringify');
    line('msgpackr unpack', rates.unpack, rates.parse, 'JSON.parse');
    line('packet to msgpack, 64 bits exact', rates.packetToMsgpack, rates.packetJson, 'packet to JSON, 64 bits exact');
    line('protobuf frame to msgpack frame', rates.toMsgpack, rates.decode, 'decoding it alone');
    const size = toMsgpack(bytes).length;
    console.log(
      `msgpack, ${what}, size: ${(size / text.length).toFixed(2)} x of JSON, ${(size / bytes.length).toFixed(2)} x of ` +
        `protobuf (${size}, ${text.length} and ${bytes.length} bytes)`,
    );
  }
}
