// The source on this machine's own cgroups, against the kernel's files read beside it. Needs root and writable cgroups.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { source } from '../../src/workers/cgroup/source.js';
import { PAGE_BYTES } from '../../src/workers/linux/page-size.js';
import { RealCgroup, realCgroupsMissing } from '../support/real-cgroup.js';
import { SourceHarness } from '../support/source-harness.js';

const skip = realCgroupsMissing();

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

/** Runs a program of Node's in a cgroup; resolves when it has printed a line. */
async function start(cgroup: RealCgroup, program: string, wrap: readonly string[] = []): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', 'read go; exec "$@"', 'sh', ...wrap, process.execPath, '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  cgroup.add(child.pid!);
  child.stdin!.write('go\n');
  await once(child.stdout!, 'data');
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const READY_AND_WAIT = "console.log('ready'); setInterval(() => {}, 1000);";

describe('source cgroup on this machine', { skip }, () => {
  let cgroup: RealCgroup;
  let harness: SourceHarness;

  before(() => {
    cgroup = new RealCgroup('real');
    harness = new SourceHarness(source);
  });

  after(() => {
    harness?.close();
    cgroup?.remove();
  });

  it('has the zone at once, with its inode', async () => {
    await harness.housekeep();
    harness.sample();
    const zone = harness.zones.get(cgroup.path);
    assert.equal(zone?.name, cgroup.path);
    assert.equal(zone?.inode, String(cgroup.inode));
    assert.equal(harness.value(cgroup.path, 'threads'), 0n);
  });

  it('measures the CPU time of a busy loop within 5 % over 2 s', async () => {
    const child = await start(cgroup, "console.log('ready'); for (;;) {}");
    const measure = (): { usageNs: bigint; ticks: bigint; atNs: bigint; beside: bigint } => {
      const before = cgroup.cpuUsageNs();
      harness.sample();
      const atNs = process.hrtime.bigint();
      const cores = harness.fieldsOf(cgroup.path).filter((key) => key.startsWith('cpu.usage|'));
      const ticks = cores.reduce((sum, key) => sum + harness.values.get(`${cgroup.path}|${key}`)!, 0n);
      return { usageNs: harness.value(cgroup.path, 'cpu_time.usage_ns')!, ticks, atNs, beside: before };
    };
    const first = measure();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const second = measure();
    await stop(child);
    const elapsedMs = Number(second.atNs - first.atNs) / 1e6;
    const usedMs = Number(second.usageNs - first.usageNs) / 1e6;
    const besideMs = Number(second.beside - first.beside) / 1e6;
    const ticksMs = (Number(second.ticks - first.ticks) / 4999) * 1000;
    console.log(
      `busy loop: ${usedMs.toFixed(1)} ms used in ${elapsedMs.toFixed(1)} ms; kernel says ${besideMs.toFixed(1)}`,
    );
    assert.ok(Math.abs(usedMs - besideMs) <= besideMs * 0.05, `${usedMs} ms against the kernel's ${besideMs} ms`);
    assert.ok(Math.abs(ticksMs - usedMs) <= 2, `${ticksMs} ms in ticks, ${usedMs} ms in nanoseconds`);
    // The machine is shared: the loop may get less than a core, never more.
    assert.ok(usedMs > elapsedMs * 0.2 && usedMs < elapsedMs * 1.05, `${usedMs} ms of ${elapsedMs} ms`);
  });

  it('measures the memory that a process holds, exactly as the kernel does', async () => {
    harness.sample();
    const before = harness.value(cgroup.path, 'mem.anon')!;
    const heldBytes = 64 * 1024 * 1024;
    const child = await start(
      cgroup,
      `const held = Buffer.allocUnsafeSlow(${heldBytes}); for (let i = 0; i < held.length; i += 4096) held[i] = 1; ${READY_AND_WAIT}`,
    );
    child.kill('SIGSTOP');
    harness.sample();
    const text = readFileSync(cgroup.file('memory', 'memory.stat'), 'utf8');
    const line = (key: string): bigint => BigInt(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)![1]!);
    const rssBeside = line('total_rss') + line('total_mapped_file');
    const anon = harness.value(cgroup.path, 'mem.anon')!;
    const rss = harness.value(cgroup.path, 'mem.rss')!;
    console.log(
      `memory: anon ${anon} bytes, ${anon - before} more with ${heldBytes} held; rss ${rss}, kernel ${rssBeside}`,
    );
    assert.ok(rss - rssBeside <= PAGE_BYTES && rssBeside - rss <= PAGE_BYTES, `${rss} against ${rssBeside}`);
    assert.equal(harness.value(cgroup.path, 'mem.cached'), line('total_cache'));
    assert.equal(harness.value(cgroup.path, 'mem.as_fault'), line('total_pgfault'));
    assert.ok(anon - before >= heldBytes, `${anon - before} bytes more`);
    assert.ok(anon - before < heldBytes + 96 * 1024 * 1024, 'and what Node itself needs');
    child.kill('SIGCONT');
    await stop(child);
  });

  it('counts threads, and reads limits that are set', async () => {
    const child = await start(cgroup, READY_AND_WAIT);
    child.kill('SIGSTOP');
    cgroup.write('memory', 'memory.limit_in_bytes', String(256 * 1024 * 1024));
    cgroup.write('pids', 'pids.max', '77');
    const eager = new SourceHarness(source, { options: { include: [cgroup.path], everyMs: { caps: 0 } } });
    eager.sample();
    const threads = BigInt(readdirSync(`/proc/${child.pid}/task`).length);
    assert.equal(eager.value(cgroup.path, 'threads'), threads);
    assert.equal(eager.value(cgroup.path, 'threads_cap'), 77n);
    assert.equal(eager.value(cgroup.path, 'mem.physcap'), 256n * 1024n * 1024n);
    assert.deepEqual([...eager.zones.keys()], [cgroup.path]);
    cgroup.write('memory', 'memory.limit_in_bytes', '-1');
    cgroup.write('pids', 'pids.max', 'max');
    eager.sample();
    assert.equal(eager.value(cgroup.path, 'mem.physcap'), undefined);
    assert.equal(eager.value(cgroup.path, 'threads_cap'), undefined);
    eager.close();
    child.kill('SIGCONT');
    await stop(child);
  });

  it('reads the interfaces of a process with a network namespace of its own, and no others', async (t) => {
    if (spawnSync('unshare', ['-n', 'true']).status !== 0) return t.skip('needs unshare and the right to use it');
    const here = await start(cgroup, READY_AND_WAIT);
    const eager = new SourceHarness(source, { options: { include: [cgroup.path], everyMs: { membership: 0 } } });
    const interfaces = (): string[] => eager.fieldsOf(cgroup.path).filter((key) => key.startsWith('net.rbytes64'));
    await eager.housekeep();
    eager.sample();
    assert.deepEqual(interfaces(), [], 'a process in the namespace of the host');
    await stop(here);
    // Two ends of a cable that is plugged into itself carry the kernel's own neighbour discovery.
    const setUp =
      '(ip link add zc0 type veth peer name zc1 && ip link set zc0 up && ip link set zc1 up) 2>&-; exec "$@"';
    const child = await start(cgroup, READY_AND_WAIT, ['unshare', '-n', 'sh', '-c', setUp, 'sh']);
    const sent = (): Map<string, bigint> => {
      const text = readFileSync(`/proc/${child.pid}/net/dev`, 'utf8');
      const lines = [...text.matchAll(/^ *([^\s:]+):(?: +\d+){8} +(\d+)/gm)].filter(([, name]) => name !== 'lo');
      return new Map(lines.map(([, name, bytes]) => [name!, BigInt(bytes!)]));
    };
    await eager.housekeep();
    const before = sent();
    eager.sample();
    const after = sent();
    console.log(`interfaces of the namespace: ${[...after].map(([name, bytes]) => `${name} ${bytes} bytes sent`)}`);
    assert.deepEqual(
      interfaces().map((key) => key.split('|')[1]),
      [...before.keys()],
    );
    for (const [name, bytes] of before) {
      const value = eager.value(cgroup.path, 'net.obytes64', name)!;
      assert.ok(value >= bytes && value <= after.get(name)!, `${name}: ${value} not in ${bytes} to ${after.get(name)}`);
    }
    await stop(child);
    await eager.housekeep();
    eager.sample();
    assert.deepEqual(interfaces(), []);
    eager.close();
  });

  it('has no sample of a zone after its removal, even before housekeeping', () => {
    const short = new RealCgroup('short');
    const fresh = new SourceHarness(source, { options: { include: [short.path] } });
    fresh.sample();
    assert.ok(fresh.fieldsOf(short.path).length > 10);
    short.remove();
    fresh.sample();
    fresh.sample();
    assert.equal(fresh.zones.has(short.path), false);
    assert.equal(fresh.values.size, 0);
    assert.equal(fresh.stray, 0);
    assert.equal(fresh.producer.control.get('readErrors'), 0);
    assert.equal(fresh.producer.control.get('liveSeries'), 0);
    fresh.close();
  });

  it('comes through 500 cgroups made and removed in a loop, and returns to where it was', async () => {
    const churn = new SourceHarness(source, { options: { include: [`/zonecast-test-${process.pid}-churn-*`] } });
    churn.sample();
    const control = churn.producer.control;
    const series = control.get('liveSeries');
    const zones = control.get('liveZones');
    const descriptors = openDescriptors();
    const alive: RealCgroup[] = [];
    let seen = 0;
    let last = performance.now();
    for (let i = 0; i < 500; i++) {
      const made = new RealCgroup(`churn-${i}`, ['memory', 'cpuacct', 'unified']);
      alive.push(made);
      if (alive.length > 10) alive.splice(i % alive.length, 1)[0]!.remove();
      if (i % 4 === 0) churn.sample();
      if (performance.now() - last > 50 || i % 16 === 0) {
        last = performance.now();
        await churn.housekeep();
        churn.sample();
        seen = Math.max(seen, control.get('liveZones'));
      }
      assert.equal(churn.stray, 0);
    }
    assert.ok(seen > zones + 5, `at most ${seen} zones were seen at a time`);
    await churn.housekeep();
    churn.sample();
    assert.equal(control.get('liveZones'), zones + 10);
    for (const rest of alive) rest.remove();
    await churn.housekeep();
    churn.sample();
    assert.deepEqual([control.get('liveZones'), control.get('liveSeries')], [zones, series]);
    assert.equal(openDescriptors(), descriptors);
    assert.deepEqual([control.get('readErrors'), control.get('parseErrors'), control.get('lostEvents')], [0, 0, 0]);
    churn.close();
  });

  it('gives back every descriptor and every watch', async () => {
    const before = openDescriptors();
    const opened = new SourceHarness(source);
    opened.sample();
    assert.ok(openDescriptors() > before);
    opened.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(openDescriptors(), before);
  });
});
