// What the whole agent costs per tick, at 1000, 100, 10 and 1 ms: CPU time of all its threads, between two moments after
// its start. The reference is one bare thread that preads the same files of /proc and sleeps, in the same run: what
// reading alone costs here. Linux only; nobody subscribes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.js';
import { interleave, type Measured, ratioText } from './support.js';

const INTERVALS_MS = [1000, 100, 10, 1];
const ROUNDS = 3;
/** Until code is compiled and caches are warm. */
const WARM_UP_MS = 3000;
const TICKS_MIN = 5;
const WINDOW_MS_MIN = 4000;

const AGENT = fileURLToPath(new URL('../src/main/cli/zonecast.js', import.meta.url));
const REFERENCE = fileURLToPath(new URL('./agent-reference.js', import.meta.url));

export async function run(): Promise<void> {
  if (process.platform !== 'linux') {
    console.log('agent: skipped, this host is not Linux');
    return;
  }
  for (const intervalMs of INTERVALS_MS) {
    const agent = (sources: string) => async () =>
      cpuUsPerTick(AGENT, agentArguments(await freePort(), intervalMs, sources), intervalMs);
    const costs = await interleave(
      {
        hostOnly: agent('procfs'),
        all: agent('procfs,cgroup,process,self'),
        reference: () => cpuUsPerTick(REFERENCE, [String(intervalMs)], intervalMs),
      },
      ROUNDS,
      { discardFirst: false },
    );
    print(intervalMs, 'procfs alone', costs.hostOnly, costs.reference);
    print(intervalMs, 'all sources', costs.all, costs.reference);
  }
}

function agentArguments(port: number, intervalMs: number, sources: string): string[] {
  // The duration is for the case that this process is killed and the agent is not.
  const settings = ['--sources', sources, '--log-level', 'error', '--duration', '60s'];
  return ['run', '-p', String(port), '-d', String(intervalMs), ...settings];
}

function print(intervalMs: number, what: string, ours: Measured, reference: Measured): void {
  const us = ours.median.toFixed(0);
  const core = ((ours.median / (intervalMs * 1000)) * 100).toPrecision(2);
  console.log(
    `agent at ${intervalMs} ms, ${what}: ${ratioText(ours, reference)} of a bare reading loop ` +
      `(${us} us of CPU a tick, ${core} % of a core; the loop ${reference.median.toFixed(0)} us)`,
  );
}

/** Runs a script for a while and takes its CPU time between two moments. */
async function cpuUsPerTick(script: string, scriptArguments: readonly string[], intervalMs: number): Promise<number> {
  const windowMs = Math.max(WINDOW_MS_MIN, TICKS_MIN * intervalMs);
  const child = spawn(process.execPath, [script, ...scriptArguments], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text;
  });
  const exit = once(child, 'exit');
  try {
    await sleep(WARM_UP_MS);
    const [cpuBefore, timeBefore] = [cpuNs(child), performance.now()];
    await sleep(windowMs);
    const [cpuAfter, timeAfter] = [cpuNs(child), performance.now()];
    return (cpuAfter - cpuBefore) / 1000 / ((timeAfter - timeBefore) / intervalMs);
  } catch (error) {
    throw new Error(`${script} ${scriptArguments.join(' ')} ended early: ${complaint.trim()}`, { cause: error });
  } finally {
    child.kill('SIGTERM');
    await exit;
  }
}

/** CPU time of all threads of a process, from the scheduler's own count: /proc/PID/stat has only hundredths of a second. */
function cpuNs(child: ChildProcess): number {
  const tasks = `/proc/${child.pid}/task`;
  let total = 0;
  for (const thread of readdirSync(tasks)) {
    total += Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total;
}
