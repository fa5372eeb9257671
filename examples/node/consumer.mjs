// Prints CPU and memory of every zone. Usage: node consumer.mjs [ENDPOINT] [COUNT] [ZONE]

import { subscribe } from 'zonecast/client';

/** Profile ticks in a second of CPU time: the unit of `cpu.usage`. */
const TICKS_PER_SECOND = 4999;

const [connect = 'tcp://127.0.0.1:7211', count = '0', zone] = process.argv.slice(2);
const subscription = subscribe({ connect, ...(zone === undefined ? {} : { zones: [zone] }) });

/** What was last seen of each zone. */
const zones = new Map();
let left = Number(count);

for await (const packet of subscription) {
  const last = zones.get(packet.name) ?? { cores: new Map(), timeNs: undefined, rss: '-' };
  zones.set(packet.name, last);

  let ticks = 0;
  let known = false;
  for (const { core, usage } of packet.cpu) {
    if (usage === undefined) continue;
    const before = last.cores.get(core);
    // Counters of 32 bits wrap: differences are modulo 2^32.
    if (before !== undefined) ticks += (usage - before) >>> 0;
    known ||= before !== undefined;
    last.cores.set(core, usage);
  }
  let cpu = '-';
  if (known && last.timeNs !== undefined) {
    const seconds = Number(packet.time_ns - last.timeNs) / 1e9;
    cpu = ((100 * ticks) / TICKS_PER_SECOND / seconds).toFixed(1);
  }
  if (packet.cpu.length > 0) last.timeNs = packet.time_ns;
  // A field that is absent was not read for this tick: the last value holds.
  last.rss = packet.mem[0]?.rss ?? last.rss;

  console.log(`${packet.name} cpu=${cpu}% rss=${last.rss}`);
  if (--left === 0) break;
}
console.log(`${subscription.stats.lost} packets lost`);
