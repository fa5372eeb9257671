// What the source `cgroup` declares of its fields, apart from reading them; docs/FIELDS.md is generated from here.

import type { FieldDeclaration, Unit } from '../source.js';

const V1 = 'linux cgroup v1';
const V2 = 'linux cgroup v2';

type Origin = Readonly<Record<string, string>>;
type Kind = FieldDeclaration['kind'];

const field = (path: string, kind: Kind, unit: Unit, origin: Origin, absent: string): FieldDeclaration => ({
  path,
  kind,
  unit,
  scope: 'zone',
  origin,
  absent,
});

const both = (v1: string, v2: string): Origin => ({ [V1]: v1, [V2]: v2 });

const NO_MEMORY = 'Where the memory controller is off for this cgroup.';
const NO_QUOTA = 'Where the cpu controller is off for this cgroup.';
const NO_IO =
  'Where the io controller is off for this cgroup; in v1 on newer kernels until some cgroup has a throttle limit on the disk; for loop, ram, dm and md devices.';
const NO_PSI = 'Where the kernel has no pressure stall information, and on hosts with cgroup v1 only.';
const NO_NET =
  "Where the zone's processes use the host's network namespace, where there are none, and without the right to see their namespace.";
const UNLIMITED = 'Where there is no limit; on ticks between two readings (once a second).';
const SECOND = 'on ticks between two readings (once a second).';

const mem = (name: string, kind: Kind, unit: Unit, v1: string, v2: string, absent = NO_MEMORY): FieldDeclaration =>
  field(`mem.${name}`, kind, unit, both(v1, v2), absent);

const net = (name: string, kind: Kind, unit: Unit, column: string): FieldDeclaration =>
  field(`net.${name}`, kind, unit, { linux: `/proc/PID/net/dev of a process in the zone, ${column}` }, NO_NET);

const pressure = (name: string, kind: Kind, unit: Unit, column: string): FieldDeclaration =>
  field(
    `pressure.${name}`,
    kind,
    unit,
    { [V1]: 'none; on hybrid hosts as v2', [V2]: `cpu.pressure, memory.pressure, io.pressure: ${column}` },
    NO_PSI,
  );

const disk = (name: string, unit: Unit, v1: string, v2: string): FieldDeclaration =>
  field(`disk.${name}`, 'counter', unit, both(`blkio.throttle.${v1}_recursive`, `io.stat: ${v2}`), NO_IO);

const element = (path: string, origin: Origin, absent: string): FieldDeclaration =>
  field(path, 'gauge', 'none', origin, absent);

