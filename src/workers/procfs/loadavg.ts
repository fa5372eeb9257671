// /proc/loadavg: `0.52 0.58 0.59 2/841 12345`: three averages, tasks that run, tasks in all, the newest pid.

import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

const SLASH = 0x2f;
const AVERAGES = ['load.avg1', 'load.avg5', 'load.avg15'];

export class Loadavg implements ProcFile {
  readonly path: string;
  readonly single = true;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #averages: Int32Array;
  readonly #threads: number;
  readonly #hundredths = new Float64Array(AVERAGES.length);

  constructor(host: Host, everyMs: number) {
    this.path = `${host.paths.procfs}/loadavg`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#averages = host.seriesOf(AVERAGES);
    this.#threads = host.series('threads');
  }

  parse(): boolean {
    const scanner = this.#host.scanner;
    const hundredths = this.#hundredths;
    for (let i = 0; i < hundredths.length; i++) {
      if (!scanner.hundredths()) return false;
      hundredths[i] = scanner.number;
    }
    if (!scanner.unsigned() || !scanner.matchesByte(SLASH) || !scanner.unsigned() || scanner.atEnd) return false;
    this.#host.putScanned(this.#threads);
    for (let i = 0; i < hundredths.length; i++) this.#host.producer.putNumber(this.#averages[i]!, hundredths[i]!);
    return true;
  }
}
