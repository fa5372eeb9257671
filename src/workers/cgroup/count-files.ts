// How many threads a zone has, where no controller counts them, and its pressure. Runs in the source's thread.

import { type PressureResource, PressureSeries } from '../linux/pressure.js';
import type { Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

/**
 * Lines of cgroup.threads (v2) or tasks (v1): the threads in the cgroup itself, without those of nested ones.
 * One line per thread: dear, so at a slow cadence.
 */
export class ThreadLines extends ZoneFile {
  readonly #series: SeriesSet;

  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, { ...settings, lines: true });
    this.#series = new SeriesSet(target, ['threads']);
  }

  endSeries(): void {
    this.#series.end();
  }

  protected parse(scanner: Scanner): boolean {
    let threads = 0;
    while (!scanner.atEnd) {
      if (!scanner.unsigned()) return false;
      threads++;
      scanner.skipLine();
    }
    this.#series.putNumber(0, threads);
    return true;
  }
}

export class PressureFile extends ZoneFile {
  readonly #series: PressureSeries;

  constructor(target: ZoneTarget, settings: ZoneFileSettings, resource: PressureResource) {
    super(target, settings);
    this.#series = new PressureSeries(target, resource);
  }

  endSeries(): void {
    this.#series.end();
  }

  protected parse(scanner: Scanner): boolean {
    return this.#series.parse(scanner);
  }
}
