// How late a source's tick begins: our pacer beside a bare Atomics.wait loop, at 10 ms and 1 ms. Both run in the same
// worker thread, in turn, a second or two at a time, so that what the machine does hits both alike.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LatenessJob, LatenessResult } from './lateness-worker.js';

const INTERVALS_US = [10_000, 1_000];
const ROUNDS = 10;

interface Total {
  latenessNs: number[];
  missed: number;
}

export async function run(): Promise<void> {
  const worker = new Worker(new URL('./lateness-worker.js', import.meta.url));
  await once(worker, 'message');
  for (const intervalUs of INTERVALS_US) {
    const totals: Record<LatenessJob['loop'], Total> = {
      pacer: { latenessNs: [], missed: 0 },
      bare: { latenessNs: [], missed: 0 },
    };
    const ticks = Math.max(100, 1_000_000 / intervalUs);
    for (let round = 0; round < ROUNDS; round++) {
      for (const loop of ['pacer', 'bare'] as const) {
        const job: LatenessJob = { loop, intervalUs, ticks };
        worker.postMessage(job);
        const [result] = (await once(worker, 'message')) as [LatenessResult];
        for (const lateness of result.latenessNs) totals[loop].latenessNs.push(lateness);
        totals[loop].missed += result.missed;
      }
    }
    print(intervalUs, totals.pacer, totals.bare);
  }
  await worker.terminate();
}

function print(intervalUs: number, pacer: Total, bare: Total): void {
  const at = (total: Total, quantile: number): number => {
    const sorted = total.latenessNs.sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))]! / 1000;
  };
  const made = (total: Total): number => total.latenessNs.length;
  const quantiles = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
    ['max', 1],
  ] as const;
  const name = `lateness at ${intervalUs / 1000} ms`;
  for (const [label, quantile] of quantiles) {
    const [ours, reference] = [at(pacer, quantile), at(bare, quantile)];
    console.log(
      `${name}, ${label}: ${(ours / reference).toPrecision(2)} x of a bare Atomics.wait loop ` +
        `(${ours.toFixed(0)} us, bare ${reference.toFixed(0)} us)`,
    );
  }
  const share = made(pacer) / (made(pacer) + pacer.missed) / (made(bare) / (made(bare) + bare.missed));
  console.log(
    `${name}, ticks made: ${(share * 100).toFixed(2)} % of the bare loop's ` +
      `(missed ${pacer.missed} of ${made(pacer) + pacer.missed}, bare ${bare.missed} of ${made(bare) + bare.missed})`,
  );
}
