// Settings of the source `cgroup`, checked: which cgroups are zones, and how often its slow files are read.
// Plain data in, defaults out; runs once, when the source opens.

import type { SourceOptions } from '../source.js';

/** Groups of files that may have a slower cadence than the tick. */
export type FileGroup = 'cpu' | 'memory' | 'io' | 'pids' | 'pressure' | 'events' | 'caps' | 'net' | 'membership';

/** Milliseconds between two readings of a group's files, 0: every tick. */
const EVERY_MS: Readonly<Record<FileGroup, number>> = {
  cpu: 0,
  memory: 0,
  io: 0,
  pids: 0,
  pressure: 0,
  /** Kills for want of memory, kernel memory, threads where no controller counts them. */
  events: 1000,
  /** Limits change when an administrator changes them. */
  caps: 1000,
  net: 0,
  /** Which process stands for a zone's network, and whether its namespace is one of its own. */
  membership: 1000,
};

export interface CgroupOptions {
  /** Whether a zone with this path and name is wanted. */
  readonly wanted: (path: string, name: string) => boolean;
  readonly everyMs: Readonly<Record<FileGroup, number>>;
}

/**
 * Keys: `include`, `exclude` (lists of patterns with `*` and `?`, matched against path and name; `exclude` wins),
 * `everyMs` (object of group to milliseconds).
 * @throws RangeError for a value that is none of these
 */
export function cgroupOptions(options: SourceOptions): CgroupOptions {
  const include = patterns(options, 'include');
  const exclude = patterns(options, 'exclude');
  const matches = (list: readonly RegExp[], path: string, name: string): boolean =>
    list.some((pattern) => pattern.test(path) || pattern.test(name));
  return {
    wanted: (path, name) => (include.length === 0 || matches(include, path, name)) && !matches(exclude, path, name),
    everyMs: { ...EVERY_MS, ...everyMs(options['everyMs']) },
  };
}

function patterns(options: SourceOptions, key: string): RegExp[] {
  const list = options[key] ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new RangeError(`cgroup: ${key} must be a list of patterns`);
  }
  return list.map(globPattern);
}

/** `*` matches any run of characters, `/` among them; `?` any one. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
}

function everyMs(value: unknown): Partial<Record<FileGroup, number>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw new RangeError('cgroup: everyMs must be a table');
  for (const [group, ms] of Object.entries(value)) {
    if (!(group in EVERY_MS)) throw new RangeError(`cgroup: everyMs has no group ${group}`);
    if (typeof ms !== 'number' || !(ms >= 0)) throw new RangeError(`cgroup: everyMs.${group} must be milliseconds`);
  }
  return value as Partial<Record<FileGroup, number>>;
}
