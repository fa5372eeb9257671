// A zone's network interfaces, read from /proc/PID/net/dev of a process in it; only where that process has a network
// namespace of its own, so that the host's interfaces never count as a zone's. Runs in the source's thread. The open
// file keeps the namespace alive: it is given up as soon as the process is no longer a member.

import { readlinkSync } from 'node:fs';
import { KernelFile, scratch } from '../linux/kernel-file.js';
import { NET_COLUMNS, NET_FIELDS, NetDevLine } from '../linux/net-dev.js';
import { keyBytes, Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
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

const LOOPBACK = keyBytes('lo');
const scanner = new Scanner();
const line = new NetDevLine();

interface Interface {
  readonly name: Uint8Array;
  readonly series: SeriesSet;
  seen: number;
}

/** The interfaces of one zone. */
export class ZoneNetwork {
  readonly #target: ZoneTarget;
  readonly #namespaces: NetworkNamespaces;
  #member: Member | undefined;
  #file: KernelFile | undefined;
  #interfaces: Interface[] = [];
  #reading = 0;

  constructor(target: ZoneTarget, namespaces: NetworkNamespaces) {
    this.#target = target;
    this.#namespaces = namespaces;
  }

  /** Says which process to read through from now on; undefined or one in the host's namespace: none. */
  follow(member: Member | undefined): void {
    const own = member !== undefined && !this.#namespaces.isHost(member.namespace) ? member : undefined;
    if (own?.pid === this.#member?.pid && own?.namespace === this.#member?.namespace) return;
    if (own?.namespace !== this.#member?.namespace) this.endSeries();
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
    this.#reading++;
    scanner.reset(scratch(), length);
    let lines = 0;
    let seen = 0;
    while (line.next(scanner)) {
      lines++;
      if (line.garbled) this.#target.producer.control.add('parseErrors', 1);
      else if (!line.isNamed(scanner.bytes, LOOPBACK)) {
        this.#put(this.#find());
        seen++;
      }
    }
    if (lines === 0) this.#target.producer.control.add('parseErrors', 1);
    if (seen < this.#interfaces.length) this.#endUnseen();
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#member = undefined;
  }

  endSeries(): void {
    for (const { series } of this.#interfaces) series.end();
    this.#interfaces = [];
  }

  #find(): Interface {
    for (let i = 0; i < this.#interfaces.length; i++) {
      if (line.isNamed(scanner.bytes, this.#interfaces[i]!.name)) return this.#interfaces[i]!;
    }
    const name = scanner.bytes.slice(line.nameBegin, line.nameEnd);
    const series = new SeriesSet(this.#target, NET_FIELDS, [Buffer.from(name).toString('utf8')]);
    const added = { name, series, seen: 0 };
    this.#interfaces.push(added);
    return added;
  }

  #put(found: Interface): void {
    found.seen = this.#reading;
    for (let i = 0; i < NET_COLUMNS.length; i++) {
      const column = NET_COLUMNS[i]!;
      found.series.put(i, line.low[column]!, line.high[column]!);
    }
  }

  #endUnseen(): void {
    for (const unseen of this.#interfaces.filter(({ seen }) => seen !== this.#reading)) unseen.series.end();
    this.#interfaces = this.#interfaces.filter(({ seen }) => seen === this.#reading);
  }
}
