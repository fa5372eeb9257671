// What the whole agent costs per tick, at 1000, 100, 10 and 1 ms: CPU time of all its threads, between two moments after
// its start. The reference is one bare thread that preads the same files of /proc and sleeps, in the same run: what
// reading alone costs here. Linux only; nobody subscribes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.js';
import { interleave, type Measured, ratioText } from './support.js';

const INTERVALS_MS = [1000, 100, 10, 1];
const ROUNDS = 3;
/** At 1 ms, whatever the interval to be measured: an agent that has run for days has its code compiled. */
const WARM_UP_MS = 8000;
/** After the change to the interval that is measured. */
const SETTLE_MS = 1000;
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
    const costs = await interleave(
      {
        hostOnly: () => agentCost(['procfs'], intervalMs),
        all: () => agentCost(['procfs', 'cgroup', 'process', 'self'], intervalMs),
        reference: () => cpuUsPerTick([REFERENCE, String(intervalMs), String(WARM_UP_MS)], intervalMs),
      },
      ROUNDS,
      { discardFirst: false },
    );
    print(intervalMs, 'procfs alone', costs.hostOnly, costs.reference);
    print(intervalMs, 'all sources', costs.all, costs.reference);
  }
}

/** Runs an agent at 1 ms until it is warm, then has it reload its file with the interval that is asked for. */
async function agentCost(sources: readonly string[], intervalMs: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-bench-'));
  const file = join(folder, 'zonecast.toml');
  const port = await freePort();
  const configure = (delay: number): void =>
    writeFileSync(file, `port = ${port}\ndelay = ${delay}\nsources = ${JSON.stringify(sources)}\n`);
  configure(1);
  try {
    // The duration is for the case that this process is killed and the agent is not.
    const settings = ['run', '--config', file, '--log-level', 'error', '--duration', '60s'];
    return await cpuUsPerTick([AGENT, ...settings], intervalMs, (agent) => {
      configure(intervalMs);
      agent.kill('SIGHUP');
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
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
async function cpuUsPerTick(
  command: readonly string[],
  intervalMs: number,
  onceWarm: (child: ChildProcess) => void = () => {},
): Promise<number> {
  const windowMs = Math.max(WINDOW_MS_MIN, TICKS_MIN * intervalMs);
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text;
  });
  const exit = once(child, 'exit');
  try {
    await sleep(WARM_UP_MS);
    onceWarm(child);
    await sleep(SETTLE_MS);
    const [cpuBefore, timeBefore] = [cpuNs(child), performance.now()];
    await sleep(windowMs);
    const [cpuAfter, timeAfter] = [cpuNs(child), performance.now()];
    return (cpuAfter - cpuBefore) / 1000 / ((timeAfter - timeBefore) / intervalMs);
  } catch (error) {
    throw new Error(`${command.join(' ')} ended early: ${complaint.trim()}`, { cause: error });
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
