// /proc/stat: cores, then the kernel's totals of its work, then how many tasks run and how many wait for I/O.

import { keyBytes } from '../linux/scanner.js';
import { CpuQueue } from './cpu-queue.js';
import { Cpus } from './cpus.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

const RUNNING = keyBytes('procs_running ');
const LAST = keyBytes('softirq ');

/** Lines whose first number is a field as it stands. */
const PLAIN = [
  { key: keyBytes('intr '), field: 'kernel.interrupts' },
  { key: keyBytes('ctxt '), field: 'kernel.context_switches' },
  { key: keyBytes('processes '), field: 'kernel.forks' },
  { key: keyBytes('procs_blocked '), field: 'load.blocked' },
  { key: LAST, field: 'kernel.softirqs' },
];

export class Stat implements ProcFile {
  readonly path: string;
  readonly single = true;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #cpus: Cpus;
  readonly #queue: CpuQueue;
  readonly #series: Int32Array;
  readonly #runningSeries: number;

  constructor(host: Host, everyMs: number) {
    this.path = `${host.paths.procfs}/stat`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#cpus = new Cpus(host);
    this.#queue = new CpuQueue(host);
    this.#series = host.seriesOf(PLAIN.map((line) => line.field));
    this.#runningSeries = host.series('load.running');
  }

  parse(): boolean {
    const scanner = this.#host.scanner;
    if (!this.#cpus.parse()) return false;
    let lines = 0;
    do {
      if (scanner.matches(RUNNING)) {
        if (!scanner.unsigned() || scanner.atEnd) return false;
        this.#host.putScanned(this.#runningSeries);
        this.#queue.observe(scanner.number);
        continue;
      }
      const plain = this.#plain();
      if (plain < 0) continue;
      if (!scanner.unsigned() || scanner.atEnd) return false;
      this.#host.putScanned(this.#series[plain]!);
      lines++;
      // What follows on the last line is per kind of softirq, and not published.
    } while (lines < PLAIN.length && scanner.skipLine());
    // A file that was cut among its cores says nothing about those behind the cut.
    if (lines === 0) return false;
    this.#cpus.finish();
    return true;
  }

  #plain(): number {
    for (let i = 0; i < PLAIN.length; i++) if (this.#host.scanner.matches(PLAIN[i]!.key)) return i;
    return -1;
  }
}
