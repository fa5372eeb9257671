// The part of the table of options that goes to the sources: what each may be told, and what it does untold. These stand in
// the file and the environment only. A test holds the defaults against the sources' own.

import type { SourceName } from '../../workers/source.js';
import { LONGEST_INTERVAL_MS, option, optional } from './option.js';
import * as values from './values.js';

/** Interval of a source with a pace of its own. */
function sourceInterval(source: SourceName, fallback: number, help: string) {
  return option({
    kind: 'number',
    schema: values.wholeNumber(10, LONGEST_INTERVAL_MS),
    allowed: `10 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback,
    help,
    only: 'file and environment',
    source: { name: source, path: ['intervalMs'] },
  });
}

/** Slower cadence of some of a source's files. */
function every(source: SourceName, group: string, fallback: number, what: string) {
  return option({
    kind: 'number',
    schema: values.wholeNumber(0, LONGEST_INTERVAL_MS),
    allowed: `0 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback,
    help: `least milliseconds between readings of ${what}; 0: every tick`,
    only: 'file and environment',
    source: { name: source, path: ['everyMs', group] },
  });
}

function globList(path: string, help: string) {
  return optional({
    kind: 'list',
    schema: values.globs,
    allowed: 'a list of patterns',
    help,
    only: 'file and environment',
    source: { name: 'cgroup', path: [path] },
  });
}

export const SOURCE_OPTIONS = {
  'procfs.every.stat': every('procfs', 'stat', 0, '/proc/stat (CPU, kernel, run queue)'),
  'procfs.every.loadavg': every('procfs', 'loadavg', 0, '/proc/loadavg'),
  'procfs.every.meminfo': every('procfs', 'meminfo', 0, '/proc/meminfo'),
  'procfs.every.vmstat': every('procfs', 'vmstat', 100, '/proc/vmstat, as dear as all the others together'),
  'procfs.every.diskstats': every('procfs', 'diskstats', 0, '/proc/diskstats'),
  'procfs.every.disk-errors': every('procfs', 'diskErrors', 1000, 'the error counters of disks'),
  'procfs.every.net-dev': every('procfs', 'netDev', 0, '/proc/net/dev'),
  'procfs.every.pressure': every('procfs', 'pressure', 0, '/proc/pressure'),
  'cgroup.include': globList('include', 'patterns (`*`, `?`) of paths or names of the zones to take; default all'),
  'cgroup.exclude': globList('exclude', 'patterns of zones to leave out; beats include'),
  'cgroup.every.cpu': every('cgroup', 'cpu', 0, 'the CPU files of each zone'),
  'cgroup.every.memory': every('cgroup', 'memory', 0, 'the memory files'),
  'cgroup.every.io': every('cgroup', 'io', 0, 'the block I/O files'),
  'cgroup.every.pids': every('cgroup', 'pids', 0, 'the numbers of threads'),
  'cgroup.every.pressure': every('cgroup', 'pressure', 0, 'the pressure files'),
  'cgroup.every.net': every('cgroup', 'net', 0, 'the interfaces of each zone'),
  'cgroup.every.events': every('cgroup', 'events', 1000, 'out-of-memory kills, kernel memory and uncounted threads'),
  'cgroup.every.caps': every('cgroup', 'caps', 1000, 'limits'),
  'cgroup.every.membership': every('cgroup', 'membership', 1000, "the process that stands for a zone's network"),
  'process.interval': sourceInterval('process', 1000, 'milliseconds between looks at the processes'),
  'process.top': option({
    kind: 'number',
    schema: values.wholeNumber(0, 1000),
    allowed: '0 to 1000',
    fallback: 10,
    help: 'busiest processes to list in the packet of each zone',
    only: 'file and environment',
    source: { name: 'process', path: ['top'] },
  }),
  'self.interval': sourceInterval('self', 1000, "milliseconds between readings of the agent's own costs"),
  'self.clock-interval': option({
    kind: 'number',
    schema: values.wholeNumber(1000, LONGEST_INTERVAL_MS),
    allowed: `1000 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback: 60_000,
    help: "milliseconds between questions after the state of the host's clock",
    only: 'file and environment',
    source: { name: 'self', path: ['clockEveryMs'] },
  }),
} as const;
