// What the source `procfs` can fill, for docs/FIELDS.md and `zonecast doctor`. Declarations only; the readers beside
// this file use the same paths, and a test holds the two equal.

import { hostFields } from '../host-fields.js';
import type { FieldDeclaration } from '../source.js';

const NO_FILE = 'When the kernel does not offer the file or it can not be read.';

const CPU: FieldDeclaration[] = [
  ...hostFields('gauge', 'core', 'Never in the global packet.', {
    'cpu.core': '/proc/stat, number in the name of the row',
  }),
  ...hostFields('counter', 'profile ticks (4999 Hz)', 'While the core is offline.', {
    'cpu.usage': '/proc/stat, user + nice + system + irq + softirq + steal',
  }),
  ...hostFields('counter', 'nanoseconds', 'While the core is offline.', {
    'cpu.user_ns': '/proc/stat, column 1 (guest time is in it)',
    'cpu.nice_ns': '/proc/stat, column 2',
    'cpu.system_ns': '/proc/stat, column 3',
    'cpu.idle_ns': '/proc/stat, column 4',
    'cpu.iowait_ns': '/proc/stat, column 5; the kernel lets it run backwards now and then',
    'cpu.irq_ns': '/proc/stat, column 6',
    'cpu.softirq_ns': '/proc/stat, column 7',
    'cpu.steal_ns': '/proc/stat, column 8',
    'cpu.guest_ns': '/proc/stat, column 9',
  }),
];

const KERNEL: FieldDeclaration[] = [
  ...hostFields('counter', 'events', NO_FILE, {
    'kernel.interrupts': '/proc/stat, first number of intr',
    'kernel.context_switches': '/proc/stat, ctxt',
    'kernel.softirqs': '/proc/stat, first number of softirq',
    'kernel.forks': '/proc/stat, processes',
  }),
  ...hostFields('gauge', 'threads', NO_FILE, {
    'load.running': '/proc/stat, procs_running',
    'load.blocked': '/proc/stat, procs_blocked',
    threads: '/proc/loadavg, number behind the slash',
  }),
  ...hostFields('gauge', 'hundredths', NO_FILE, {
    'load.avg1': '/proc/loadavg, column 1',
    'load.avg5': '/proc/loadavg, column 2',
    'load.avg15': '/proc/loadavg, column 3',
  }),
];

const QUEUE_ABSENT = 'While no queue of that length has been seen.';
const CPUQUEUE: FieldDeclaration[] = [
  ...hostFields('gauge', 'core', QUEUE_ABSENT, { 'cpuqueue.core': '0: the kernel tells it only for the whole host' }),
  ...hostFields('gauge', 'threads', QUEUE_ABSENT, {
    'cpuqueue.length': '/proc/stat, procs_running less the reader itself; 255 stands for 255 or more',
  }),
  ...hostFields('counter', 'times seen', QUEUE_ABSENT, {
    'cpuqueue.amount': 'readings of /proc/stat that found that length',
  }),
];

const LINE_ABSENT = 'When the kernel does not print the line.';
const MEMORY: FieldDeclaration[] = [
  ...hostFields('gauge', 'bytes', LINE_ABSENT, {
    'mem.rss': '/proc/meminfo, AnonPages + Mapped',
    'mem.physcap': '/proc/meminfo, MemTotal',
    'mem.swap': '/proc/meminfo, SwapTotal - SwapFree',
    'mem.swapcap': '/proc/meminfo, SwapTotal',
    'mem.available': '/proc/meminfo, MemAvailable',
    'mem.buffers': '/proc/meminfo, Buffers',
    'mem.cached': '/proc/meminfo, Cached',
    'mem.dirty': '/proc/meminfo, Dirty',
    'mem.writeback': '/proc/meminfo, Writeback',
    'mem.anon': '/proc/meminfo, AnonPages',
    'mem.mapped': '/proc/meminfo, Mapped',
    'mem.slab': '/proc/meminfo, Slab',
    'mem.shmem': '/proc/meminfo, Shmem',
  }),
  ...hostFields('gauge', 'pages', LINE_ABSENT, {
    'mem.physmem': '/proc/meminfo, MemTotal',
    'mem.freemem': '/proc/meminfo, MemFree',
    'mem.pp_kernel': '/proc/meminfo, Slab + KernelStack + PageTables + Percpu + VmallocUsed',
  }),
];

