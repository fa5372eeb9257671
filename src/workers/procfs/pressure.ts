// /proc/pressure/{cpu,memory,io}: how long the host's tasks stalled.

import { type PressureResource, PressureSeries } from '../linux/pressure.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

export class Pressure implements ProcFile {
  readonly path: string;
  readonly single = true;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #series: PressureSeries;

  constructor(host: Host, resource: PressureResource, everyMs: number) {
    this.path = `${host.paths.procfs}/pressure/${resource}`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#series = new PressureSeries(host, resource);
  }

  parse(): boolean {
    return this.#series.parse(this.#host.scanner);
  }
}
