// The reference of the agent's bench: one thread, the same files of /proc, no parsing, no packet. Runs until it is killed.
// Arguments: the interval, and how long to run at 1 ms first, both in milliseconds.

import { openSync, readSync } from 'node:fs';

const FILES = ['stat', 'meminfo', 'diskstats', 'net/dev', 'loadavg', 'pressure/cpu', 'pressure/memory', 'pressure/io'];
/** As the agent does it: most of this file's cost would be for what nobody publishes. */
const VMSTAT_EVERY_MS = 100;

const intervalMs = Number(process.argv[2]);
const warmUpMs = Number(process.argv[3]);
const buffer = Buffer.allocUnsafe(256 * 1024);
const cell = new Int32Array(new SharedArrayBuffer(4));

function openAll(names: readonly string[]): number[] {
  return names.flatMap((name) => {
    try {
      return [openSync(`/proc/${name}`, 'r')];
    } catch {
      // A kernel without it spares both sides the reading.
      return [];
    }
  });
}

const descriptors = openAll(FILES);
const vmstat = openAll(['vmstat']);
let vmstatDueMs = 0;
let dueMs = performance.now();
for (;;) {
  for (const descriptor of descriptors) readSync(descriptor, buffer, 0, buffer.length, 0);
  const nowMs = performance.now();
  if (nowMs >= vmstatDueMs) {
    for (const descriptor of vmstat) readSync(descriptor, buffer, 0, buffer.length, 0);
    vmstatDueMs = nowMs + VMSTAT_EVERY_MS;
  }
  dueMs = Math.max(dueMs + (nowMs < warmUpMs ? 1 : intervalMs), nowMs);
  Atomics.wait(cell, 0, 0, dueMs - performance.now());
}
