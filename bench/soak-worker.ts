// The bare loop of the soak: sleeps in Atomics.wait from one multiple of the interval to the next and does nothing else,
// so that its lateness and its missed ticks are the machine's own.

import { parentPort, workerData } from 'node:worker_threads';
import { LatencyHistogram } from '../src/main/latency-histogram.js';
import { sharpenTimers } from '../src/workers/linux/timer-slack.js';

export interface BareLoopReport {
  readonly made: number;
  readonly missed: number;
  /** p50, p90, p99, p99.9, max in nanoseconds. */
  readonly latenessNs: readonly number[];
}

export const QUANTILES = [0.5, 0.9, 0.99, 0.999, 1];

if (parentPort !== null && workerData !== null) {
  const { intervalMs, stop } = workerData as { intervalMs: number; stop: SharedArrayBuffer };
  sharpenTimers();
  const cell = new Int32Array(stop);
  const histogram = new LatencyHistogram();
  let missed = 0;
  let dueMs = performance.now() + intervalMs;
  while (Atomics.wait(cell, 0, 0, Math.max(0, dueMs - performance.now())) === 'timed-out') {
    const lateMs = performance.now() - dueMs;
    const passed = Math.max(0, Math.floor(lateMs / intervalMs));
    histogram.record((lateMs - passed * intervalMs) * 1e6);
    missed += passed;
    dueMs += (passed + 1) * intervalMs;
  }
  const report: BareLoopReport = {
    made: histogram.count,
    missed,
    latenessNs: QUANTILES.map((q) => histogram.quantileNs(q)),
  };
  parentPort.postMessage(report);
}
