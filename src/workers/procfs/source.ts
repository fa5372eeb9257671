// The source `procfs`: the host as the zone `global`, from the files of /proc, at every tick.
// Each file has a parser of its own beside this file; what fails there is counted and leaves only its fields absent.

import { accessSync, constants } from 'node:fs';
import { KernelFile } from '../linux/kernel-file.js';
import { PRESSURE_RESOURCES } from '../linux/pressure.js';
import {
  type HostPaths,
  type ProbeReport,
  type Shortfall,
  type Source,
  type SourceContext,
  type SourceModule,
  SourceUnavailable,
} from '../source.js';
import { Diskstats } from './diskstats.js';
import { PROCFS_FIELDS } from './fields.js';
import { Host } from './host.js';
import { Loadavg } from './loadavg.js';
import { Meminfo } from './meminfo.js';
import { NetDev } from './net-dev.js';
import { everyMsOf } from './options.js';
import { Pressure } from './pressure.js';
import { ProcReader } from './proc-reader.js';
import { Stat } from './stat.js';
import { Vmstat } from './vmstat.js';

const REMEDY = 'mount procfs, or tell where it is: --path.procfs DIR';

class ProcfsSource implements Source {
  readonly #readers: readonly ProcReader[];

  constructor(context: SourceContext) {
    const host = new Host(context.producer, context.paths, context.note);
    const every = everyMsOf(context.options);
    const files = [
      new Stat(host, every.stat),
      new Loadavg(host, every.loadavg),
      new Meminfo(host, every.meminfo),
      new Vmstat(host, every.vmstat),
      new Diskstats(host, every.diskstats, every.diskErrors),
      new NetDev(host, every.netDev),
      ...PRESSURE_RESOURCES.map((resource) => new Pressure(host, resource, every.pressure)),
    ];
    this.#readers = files.map((file) => new ProcReader(file, host));
  }

  sample(): void {
    const nowMs = performance.now();
    for (let i = 0; i < this.#readers.length; i++) this.#readers[i]!.sample(nowMs);
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }
}

/** Why /proc/stat can't be read, or undefined: without it this source has nothing to stand on. */
function whyUnavailable(paths: HostPaths): string | undefined {
  const stat = new KernelFile(`${paths.procfs}/stat`, { single: true });
  const length = stat.read();
  stat.close();
  return length < 0 ? `can't read ${stat.path}: ${stat.errno}` : undefined;
}

function shortfallsOf(paths: HostPaths): Shortfall[] {
  const shortfalls: Shortfall[] = [
    {
      what: 'cpuqueue per core',
      why: 'the kernel tells cheaply only how many tasks run or wait on the whole host',
      remedy: 'none needed: the whole host stands under core 0; a tracer can tell it per core',
    },
  ];
  for (const { what, file, remedy } of OPTIONAL_FILES) {
    const path = `${paths.procfs}/${file}`;
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      shortfalls.push({ what, why: `can't read ${path}: ${(error as NodeJS.ErrnoException).code}`, remedy });
    }
  }
  return shortfalls;
}

const OPTIONAL_FILES = [
  { what: 'load, threads', file: 'loadavg', remedy: REMEDY },
  { what: 'mem', file: 'meminfo', remedy: REMEDY },
  { what: 'vm, mem faults', file: 'vmstat', remedy: 'use a kernel with CONFIG_VM_EVENT_COUNTERS' },
  { what: 'disk', file: 'diskstats', remedy: 'use a kernel with block devices' },
  { what: 'net', file: 'net/dev', remedy: 'use a kernel with networking' },
  { what: 'pressure', file: 'pressure/cpu', remedy: 'use a kernel with CONFIG_PSI and boot it with psi=1' },
];

export const source: SourceModule = {
  name: 'procfs',
  pace: 'tick',
  fields: PROCFS_FIELDS,
  probe(paths: HostPaths): ProbeReport {
    const why = whyUnavailable(paths);
    if (why !== undefined) return { available: false, why, remedy: REMEDY, shortfalls: [] };
    return { available: true, shortfalls: shortfallsOf(paths) };
  },
  open(context: SourceContext): Source {
    const why = whyUnavailable(context.paths);
    if (why !== undefined) throw new SourceUnavailable(why, REMEDY);
    return new ProcfsSource(context);
  },
};
