// /proc/pressure/{cpu,memory,io}: lines `some avg10=0.94 avg60=0.30 avg300=0.19 total=10857678` and, where the kernel
// keeps it, `full …`. Totals are microseconds; averages are percent.

import { keyBytes } from '../linux/scanner.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

export const PRESSURE_RESOURCES = ['cpu', 'memory', 'io'] as const;

const AVERAGE = keyBytes(' avg10=');
const TOTAL = keyBytes(' total=');

interface Line {
  readonly key: Uint8Array;
  readonly average: number;
  readonly total: number;
}

export class Pressure implements ProcFile {
  readonly path: string;
  readonly single = true;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #lines: readonly Line[];

  constructor(host: Host, resource: (typeof PRESSURE_RESOURCES)[number], everyMs: number) {
    this.path = `${host.paths.procfs}/pressure/${resource}`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#lines = ['some', 'full'].map((kind) => ({
      key: keyBytes(kind),
      average: host.series(`pressure.${kind}_avg10`, [resource]),
      total: host.series(`pressure.${kind}_us`, [resource]),
    }));
  }

  parse(): boolean {
    const scanner = this.#host.scanner;
    let lines = 0;
    for (const line of this.#lines) {
      if (!scanner.matches(line.key)) break;
      if (!this.#line(line)) return false;
      scanner.skipLine();
      lines++;
    }
    return lines > 0 && scanner.atEnd;
  }

  #line(line: Line): boolean {
    const scanner = this.#host.scanner;
    if (!scanner.matches(AVERAGE) || !scanner.hundredths()) return false;
    const average = scanner.number;
    scanner.skipWord();
    scanner.skipWord();
    if (!scanner.matches(TOTAL) || !scanner.unsigned() || !scanner.atLineEnd) return false;
    this.#host.putScanned(line.total);
    this.#host.producer.putNumber(line.average, average);
    return true;
  }
}
