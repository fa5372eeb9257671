// The source procfs on this very host, against readings made beside it: before and after, since counters move on.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { source as procfs } from '../../src/workers/procfs/source.js';
import { SourceReader } from './host-tree.js';

const onLinux = process.platform === 'linux' ? {} : { skip: 'needs Linux: reads /proc' };
const PATHS = { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' };

/** The host, read by other means: whole files, regular expressions, BigInt. */
function beside(): Map<string, bigint> {
  const read = (file: string): string => readFileSync(`/proc/${file}`, 'latin1');
  const number = (file: string, pattern: RegExp): bigint => BigInt(pattern.exec(read(file))![1]!);
  const values = new Map<string, bigint>([
    ['kernel.context_switches', number('stat', /^ctxt (\d+)/m)],
    ['kernel.forks', number('stat', /^processes (\d+)/m)],
    ['mem.as_fault', number('vmstat', /^pgfault (\d+)/m)],
    ['mem.physcap', number('meminfo', /^MemTotal: +(\d+)/m) * 1024n],
  ]);
  for (const match of read('stat').matchAll(/^cpu(\d+) (\d+) \d+ \d+ (\d+)/gm)) {
    values.set(`cpu.user_ns[${match[1]}]`, BigInt(match[2]!) * 10_000_000n);
  }
  for (const match of read('net/dev').matchAll(/^ *([^:\s]+): *(\d+)/gm)) {
    if (match[1] !== 'lo') values.set(`net.rbytes64[${match[1]}]`, BigInt(match[2]!));
  }
  for (const match of read('diskstats').matchAll(/^ *\d+ +\d+ (\S+) (\d+) \d+ (\d+)/gm)) {
    if (/^(vd|sd|xvd)[a-z]+$|^nvme\d+n\d+$/.test(match[1]!)) {
      values.set(`disk.reads[${match[1]}]`, BigInt(match[2]!));
      values.set(`disk.nread[${match[1]}]`, BigInt(match[3]!) * 512n);
    }
  }
  return values;
}

test('every value lies between the same value read before and after', onLinux, () => {
  const reader = new SourceReader(procfs, PATHS, { everyMs: { vmstat: 0 } });
  reader.tick();
  for (let round = 0; round < 20; round++) {
    const before = beside();
    const values = reader.tick();
    const after = beside();
    for (const [name, low] of before) {
      const value = values.get(name);
      assert.ok(value !== undefined, `${name} is missing`);
      assert.ok(value >= low && value <= after.get(name)!, `${name}: ${low} <= ${value} <= ${after.get(name)}`);
    }
  }
  assert.deepEqual([reader.notes, reader.producer.control.get('parseErrors')], [[], 0]);
  reader.source.close();
});

test('closing gives up every descriptor', onLinux, () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  new SourceReader(procfs, PATHS).source.close();
  const before = open();
  const reader = new SourceReader(procfs, PATHS);
  reader.tick();
  assert.ok(open() >= before + 5);
  reader.source.close();
  assert.equal(open(), before);
});
