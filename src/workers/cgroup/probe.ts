// What this host's cgroups lack, for `zonecast doctor` and for a start that can't succeed. Looks, changes nothing.

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { cgroupHierarchies, type Hierarchy } from '../linux/cgroup-mounts.js';
import type { HostPaths, ProbeReport, Shortfall } from '../source.js';

export interface Obstacle {
  readonly why: string;
  readonly remedy: string;
}

/** @returns why no zone can be read at all, if that is so */
export function unavailable(paths: HostPaths, hierarchies: readonly Hierarchy[]): Obstacle | undefined {
  if (hierarchies.length === 0) {
    return {
      why: `no cgroup hierarchy under ${paths.cgroupfs}`,
      remedy: 'mount cgroup2 there, or give the directory with --path.cgroupfs',
    };
  }
  for (const { directory } of hierarchies) {
    try {
      readdirSync(directory);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      return { why: `${directory} can't be listed (${code})`, remedy: 'run as a user that may read it' };
    }
  }
  return undefined;
}

export function probe(paths: HostPaths): ProbeReport {
  const hierarchies = cgroupHierarchies(paths);
  const obstacle = unavailable(paths, hierarchies);
  if (obstacle !== undefined) return { available: false, ...obstacle, shortfalls: [] };
  const shortfalls = [...missingControllers(hierarchies), ...missingPressure(hierarchies), ...missingNetwork(paths)];
  return { available: true, shortfalls };
}

/** What each controller is for, by its names in v1 and v2. */
const CONTROLLERS = [
  { what: 'mem of zones', names: ['memory'] },
  { what: 'disk of zones', names: ['blkio', 'io'] },
  { what: 'threads of zones with those of nested ones', names: ['pids'] },
  { what: 'cpu_time.throttled_ns of zones', names: ['cpu'] },
];

function missingControllers(hierarchies: readonly Hierarchy[]): Shortfall[] {
  const offered = new Set(hierarchies.flatMap(({ controllers }) => controllers));
  const shortfalls: Shortfall[] = CONTROLLERS.filter(({ names }) => !names.some((name) => offered.has(name))).map(
    ({ what, names }) => ({
      what,
      why: `the kernel offers no controller ${names.join(' or ')}`,
      remedy: 'enable it at boot (cgroup_enable=) or in the kernel',
    }),
  );
  if (!offered.has('cpuacct')) {
    shortfalls.push({
      what: 'cpu of zones by core',
      why: 'cgroup v2 gives no split by core',
      remedy: 'none; one element without a core holds the total',
    });
  }
  if (offered.has('blkio')) {
    shortfalls.push({
      what: 'disk of zones, until a limit exists',
      why: 'cgroup v1 counts no I/O on a disk before some cgroup has a throttle limit on it (newer kernels)',
      remedy: 'set a limit far above what the disk can do once: blkio.throttle.read_bps_device',
    });
  }
  return shortfalls;
}

function missingPressure(hierarchies: readonly Hierarchy[]): Shortfall[] {
  const v2 = hierarchies.find(({ version }) => version === 2);
  if (v2 !== undefined && existsSync(`${v2.directory}/cpu.pressure`)) return [];
  const why = v2 === undefined ? 'only cgroup v2 has it' : 'the kernel has no pressure stall information';
  return [{ what: 'pressure of zones', why, remedy: 'mount cgroup2 beside v1, boot with psi=1' }];
}

function missingNetwork(paths: HostPaths): Shortfall[] {
  if (process.getuid?.() === 0) return [];
  try {
    readlinkSync(`${paths.procfs}/1/ns/net`);
    return [];
  } catch {
    return [
      {
        what: 'net of zones',
        why: "this user may not see other users' network namespaces",
        remedy: 'run as root or with CAP_SYS_PTRACE',
      },
    ];
  }
}
