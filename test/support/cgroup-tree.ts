// A made-up host for sources that read cgroups: directories and files in the kernel's documented formats, in a temporary
// directory. v2 memory and io can't be had on every machine that runs the tests; here they can.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HostDirectory } from './host-directory.js';

export class CgroupTree extends HostDirectory {
  constructor() {
    super();
    for (const directory of Object.values(this.paths)) mkdirSync(directory);
  }

  /** Writes several files of one directory. */
  fill(directory: string, files: Readonly<Record<string, string>>): void {
    mkdirSync(join(this.root, directory), { recursive: true });
    for (const [name, text] of Object.entries(files)) this.write(`${directory}/${name}`, text);
  }

  /** A process as the sources see it. */
  process(pid: number, settings: ProcessSettings = {}): void {
    const { command = 'sh', cgroup = '0::/\n', namespace = 1, utime = 0, stime = 0, startTime = 100 } = settings;
    const { threads = 1, rssPages = 0, processor = 0 } = settings;
    const zeros = (count: number): string => Array(count).fill('0').join(' ');
    const stat =
      `${pid} (${command}) S 1 1 1 0 -1 4194304 ${zeros(4)} ${utime} ${stime} 0 0 20 0 ${threads} 0 ${startTime} ` +
      `1000000 ${rssPages} ${zeros(14)} ${processor} ${zeros(13)}\n`;
    this.fill(`proc/${pid}`, { stat, cgroup });
    this.link(`proc/${pid}/ns/net`, `net:[${namespace}]`);
  }
}

export interface ProcessSettings {
  readonly command?: string;
  /** Text of /proc/PID/cgroup. */
  readonly cgroup?: string;
  /** Number of its network namespace. */
  readonly namespace?: number;
  readonly utime?: number;
  readonly stime?: number;
  readonly startTime?: number;
  readonly threads?: number;
  readonly rssPages?: number;
  readonly processor?: number;
}

export const NO_PROCESSES = { 'cgroup.procs': '', 'cgroup.threads': '' };

/** Files of a v2 cgroup with all controllers, as Linux 6.1 prints them. Other values by `over`. */
export function v2Files(over: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    ...NO_PROCESSES,
    'cgroup.controllers': 'cpu io memory pids\n',
    'cgroup.subtree_control': '',
    'cpu.stat':
      'usage_usec 3000001\nuser_usec 2000000\nsystem_usec 1000001\nnice_usec 0\nnr_periods 10\nnr_throttled 3\nthrottled_usec 250000\nnr_bursts 0\nburst_usec 0\n',
    'memory.current': '50331648\n',
    'memory.max': '104857600\n',
    'memory.swap.current': '4096\n',
    'memory.swap.max': '52428800\n',
    'memory.events': 'low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n',
    'memory.stat': V2_MEMORY_STAT,
    'io.stat':
      '254:0 rbytes=1000 wbytes=2000 rios=3 wios=4 dbytes=5 dios=6\n7:0 rbytes=9 wbytes=9 rios=9 wios=9 dbytes=0 dios=0\n8:16 rbytes=18446744073709551615 wbytes=0 rios=1 wios=0 dbytes=0 dios=0 cost.usage=7\n',
    'pids.current': '12\n',
    'pids.max': '100\n',
    'cpu.pressure':
      'some avg10=1.25 avg60=0.50 avg300=0.10 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=99\n',
    'memory.pressure':
      'some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2\n',
    'io.pressure':
      'some avg10=100.00 avg60=99.99 avg300=0.00 total=18446744073709551615\nfull avg10=12.34 avg60=0.00 avg300=0.00 total=3\n',
    ...over,
  };
}

const V2_MEMORY_STAT = `anon 10485760
file 20971520
kernel 8388608
kernel_stack 65536
pagetables 131072
sec_pagetables 0
percpu 1920
sock 4096
vmalloc 8192
shmem 1048576
zswap 0
zswapped 0
file_mapped 2097152
file_dirty 12288
file_writeback 4096
swapcached 0
anon_thp 0
file_thp 0
shmem_thp 0
inactive_anon 1000
active_anon 2000
inactive_file 3000
active_file 4000
unevictable 0
slab_reclaimable 700000
slab_unreclaimable 300000
slab 1000000
workingset_refault_anon 7
workingset_refault_file 8
workingset_activate_anon 0
workingset_activate_file 0
workingset_restore_anon 0
workingset_restore_file 0
workingset_nodereclaim 0
pgscan 0
pgsteal 0
pgscan_kswapd 0
pgscan_direct 0
pgsteal_kswapd 0
pgsteal_direct 0
pgfault 4294967299
pgmajfault 55
pgrefill 0
pgactivate 0
pgdeactivate 0
pglazyfree 0
pglazyfreed 0
thp_fault_alloc 0
thp_collapse_alloc 0
`;

/** /proc/net/dev with these interfaces; the sixteen columns count up from `base`. */
export function netDev(interfaces: Readonly<Record<string, number>>): string {
  const heading =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  const lines = Object.entries(interfaces).map(
    ([name, base]) => `${name.padStart(6)}: ${Array.from({ length: 16 }, (_, column) => base + column).join(' ')}\n`,
  );
  return heading + lines.join('');
}
