// Which files a zone is read from: for each resource the first hierarchy that offers it, v1 before v2, since on a hybrid
// host the controllers are on v1 and what v2 has besides is less (docs/FIELDS.md). Called when a zone is opened.

import { PAGE_BYTES } from '../linux/page-size.js';
import { PRESSURE_RESOURCES } from '../linux/pressure.js';
import { PressureFile, ThreadLines } from './count-files.js';
import { CpuAccount, CpuBandwidth, CpuPerCore, CpuStatV2 } from './cpu-files.js';
import type { CgroupDirectory } from './discovery.js';
import { IoStatV2, ThrottleV1 } from './io-files.js';
import { MemoryCapsV2, MemoryStatV1, MemoryStatV2, OomKills, SingleValue } from './memory-files.js';
import type { FileGroup } from './options.js';
import type { ZoneFile, ZoneFileSettings, ZoneTarget } from './zone-file.js';

type EveryMs = Readonly<Record<FileGroup, number>>;

export function openZoneFiles(
  target: ZoneTarget,
  directories: readonly CgroupDirectory[],
  everyMs: EveryMs,
): ZoneFile[] {
  const offer = new Offer(directories, everyMs);
  return [
    ...cpuFiles(target, offer),
    ...memoryFiles(target, offer),
    ...ioFiles(target, offer),
    ...threadFiles(target, offer),
    ...pressureFiles(target, offer),
  ];
}

/** What the zone's directories have. */
class Offer {
  readonly #directories: readonly CgroupDirectory[];
  readonly #everyMs: EveryMs;

  constructor(directories: readonly CgroupDirectory[], everyMs: EveryMs) {
    this.#directories = directories;
    this.#everyMs = everyMs;
  }

  /** A list of one file, made by `make`, or of none when no hierarchy of this version has it. */
  file(version: 1 | 2, name: string, group: FileGroup, make: (settings: ZoneFileSettings) => ZoneFile): ZoneFile[] {
    const path = this.path(version, name);
    return path === undefined ? [] : [make({ path, everyMs: this.#everyMs[group] })];
  }

  path(version: 1 | 2, name: string): string | undefined {
    const found = this.#directories.find(({ hierarchy, files }) => hierarchy.version === version && files.has(name));
    return found === undefined ? undefined : `${found.directory}/${name}`;
  }
}

function cpuFiles(target: ZoneTarget, offer: Offer): ZoneFile[] {
  const bandwidth = offer.file(1, 'cpu.stat', 'cpu', (settings) => new CpuBandwidth(target, settings));
  const perCore = offer.file(1, 'cpuacct.usage_percpu', 'cpu', (settings) => new CpuPerCore(target, settings));
  const account = offer.file(1, 'cpuacct.stat', 'cpu', (settings) => new CpuAccount(target, settings));
  if (perCore.length > 0) return [...perCore, ...account, ...bandwidth];
  return [...offer.file(2, 'cpu.stat', 'cpu', (settings) => new CpuStatV2(target, settings)), ...bandwidth];
}

function memoryFiles(target: ZoneTarget, offer: Offer): ZoneFile[] {
  const single = (version: 1 | 2, name: string, group: FileGroup, field: string): ZoneFile[] =>
    offer.file(version, name, group, (settings) => new SingleValue(target, settings, field));
  const oomKills = (version: 1 | 2, name: string): ZoneFile[] =>
    offer.file(version, name, 'events', (settings) => new OomKills(target, settings));
  if (offer.path(1, 'memory.stat') !== undefined) {
    return [
      ...offer.file(1, 'memory.stat', 'memory', (settings) => new MemoryStatV1(target, settings)),
      ...single(1, 'memory.usage_in_bytes', 'memory', 'mem.usage'),
      ...single(1, 'memory.limit_in_bytes', 'caps', 'mem.physcap'),
      ...single(1, 'memory.memsw.limit_in_bytes', 'caps', 'mem.swapcap'),
      ...offer.file(
        1,
        'memory.kmem.usage_in_bytes',
        'events',
        (settings) => new SingleValue(target, settings, 'mem.pp_kernel', PAGE_BYTES),
      ),
      ...oomKills(1, 'memory.oom_control'),
    ];
  }
  const swapMax = offer.path(2, 'memory.swap.max');
  return [
    ...offer.file(2, 'memory.stat', 'memory', (settings) => new MemoryStatV2(target, settings)),
    ...single(2, 'memory.current', 'memory', 'mem.usage'),
    ...single(2, 'memory.swap.current', 'memory', 'mem.swap'),
    ...offer.file(2, 'memory.max', 'caps', (settings) => new MemoryCapsV2(target, settings, swapMax)),
    ...oomKills(2, 'memory.events'),
  ];
}

function ioFiles(target: ZoneTarget, offer: Offer): ZoneFile[] {
  // The form without nested cgroups is all that Linux before 5.5 has.
  const recursive = offer.path(1, 'blkio.throttle.io_serviced_recursive') === undefined ? '' : '_recursive';
  const bytes = offer.file(
    1,
    `blkio.throttle.io_service_bytes${recursive}`,
    'io',
    (settings) => new ThrottleV1(target, settings, ['disk.nread', 'disk.nwritten']),
  );
  const operations = offer.file(
    1,
    `blkio.throttle.io_serviced${recursive}`,
    'io',
    (settings) => new ThrottleV1(target, settings, ['disk.reads', 'disk.writes']),
  );
  if (bytes.length > 0) return [...bytes, ...operations];
  return offer.file(2, 'io.stat', 'io', (settings) => new IoStatV2(target, settings));
}

function threadFiles(target: ZoneTarget, offer: Offer): ZoneFile[] {
  for (const version of [1, 2] as const) {
    const current = offer.file(
      version,
      'pids.current',
      'pids',
      (settings) => new SingleValue(target, settings, 'threads'),
    );
    if (current.length === 0) continue;
    const cap = offer.file(version, 'pids.max', 'caps', (settings) => new SingleValue(target, settings, 'threads_cap'));
    return [...current, ...cap];
  }
  const lines = (settings: ZoneFileSettings): ZoneFile => new ThreadLines(target, settings);
  const own = offer.file(2, 'cgroup.threads', 'events', lines);
  return own.length > 0 ? own : offer.file(1, 'tasks', 'events', lines);
}

function pressureFiles(target: ZoneTarget, offer: Offer): ZoneFile[] {
  return PRESSURE_RESOURCES.flatMap((resource) =>
    offer.file(2, `${resource}.pressure`, 'pressure', (settings) => new PressureFile(target, settings, resource)),
  );
}
