// A cgroup of a test's own, under the same path in several hierarchies of this machine. Whoever makes one removes it.

import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';

const ROOT = '/sys/fs/cgroup';
/** Those of a hybrid host that zones are read from. */
const HIERARCHIES = ['memory', 'cpuacct', 'cpu', 'blkio', 'pids', 'unified'] as const;

export type HierarchyName = (typeof HIERARCHIES)[number];

/** @returns why tests on real cgroups can't run here; false when they can */
export function realCgroupsMissing(): string | false {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root: it makes cgroups';
  if (!HIERARCHIES.every((name) => existsSync(`${ROOT}/${name}/cgroup.procs`))) {
    return `needs a hybrid host: cgroup v1 and v2 mounted under ${ROOT}`;
  }
  return false;
}

export class RealCgroup {
  readonly path: string;
  readonly #hierarchies: readonly HierarchyName[];

  constructor(name: string, hierarchies: readonly HierarchyName[] = HIERARCHIES) {
    this.path = `/zonecast-test-${process.pid}-${name}`;
    this.#hierarchies = hierarchies;
    for (const hierarchy of hierarchies) mkdirSync(`${ROOT}/${hierarchy}${this.path}`);
  }

  /** What the kernel knows it by. */
  get inode(): bigint {
    return statSync(`${ROOT}/unified${this.path}`, { bigint: true }).ino;
  }

  file(hierarchy: HierarchyName, name: string): string {
    return `${ROOT}/${hierarchy}${this.path}/${name}`;
  }

  write(hierarchy: HierarchyName, name: string, text: string): void {
    writeFileSync(this.file(hierarchy, name), text);
  }

  /** Moves a process in, in every hierarchy. */
  add(pid: number): void {
    for (const hierarchy of this.#hierarchies) this.write(hierarchy, 'cgroup.procs', String(pid));
  }

  cpuUsageNs(): bigint {
    return BigInt(readFileSync(this.file('cpuacct', 'cpuacct.usage'), 'utf8').trim());
  }

  /** Removes it; a process that has just been killed may hold it for a moment longer. */
  remove(): void {
    const deadline = Date.now() + 5000;
    for (const hierarchy of this.#hierarchies) {
      for (;;) {
        try {
          rmdirSync(`${ROOT}/${hierarchy}${this.path}`);
          break;
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code;
          if (code === 'ENOENT') break;
          if (code !== 'EBUSY' || Date.now() > deadline) throw error;
        }
      }
    }
  }
}
