// Every process of the host, from one scan of /proc to the next: what it used since, and in which zone it is.
// Runs in the source's thread, about once a second. Descriptors of /proc/PID/stat are kept open as far as KernelFile
// allows: reading an open one is half as dear.

import { readdirSync } from 'node:fs';
import { type Hierarchy, zonePathOf } from '../linux/cgroup-mounts.js';
import { KernelFile, scratch } from '../linux/kernel-file.js';
import { Scanner } from '../linux/scanner.js';
import { printable } from '../linux/zone-name.js';
import { PidStat } from './pid-stat.js';

export interface Process {
  readonly pid: number;
  readonly startTime: number;
  command: string;
  commandBytes: Uint8Array;
  /** CPU time used in all, and since the scan before, in USER_HZ. */
  jiffies: number;
  recentJiffies: number;
  threads: number;
  rssPages: number;
  processor: number;
  /** Cgroup path; `/` when it is in no zone, undefined as long as that can't be read. */
  zonePath: string | undefined;
}

interface Entry {
  readonly file: KernelFile;
  process: Process | undefined;
  /** The scan that last had it. */
  seen: number;
  /** Scans since it was found. */
  age: number;
}

/** How long a process that was moved to another cgroup may go unnoticed. */
const MOVE_NOTICED_MS = 5000;
/** A new process is often moved right after it was made: in its first scans it is looked at every time. */
const YOUNG_SCANS = 2;
const INIT_PID = '1';

export class ProcessTable {
  /** What the last scan found. */
  readonly processes: Process[] = [];
  /** Processes listed, kernel threads among them. */
  count = 0;
  /** False when the last scan could not see every process: hidepid, or files that this user may not read. */
  complete = true;
  /** Errors of the last scan, other than processes that had just ended. */
  readErrors = 0;
  parseErrors = 0;
  readonly #procfs: string;
  readonly #hierarchies: readonly Hierarchy[];
  readonly #rotation: number;
  readonly #entries = new Map<number, Entry>();
  readonly #scanner = new Scanner();
  readonly #stat = new PidStat();
  #scan = 0;

  constructor(procfs: string, hierarchies: readonly Hierarchy[], intervalMs: number) {
    this.#procfs = procfs;
    this.#hierarchies = hierarchies;
    this.#rotation = Math.max(1, Math.floor(MOVE_NOTICED_MS / intervalMs));
  }

  /** Reads /proc. @throws when it can't be listed */
  scan(): void {
    this.#scan++;
    this.processes.length = 0;
    this.count = 0;
    this.readErrors = 0;
    this.parseErrors = 0;
    const names = readdirSync(this.#procfs);
    this.complete = names.includes(INIT_PID);
    for (const name of names) {
      const pid = Number(name);
      if (Number.isInteger(pid) && pid > 0) this.#visit(pid);
    }
    for (const [pid, entry] of this.#entries) if (entry.seen !== this.#scan) this.#drop(pid, entry);
  }

  close(): void {
    for (const [pid, entry] of this.#entries) this.#drop(pid, entry);
  }

  #visit(pid: number): void {
    const entry = this.#entries.get(pid) ?? this.#add(pid);
    const length = entry.file.read();
    if (length < 0 && hasEnded(entry.file.errno)) {
      this.#drop(pid, entry);
      return;
    }
    entry.seen = this.#scan;
    this.count++;
    if (length < 0) {
      this.complete = false;
      this.readErrors++;
      return;
    }
    this.#scanner.reset(scratch(), length);
    if (!this.#stat.parse(this.#scanner)) {
      this.parseErrors++;
      return;
    }
    this.#update(pid, entry);
    entry.age++;
  }

  #update(pid: number, entry: Entry): void {
    const stat = this.#stat;
    let process = entry.process;
    if (process === undefined || process.startTime !== stat.startTime) {
      process = newProcess(pid, stat.startTime);
      entry.process = process;
      entry.age = 0;
    }
    process.recentJiffies = Math.max(0, stat.jiffies - process.jiffies);
    process.jiffies = stat.jiffies;
    process.threads = stat.threads;
    process.rssPages = stat.rssPages;
    process.processor = stat.processor;
    const command = this.#scanner.bytes.subarray(stat.commandBegin, stat.commandEnd);
    if (process.command === '' || Buffer.compare(command, process.commandBytes) !== 0) {
      process.commandBytes = command.slice();
      process.command = printable(Buffer.from(process.commandBytes).toString('utf8'));
    }
    if (entry.age < YOUNG_SCANS || (pid + this.#scan) % this.#rotation === 0) this.#locate(process);
    this.processes.push(process);
  }

  /** Finds the zone of a process. Allocates. */
  #locate(process: Process): void {
    if (this.#hierarchies.length === 0) return;
    const file = new KernelFile(`${this.#procfs}/${process.pid}/cgroup`);
    const length = file.read();
    file.close();
    if (length >= 0) {
      process.zonePath = zonePathOf(Buffer.from(scratch().subarray(0, length)).toString('utf8'), this.#hierarchies);
    } else if (!hasEnded(file.errno)) {
      this.complete = false;
      this.readErrors++;
    }
  }

  #add(pid: number): Entry {
    const file = new KernelFile(`${this.#procfs}/${pid}/stat`, { single: true });
    const entry = { file, process: undefined, seen: 0, age: 0 };
    this.#entries.set(pid, entry);
    return entry;
  }

  #drop(pid: number, entry: Entry): void {
    entry.file.close();
    this.#entries.delete(pid);
  }
}

const hasEnded = (errno: string): boolean => errno === 'ENOENT' || errno === 'ESRCH';

const newProcess = (pid: number, startTime: number): Process => ({
  pid,
  startTime,
  command: '',
  commandBytes: new Uint8Array(0),
  jiffies: 0,
  recentJiffies: 0,
  threads: 0,
  rssPages: 0,
  processor: 0,
  zonePath: undefined,
});
