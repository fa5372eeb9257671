// The thread of the lateness bench: runs one of the two loops for so many ticks and reports how late each began.

import { parentPort } from 'node:worker_threads';
import { ControlBlock } from '../src/ring/control.js';
import { createRingMemory, MIN_CAPACITY_SLOTS } from '../src/ring/layout.js';
import { Clock } from '../src/workers/clock.js';
import { sharpenTimers } from '../src/workers/linux/timer-slack.js';
import { Pacer } from '../src/workers/pacer.js';

export interface LatenessJob {
  readonly loop: 'pacer' | 'bare';
  readonly intervalUs: number;
  readonly ticks: number;
}

export interface LatenessResult {
  readonly latenessNs: Float64Array;
  readonly missed: number;
}

const port = parentPort!;

// As the runner does for a source's thread; so the bare loop has it too.
sharpenTimers();
const clock = new Clock();

function runPacer({ intervalUs, ticks }: LatenessJob): LatenessResult {
  const control = new ControlBlock(createRingMemory(MIN_CAPACITY_SLOTS));
  control.setIntervalUs(intervalUs);
  const pacer = new Pacer(control, clock);
  const latenessNs = new Float64Array(ticks);
  for (let tick = 0; tick < ticks; tick++) {
    pacer.wait();
    latenessNs[tick] = pacer.stamp.latenessNs;
  }
  return { latenessNs, missed: control.get('missedTicks') };
}

function runBare({ intervalUs, ticks }: LatenessJob): LatenessResult {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const latenessNs = new Float64Array(ticks);
  const intervalMs = intervalUs / 1000;
  let dueMs = performance.now() + intervalMs;
  let missed = 0;
  for (let tick = 0; tick < ticks; tick++) {
    Atomics.wait(cell, 0, 0, dueMs - performance.now());
    const lateMs = performance.now() - dueMs;
    const passed = Math.max(0, Math.floor(lateMs / intervalMs));
    missed += passed;
    latenessNs[tick] = (lateMs - passed * intervalMs) * 1e6;
    dueMs += (passed + 1) * intervalMs;
  }
  return { latenessNs, missed };
}

port.on('message', (job: LatenessJob) => port.postMessage(job.loop === 'pacer' ? runPacer(job) : runBare(job)));
port.postMessage('ready');