export const fields: readonly FieldDeclaration[] = [
  field(
    'cpu.core',
    'gauge',
    'core',
    both('place in cpuacct.usage_percpu', 'none'),
    'In cgroup v2, which gives no split by core; one element then holds the total.',
  ),
  field(
    'cpu.usage',
    'counter',
    'profile ticks (4999 Hz)',
    both('cpuacct.usage_percpu * 4999 / 1e9', 'cpu.stat: usage_usec * 4999 / 1e6'),
    'For a core on which the zone has never run.',
  ),
  field(
    'cpu_time.usage_ns',
    'counter',
    'nanoseconds',
    both('sum of cpuacct.usage_percpu', 'cpu.stat: usage_usec'),
    'In v1 where the cgroup is not in the cpuacct hierarchy.',
  ),
  field(
    'cpu_time.user_ns',
    'counter',
    'nanoseconds',
    both('cpuacct.stat: user, in steps of 10 ms', 'cpu.stat: user_usec'),
    'As cpu_time.usage_ns.',
  ),
  field(
    'cpu_time.system_ns',
    'counter',
    'nanoseconds',
    both('cpuacct.stat: system, in steps of 10 ms', 'cpu.stat: system_usec'),
    'As cpu_time.usage_ns.',
  ),
  field('cpu_time.periods', 'counter', 'periods', both('cpu.stat: nr_periods', 'cpu.stat: nr_periods'), NO_QUOTA),
  field(
    'cpu_time.throttled_periods',
    'counter',
    'periods',
    both('cpu.stat: nr_throttled', 'cpu.stat: nr_throttled'),
    NO_QUOTA,
  ),
  field(
    'cpu_time.throttled_ns',
    'counter',
    'nanoseconds',
    both('cpu.stat: throttled_time', 'cpu.stat: throttled_usec'),
    NO_QUOTA,
  ),
  mem('rss', 'gauge', 'bytes', 'memory.stat: total_rss + total_mapped_file', 'memory.stat: anon + file_mapped'),
  mem('physcap', 'gauge', 'bytes', 'memory.limit_in_bytes', 'memory.max', UNLIMITED),
  mem(
    'swap',
    'gauge',
    'bytes',
    'memory.stat: total_swap',
    'memory.swap.current',
    `${NO_MEMORY.slice(0, -1)}, and where the kernel does not account swap.`,
  ),
  mem('swapcap', 'gauge', 'bytes', 'memory.memsw.limit_in_bytes', 'memory.max + memory.swap.max', UNLIMITED),
  mem(
    'pp_kernel',
    'gauge',
    'pages',
    'memory.kmem.usage_in_bytes / page size',
    'memory.stat: kernel / page size',
    `In v1 ${SECOND}`,
  ),
  mem('maj_fault', 'counter', 'faults', 'memory.stat: total_pgmajfault', 'memory.stat: pgmajfault'),
  mem('as_fault', 'counter', 'faults', 'memory.stat: total_pgfault', 'memory.stat: pgfault'),
  mem(
    'pgin',
    'counter',
    'pages',
    'memory.stat: total_pgmajfault (its pgpgin counts pages charged)',
    'memory.stat: workingset_refault_anon + workingset_refault_file; before Linux 5.9 pgmajfault',
  ),
  mem('anon', 'gauge', 'bytes', 'memory.stat: total_rss', 'memory.stat: anon'),
  mem('mapped', 'gauge', 'bytes', 'memory.stat: total_mapped_file', 'memory.stat: file_mapped'),
  mem('cached', 'gauge', 'bytes', 'memory.stat: total_cache', 'memory.stat: file'),
  mem('shmem', 'gauge', 'bytes', 'memory.stat: total_shmem', 'memory.stat: shmem'),
  mem('dirty', 'gauge', 'bytes', 'memory.stat: total_dirty', 'memory.stat: file_dirty'),
  mem('writeback', 'gauge', 'bytes', 'memory.stat: total_writeback', 'memory.stat: file_writeback'),
  mem('slab', 'gauge', 'bytes', 'none', 'memory.stat: slab', 'In cgroup v1.'),
  mem('usage', 'gauge', 'bytes', 'memory.usage_in_bytes', 'memory.current'),
  mem(
    'oom_kills',
    'counter',
    'events',
    'memory.oom_control: oom_kill',
    'memory.events: oom_kill',
    `Where the kernel is older than 4.13; ${SECOND}`,
  ),
  element('disk.instance', both('major:minor of the line, as a name', 'major:minor of the line, as a name'), NO_IO),
  disk('nread', 'bytes', 'io_service_bytes: Read', 'rbytes'),
  disk('nwritten', 'bytes', 'io_service_bytes: Write', 'wbytes'),
  disk('reads', 'operations', 'io_serviced: Read', 'rios'),
  disk('writes', 'operations', 'io_serviced: Write', 'wios'),
  field(
    'threads',
    'gauge',
    'threads',
    both(
      'pids.current; without the controller lines of tasks',
      'pids.current; without the controller lines of cgroup.threads',
    ),
    `Without the pids controller ${SECOND} Those lines don't count the threads of nested zones.`,
  ),
  field('threads_cap', 'gauge', 'threads', both('pids.max', 'pids.max'), UNLIMITED),
  element('net.instance', { linux: '/proc/PID/net/dev of a process in the zone, name; without lo' }, NO_NET),
  net('rbytes64', 'counter', 'bytes', 'received bytes'),
  net('ipackets', 'counter', 'packets', 'received packets'),
  net('ierrors', 'counter', 'errors', 'received errs'),
  net('idrops', 'counter', 'packets', 'received drop'),
  net('obytes64', 'counter', 'bytes', 'transmitted bytes'),
  net('opackets', 'counter', 'packets', 'transmitted packets'),
  net('oerrors', 'counter', 'errors', 'transmitted errs'),
  net('odrops', 'counter', 'packets', 'transmitted drop'),
  element(
    'pressure.resource',
    { [V1]: 'none; on hybrid hosts as v2', [V2]: 'name of the file: cpu, memory, io' },
    NO_PSI,
  ),
  pressure('some_us', 'counter', 'microseconds', 'some total'),
  pressure('full_us', 'counter', 'microseconds', 'full total'),
  pressure('some_avg10', 'gauge', 'hundredths of a percent', 'some avg10'),
  pressure('full_avg10', 'gauge', 'hundredths of a percent', 'full avg10'),
];