const PAGING_ABSENT = 'When the kernel does not print the line, and in ticks between two readings of vmstat (100 ms).';
const PAGING: FieldDeclaration[] = [
  ...hostFields('counter', 'pages', PAGING_ABSENT, {
    'mem.nalloc_calls': '/proc/vmstat, sum of pgalloc_*',
    'mem.nfree_calls': '/proc/vmstat, pgfree',
    'mem.pgin': '/proc/vmstat, pgpgin (KiB) as pages',
    'vm.pswpin': '/proc/vmstat, pswpin',
    'vm.pswpout': '/proc/vmstat, pswpout',
    'vm.pgscan': '/proc/vmstat, sum of pgscan_{kswapd,direct,khugepaged,proactive}',
    'vm.pgsteal': '/proc/vmstat, sum of pgsteal_{kswapd,direct,khugepaged,proactive}',
  }),
  ...hostFields('counter', 'faults', PAGING_ABSENT, {
    'mem.maj_fault': '/proc/vmstat, pgmajfault',
    'mem.as_fault': '/proc/vmstat, pgfault',
  }),
  ...hostFields('counter', 'bytes', PAGING_ABSENT, {
    'vm.pgpgin_bytes': '/proc/vmstat, pgpgin (KiB)',
    'vm.pgpgout_bytes': '/proc/vmstat, pgpgout (KiB)',
  }),
  ...hostFields('counter', 'events', PAGING_ABSENT, {
    'vm.allocstall': '/proc/vmstat, sum of allocstall*',
    'vm.oom_kill': '/proc/vmstat, oom_kill',
  }),
];

const DISK_ABSENT = 'On a host without disks; loop, ram, zram, dm and md devices and partitions are left out.';
const ERRORS_ABSENT = 'For disks that are not SCSI, and in ticks between two readings (1 s).';
const DISK: FieldDeclaration[] = [
  ...hostFields('gauge', 'none', DISK_ABSENT, { 'disk.instance': '/proc/diskstats, column 3' }),
  ...hostFields('counter', 'bytes', DISK_ABSENT, {
    'disk.nread': '/proc/diskstats, column 6 (sectors of 512 bytes)',
    'disk.nwritten': '/proc/diskstats, column 10 (sectors of 512 bytes)',
  }),
  ...hostFields('counter', 'operations', DISK_ABSENT, {
    'disk.reads': '/proc/diskstats, column 4',
    'disk.writes': '/proc/diskstats, column 8',
  }),
  ...hostFields('gauge', 'operations', DISK_ABSENT, { 'disk.in_flight': '/proc/diskstats, column 12' }),
  ...hostFields('counter', 'nanoseconds', DISK_ABSENT, {
    'disk.rtime': '/proc/diskstats, column 13 (ms; its wrap at 2^32 is undone)',
    'disk.rlentime': '/proc/diskstats, column 14 (ms; its wrap at 2^32 is undone)',
    'disk.wtime': '0: Linux has no wait queue apart',
    'disk.wlentime': '0: Linux has no wait queue apart',
    'disk.read_ns': '/proc/diskstats, column 7 (ms; its wrap at 2^32 is undone)',
    'disk.write_ns': '/proc/diskstats, column 11 (ms; its wrap at 2^32 is undone)',
  }),
  ...hostFields('counter', 'errors', ERRORS_ABSENT, {
    'disk.harderror': '/sys/block/NAME/device/ioerr_cnt',
    'disk.tranerror': '/sys/block/NAME/device/iotmo_cnt',
  }),
];

const NET_ABSENT = 'On a host without interfaces but the loopback, which is left out.';
const NET: FieldDeclaration[] = [
  ...hostFields('gauge', 'none', NET_ABSENT, { 'net.instance': '/proc/1/net/dev, name' }),
  ...hostFields('counter', 'bytes', NET_ABSENT, {
    'net.rbytes64': '/proc/1/net/dev, receive bytes',
    'net.obytes64': '/proc/1/net/dev, transmit bytes',
  }),
  ...hostFields('counter', 'packets', NET_ABSENT, {
    'net.ipackets': '/proc/1/net/dev, receive packets',
    'net.opackets': '/proc/1/net/dev, transmit packets',
    'net.idrops': '/proc/1/net/dev, receive drop',
    'net.odrops': '/proc/1/net/dev, transmit drop',
  }),
  ...hostFields('counter', 'errors', NET_ABSENT, {
    'net.ierrors': '/proc/1/net/dev, receive errs',
    'net.oerrors': '/proc/1/net/dev, transmit errs',
  }),
];

const PSI_ABSENT = 'When the kernel keeps no pressure stall information.';
const PRESSURE: FieldDeclaration[] = [
  ...hostFields('gauge', 'none', PSI_ABSENT, { 'pressure.resource': 'cpu, memory, io' }),
  ...hostFields('counter', 'microseconds', PSI_ABSENT, {
    'pressure.some_us': '/proc/pressure/*, some total',
    'pressure.full_us': '/proc/pressure/*, full total (cpu: since Linux 5.13)',
  }),
  ...hostFields('gauge', 'hundredths of a percent', PSI_ABSENT, {
    'pressure.some_avg10': '/proc/pressure/*, some avg10',
    'pressure.full_avg10': '/proc/pressure/*, full avg10',
  }),
];

export const PROCFS_FIELDS: readonly FieldDeclaration[] = [
  ...CPU,
  ...KERNEL,
  ...CPUQUEUE,
  ...MEMORY,
  ...PAGING,
  ...DISK,
  ...NET,
  ...PRESSURE,
];
