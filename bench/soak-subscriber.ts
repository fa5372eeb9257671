// The subscriber of the soak, in a process of its own: counts packets and gaps until its standard input ends.

import { subscribe } from '../src/main/client/subscribe.js';

const subscription = subscribe({ connect: process.argv[2]!, queue: 1_000_000 });
process.stdin.on('end', () => subscription.close()).resume();
let decoded = 0;
let globalPackets = 0;
let missed = 0n;
let dropped = 0n;
let late = 0;
for await (const packet of subscription) {
  if (decoded++ === 0) console.log('ready');
  if (packet.name !== 'global') continue;
  globalPackets++;
  missed = packet.missed ?? 0n;
  dropped = packet.dropped ?? 0n;
  if (packet.source.some((source) => source.late === true)) late++;
}
const { received, lost, dropped: gaveWay, undecodable } = subscription.stats;
console.log(
  JSON.stringify({
    received,
    globalPackets,
    lost,
    gaveWay,
    undecodable,
    late,
    missed: Number(missed),
    dropped: Number(dropped),
  }),
);
