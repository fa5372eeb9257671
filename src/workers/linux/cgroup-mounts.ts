// Which cgroup hierarchies this host has, of which version, and where: from /proc/self/mountinfo, or, for a tree that
// nothing is mounted on (fixtures, an agent in a container), from the shape of the tree. Read once, when a source opens.

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { HostPaths } from '../source.js';

export interface Hierarchy {
  readonly version: 1 | 2;
  /** v1: what the mount carries (`memory`; `cpu`, `cpuacct`; `name=systemd`). v2: those enabled at its root. */
  readonly controllers: readonly string[];
  /** Where this process sees its root, without a trailing slash. */
  readonly directory: string;
  /** The cgroup that is seen there, `/` but in containers: stripped from the paths in /proc/PID/cgroup. */
  readonly root: string;
}

/** v1 controllers that a zone's fields come from, and systemd's own hierarchy, which knows of zones that they don't. */
const USED_V1 = ['memory', 'cpuacct', 'cpu', 'blkio', 'pids', 'name=systemd'];
/** Controllers that make v2 the hierarchy to go by on a hybrid host. */
const DECISIVE_V2 = ['memory', 'cpu', 'pids', 'io'];
/** systemd mounts its named hierarchy under this directory. */
const SYSTEMD_DIRECTORY = 'systemd';
/** Where systemd mounts cgroup2 unless told otherwise. */
const USUAL_CGROUPFS = '/sys/fs/cgroup';

/** @returns the hierarchies that zones are read from, the one whose paths name processes first; empty when none is there */
export function cgroupHierarchies(paths: HostPaths): Hierarchy[] {
  const directory = paths.cgroupfs.replace(/\/+$/, '');
  const mounted = fromMountinfo(paths.procfs, directory);
  const found = mounted.length > 0 ? mounted : fromTree(directory);
  return found.filter(isUsed).sort((a, b) => rank(a) - rank(b));
}

/** `v2`, `v1` or `hybrid`, for messages. */
export function layoutOf(hierarchies: readonly Hierarchy[]): string {
  const versions = new Set(hierarchies.map((hierarchy) => hierarchy.version));
  if (versions.size === 2) return 'hybrid';
  return versions.has(2) ? 'v2' : 'v1';
}

/**
 * Where a process is: the first path below a root, in the order of `hierarchies`.
 * @param text what /proc/PID/cgroup holds
 * @returns the zone's path; `/` when the process is in no zone; undefined when it is outside what is mounted here
 */
export function zonePathOf(text: string, hierarchies: readonly Hierarchy[]): string | undefined {
  const byName = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    for (const name of match[1]!.split(',')) byName.set(name, match[2]!);
  }
  let found: string | undefined;
  for (const hierarchy of hierarchies) {
    const name = hierarchy.version === 2 ? '' : (hierarchy.controllers[0] ?? '');
    const path = below(byName.get(name), hierarchy.root);
    if (path === undefined) continue;
    if (path !== '/') return path;
    found = path;
  }
  return found;
}

function below(path: string | undefined, root: string): string | undefined {
  if (path === undefined || path.startsWith('/..')) return undefined;
  if (root === '/') return path;
  if (path === root) return '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

function isUsed(hierarchy: Hierarchy): boolean {
  return hierarchy.version === 2 || hierarchy.controllers.some((name) => USED_V1.includes(name));
}

function rank(hierarchy: Hierarchy): number {
  if (hierarchy.version === 2) return hierarchy.controllers.some((name) => DECISIVE_V2.includes(name)) ? 0 : 9;
  if (hierarchy.controllers.includes('name=systemd')) return 1;
  return 2 + Math.min(...hierarchy.controllers.map((name) => USED_V1.indexOf(name)).filter((index) => index >= 0));
}

/** proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, options, …, `-`, type, source, super options. */
function fromMountinfo(procfs: string, cgroupfs: string): Hierarchy[] {
  let text: string;
  try {
    text = readFileSync(`${procfs}/self/mountinfo`, 'utf8');
  } catch {
    return [];
  }
  const found = new Map<string, Hierarchy>();
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , device = '', root = '', point = ''] = left.split(' ').map(unescapeMount);
    const [type, , options = ''] = right.split(' ');
    if ((type !== 'cgroup' && type !== 'cgroup2') || found.has(device)) continue;
    const directory = directoryOf(point, cgroupfs);
    // A root above this process's cgroup namespace (`/..`) gives paths that don't fit those of /proc/PID/cgroup.
    if (directory === undefined || root.startsWith('/..') || !existsSync(directory)) continue;
    const controllers =
      type === 'cgroup2'
        ? rootControllers(directory)
        : options.split(',').filter((name) => USED_V1.includes(name) || name.startsWith('name='));
    found.set(device, { version: type === 'cgroup2' ? 2 : 1, controllers, directory, root });
  }
  return [...found.values()];
}

/** A mount point, moved to where `cgroupfs` is looked for. */
function directoryOf(point: string, cgroupfs: string): string | undefined {
  for (const base of [cgroupfs, USUAL_CGROUPFS]) {
    if (point === base || point.startsWith(`${base}/`)) return cgroupfs + point.slice(base.length);
  }
  return undefined;
}

const unescapeMount = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** The tree itself: a v2 root holds cgroup.controllers; v1 roots are directories named after their controllers. */
function fromTree(cgroupfs: string): Hierarchy[] {
  if (existsSync(`${cgroupfs}/cgroup.controllers`)) return [v2At(cgroupfs)];
  let names: string[];
  try {
    names = readdirSync(cgroupfs);
  } catch {
    return [];
  }
  const found = new Map<string, Hierarchy>();
  for (const name of names) {
    const directory = realpathSync(`${cgroupfs}/${name}`);
    if (found.has(directory)) continue;
    if (existsSync(`${directory}/cgroup.controllers`)) found.set(directory, v2At(directory));
    else if (existsSync(`${directory}/cgroup.procs`)) {
      found.set(directory, { version: 1, controllers: controllersOfName(basename(directory)), directory, root: '/' });
    }
  }
  return [...found.values()];
}

const v2At = (directory: string): Hierarchy => ({
  version: 2,
  controllers: rootControllers(directory),
  directory,
  root: '/',
});

function controllersOfName(name: string): string[] {
  return name === SYSTEMD_DIRECTORY ? ['name=systemd'] : name.split(',');
}

function rootControllers(directory: string): string[] {
  try {
    return readFileSync(`${directory}/cgroup.controllers`, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
