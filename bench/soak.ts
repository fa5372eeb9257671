// The whole agent for a while, on this host's real sources, beside a bare Atomics.wait loop and with a subscriber in another
// process: which ticks it made, how late, what was lost, and whether its heap grows. Not part of a plain `npm run bench`:
// `npm run bench -- soak`, with SOAK_MS (interval, 10), SOAK_SECONDS (60) and SOAK_SOURCES in the environment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Agent } from '../src/main/agent.js';
import { LatencyHistogram } from '../src/main/latency-histogram.js';
import { decodePacket } from '../src/main/wire/decode.js';
import { collectGarbage } from '../test/support/garbage.js';
import { type BareLoopReport, QUANTILES } from './soak-worker.js';

const LABELS = ['p50', 'p90', 'p99', 'p99.9', 'max'];

export async function run(): Promise<void> {
  const intervalMs = Number(process.env['SOAK_MS'] ?? 10);
  const seconds = Number(process.env['SOAK_SECONDS'] ?? 60);
  const sources = (process.env['SOAK_SOURCES'] ?? 'procfs,cgroup,self').split(',');
  const endpoint = `ipc:///tmp/zonecast-soak-${process.pid}.sock`;
  const lateness = new LatencyHistogram();
  const tally = { ticks: 0 };
  const agent = new Agent(
    {
      host: 'soak',
      intervalUs: intervalMs * 1000,
      endpoints: [endpoint],
      format: 'protobuf',
      sources: sources.map((name) => ({ name, options: {} })),
      paths: { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' },
      highWaterMark: 100_000,
    },
    { info: console.log, warn: console.log, error: console.error },
    {
      onPacket(zone, bytes) {
        if (zone !== 'global') return;
        tally.ticks++;
        lateness.record(Number(decodePacket(bytes).lateness_ns));
      },
    },
  );
  await agent.start();
  const child = spawn(process.execPath, [new URL('./soak-subscriber.js', import.meta.url).pathname, endpoint], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const stop = new SharedArrayBuffer(4);
  const bare = new Worker(new URL('./soak-worker.js', import.meta.url), { workerData: { intervalMs, stop } });
  await once(bare, 'online');

  // The first seconds compile code; the distribution is of what follows, for both.
  lateness.reset();
  tally.ticks = 0;
  const before = agent.status();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const heaps: { minute: number; heapBytes: number; rssBytes: number }[] = [];
  while (performance.now() - startMs < seconds * 1000) {
    await sleep(Math.min(60_000, seconds * 1000 - (performance.now() - startMs)));
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    heaps.push({ minute: (performance.now() - startMs) / 60_000, heapBytes: heapUsed, rssBytes: rss });
  }
  const elapsedMs = performance.now() - startMs;
  const after = agent.status();
  const cpu = process.cpuUsage(cpuBefore);
  const ticks = tally.ticks;
  Atomics.store(new Int32Array(stop), 0, 1);
  Atomics.notify(new Int32Array(stop), 0);
  const [report] = (await once(bare, 'message')) as [BareLoopReport];
  await agent.stop();
  child.stdin.end();
  const subscriber = (await lines.next()).value as string;

  const name = `soak at ${intervalMs} ms, ${sources.join('+')}, ${Math.round(elapsedMs / 1000)} s`;
  console.log(
    `${name}: ${(ticks / report.made).toFixed(4)} x the ticks of a bare Atomics.wait loop (${ticks}, missed ` +
      `${after.missedTicks - before.missedTicks}; bare ${report.made}, missed ${report.missed})`,
  );
  const ours = QUANTILES.map((q) => lateness.quantileNs(q));
  for (const [i, label] of LABELS.entries()) {
    const [us, bareUs] = [ours[i]! / 1000, report.latenessNs[i]! / 1000];
    console.log(
      `${name}, lateness ${label}: ${(us / bareUs).toPrecision(2)} x (${us.toFixed(0)} us, bare ${bareUs.toFixed(0)} us)`,
    );
  }
  console.log(
    `${name}, CPU of the process, subscriber apart: ${((cpu.user + cpu.system) / ticks).toFixed(0)} us a tick`,
  );
  for (const { minute, heapBytes, rssBytes } of heaps) {
    console.log(
      `${name}, after ${minute.toFixed(1)} min: heap ${(heapBytes / 2 ** 20).toFixed(2)} MiB, RSS ${(rssBytes / 2 ** 20).toFixed(0)} MiB`,
    );
  }
  for (const {
    name: source,
    missedTicks,
    droppedSamples,
    readErrors,
    parseErrors,
    costUs,
    restarts,
    detail,
  } of after.sources)
    console.log(
      `${name}, ${source}: missed ${missedTicks}, dropped ${droppedSamples}, read errors ${readErrors}, parse errors ` +
        `${parseErrors}, restarts ${restarts}, last reading ${costUs} us ${detail}`,
    );
  console.log(`${name}, subscriber: ${subscriber}`);
}
