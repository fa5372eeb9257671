// A zone's network interfaces, read from /proc/PID/net/dev of a process in it; only where that process has a network
// namespace of its own, so that the host's interfaces never count as a zone's. Runs in the source's thread. The open
// file keeps the namespace alive: it is given up as soon as the process is no longer a member.

import { readlinkSync } from 'node:fs';
import { KernelFile, scratch } from '../linux/kernel-file.js';
import { Interfaces } from '../linux/net-dev.js';
import { Scanner } from '../linux/scanner.js';
import { releaseIfScarce, type ZoneTarget } from './zone-file.js';

/** A process that stands for a network namespace. */
export interface Member {
  readonly pid: number;
  /** As the kernel names it: `net:[4026531840]`. */
  readonly namespace: string;
}

/** Processes looked at to find one that hasn't just ended. */
const ATTEMPTS = 3;
/** A process of another pid namespace is listed as 0. */
const FOREIGN_PID = 0;

export class NetworkNamespaces {
  /** How often the user was not allowed to see a process's namespace. */
  denied = 0;
  readonly #procfs: string;
  readonly #host: string | undefined;

  constructor(procfs: string) {
    this.#procfs = procfs;
    // Without the right to look at process 1, the agent's own namespace is taken for the host's.
    this.#host = this.#namespaceOf('1') ?? this.#namespaceOf('self');
    this.denied = 0;
  }

  isHost(namespace: string): boolean {
    return this.#host === undefined || namespace === this.#host;
  }

  /** @param procs the zone's cgroup.procs @returns undefined when it has no process that could be looked at */
  memberOf(procs: KernelFile): Member | undefined {
    const length = procs.read();
    releaseIfScarce(procs);
    if (length <= 0) return undefined;
    scanner.reset(scratch(), length);
    for (let i = 0; i < ATTEMPTS && scanner.unsigned(); i++) {
      const pid = scanner.low;
      const namespace = pid === FOREIGN_PID ? undefined : this.#namespaceOf(String(pid));
      if (namespace !== undefined) return { pid, namespace };
      scanner.skipLine();
    }
    return undefined;
  }

  fileOf(member: Member): KernelFile {
    return new KernelFile(`${this.#procfs}/${member.pid}/net/dev`);
  }

  #namespaceOf(pid: string): string | undefined {
    try {
      return readlinkSync(`${this.#procfs}/${pid}/ns/net`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EPERM') this.denied++;
      return undefined;
    }
  }
}

const scanner = new Scanner();

/** The interfaces of one zone. */
export class ZoneNetwork {
  readonly #target: ZoneTarget;
  readonly #namespaces: NetworkNamespaces;
  readonly #interfaces: Interfaces;
  #member: Member | undefined;
  #file: KernelFile | undefined;

  constructor(target: ZoneTarget, namespaces: NetworkNamespaces) {
    this.#target = target;
    this.#namespaces = namespaces;
    this.#interfaces = new Interfaces(target);
  }

  /** Says which process to read through from now on; undefined or one in the host's namespace: none. */
  follow(member: Member | undefined): void {
    const own = member !== undefined && !this.#namespaces.isHost(member.namespace) ? member : undefined;
    if (own?.pid === this.#member?.pid && own?.namespace === this.#member?.namespace) return;
    if (own?.namespace !== this.#member?.namespace) this.#interfaces.end();
    this.close();
    this.#member = own;
    if (own !== undefined) this.#file = this.#namespaces.fileOf(own);
  }

  sample(): void {
    if (this.#file === undefined) return;
    const length = this.#file.read();
    if (length < 0) {
      // The process has ended; another one is looked for at the next housekeeping.
      this.close();
      return;
    }
    scanner.reset(scratch(), length);
    if (!this.#interfaces.parse(scanner)) this.#target.producer.control.add('parseErrors', 1);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#member = undefined;
  }
}
