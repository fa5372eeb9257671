// Every file of procfs as recorded on a real host: exact values, and the declarations beside them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PAGE_BYTES } from '../../src/workers/linux/page-size.js';
import { PROCFS_FIELDS } from '../../src/workers/procfs/fields.js';
import { HostTree } from './host-tree.js';

const tree = new HostTree();
after(() => tree.delete());
const reader = tree.open();
const values = reader.tick();

function check(expected: Readonly<Record<string, number | bigint>>): void {
  const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, values.get(name)]));
  const wanted = Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, BigInt(value)]));
  assert.deepEqual(actual, wanted);
}

const pages = (kB: number): number => Math.floor((kB * 1024) / PAGE_BYTES);
const jiffyNs = 10_000_000n;

test('nothing failed on the recording', () => {
  assert.deepEqual(reader.notes, []);
  assert.equal(reader.producer.control.get('readErrors'), 0);
  assert.equal(reader.producer.control.get('parseErrors'), 0);
});

test('stat: cores', () => {
  check({
    'cpu.usage[0]': Math.floor(((29691 + 3788 + 11614 + 0 + 260 + 33) * 4999) / 100),
    'cpu.user_ns[0]': 29691n * jiffyNs,
    'cpu.nice_ns[0]': 3788n * jiffyNs,
    'cpu.system_ns[0]': 11614n * jiffyNs,
    'cpu.idle_ns[0]': 362149n * jiffyNs,
    'cpu.iowait_ns[0]': 253n * jiffyNs,
    'cpu.irq_ns[0]': 0,
    'cpu.softirq_ns[0]': 260n * jiffyNs,
    'cpu.steal_ns[0]': 33n * jiffyNs,
    'cpu.guest_ns[0]': 0,
    'cpu.usage[1]': Math.floor(((43219 + 751 + 15458 + 0 + 409 + 47) * 4999) / 100),
    'cpu.idle_ns[1]': 346465n * jiffyNs,
  });
  assert.equal(values.has('cpu.usage[]'), false, 'the sum over all cores is no core');
});

test('stat: totals, tasks, queue', () => {
  check({
    'kernel.interrupts': 4010547,
    'kernel.context_switches': 5081305,
    'kernel.softirqs': 1741002,
    'kernel.forks': 72421,
    'load.running': 1,
    'load.blocked': 0,
    'cpuqueue.amount[0,0]': 1,
  });
});

test('loadavg', () => {
  check({ 'load.avg1': 9, 'load.avg5': 22, 'load.avg15': 33, threads: 83 });
});

test('meminfo', () => {
  const kB = 1024;
  check({
    'mem.rss': (11120 + 10568) * kB,
    'mem.physcap': 24684084 * kB,
    'mem.swap': 0,
    'mem.swapcap': 0,
    'mem.available': 24352736 * kB,
    'mem.buffers': 452 * kB,
    'mem.cached': 15740 * kB,
    'mem.dirty': 12 * kB,
    'mem.writeback': 0,
    'mem.anon': 11120 * kB,
    'mem.mapped': 10568 * kB,
    'mem.slab': 151904 * kB,
    'mem.shmem': 8872 * kB,
    'mem.physmem': pages(24684084),
    'mem.freemem': pages(24424792),
    'mem.pp_kernel': pages(151904 + 1360 + 2508 + 1480 + 14204),
  });
});

test('vmstat', () => {
  check({
    'mem.nalloc_calls': 28438773,
    'mem.nfree_calls': 30538899,
    'mem.maj_fault': 10738,
    'mem.as_fault': 24164979,
    'mem.pgin': pages(12790857),
    'vm.pgpgin_bytes': 12790857 * 1024,
    'vm.pgpgout_bytes': 3935324n * 1024n,
    'vm.pswpin': 0,
    'vm.pswpout': 0,
    'vm.pgscan': 0,
    'vm.pgsteal': 0,
    'vm.allocstall': 0,
    'vm.oom_kill': 0,
  });
});

test('diskstats: whole disks only', () => {
  check({
    'disk.nread[vda]': 25581714n * 512n,
    'disk.nwritten[vda]': 7870648n * 512n,
    'disk.reads[vda]': 235511,
    'disk.writes[vda]': 65646,
    'disk.in_flight[vda]': 0,
    'disk.rtime[vda]': 31832n * 1_000_000n,
    'disk.rlentime[vda]': 327534n * 1_000_000n,
    'disk.read_ns[vda]': 288764n * 1_000_000n,
    'disk.write_ns[vda]': 36824n * 1_000_000n,
    'disk.wtime[vda]': 0,
    'disk.wlentime[vda]': 0,
  });
  const disks = [...values.keys()].filter((name) => name.startsWith('disk.nread'));
  assert.deepEqual(disks, ['disk.nread[vda]']);
});

test('net/dev: every interface but the loopback', () => {
  check({
    'net.rbytes64[eth0]': 686036737,
    'net.ipackets[eth0]': 20540,
    'net.ierrors[eth0]': 0,
    'net.idrops[eth0]': 0,
    'net.obytes64[eth0]': 1313570,
    'net.opackets[eth0]': 13736,
    'net.oerrors[eth0]': 0,
    'net.odrops[eth0]': 0,
    'net.rbytes64[ifb1]': 0,
  });
  assert.equal(values.has('net.rbytes64[lo]'), false);
});

test('pressure', () => {
  check({
    'pressure.some_us[cpu]': 65440986,
    'pressure.full_us[cpu]': 0,
    'pressure.some_avg10[cpu]': 0,
    'pressure.some_us[io]': 14859573,
    'pressure.full_us[io]': 13590992,
    'pressure.full_avg10[memory]': 0,
  });
});

test('every field that is put is declared, and every declared one is put', () => {
  // Values of key fields travel in the series' instance; the recorded disk has no SCSI counters.
  const notPut = new Set([
    'cpu.core',
    'cpuqueue.core',
    'cpuqueue.length',
    'disk.instance',
    'net.instance',
    'pressure.resource',
    'disk.harderror',
    'disk.tranerror',
  ]);
  const declared = PROCFS_FIELDS.map((field) => field.path);
  assert.equal(new Set(declared).size, declared.length, 'nothing is declared twice');
  const put = new Set([...values.keys()].map((name) => name.replace(/\[.*/, '')));
  assert.deepEqual(put, new Set(declared.filter((path) => !notPut.has(path))));
});

test('nothing is defined that a reading does not fill', () => {
  assert.deepEqual(new Set(reader.series.values()), new Set(values.keys()));
});
