// A zone's file of lines `key value`: which key fills which field, and by what factor. Runs in the source's thread.

import { mulHigh, mulLow } from '../../ring/u64.js';
import type { FlatKeyed, LinePlan } from '../linux/flat-keyed.js';
import type { Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

export abstract class FlatFile extends ZoneFile {
  protected readonly series: SeriesSet;
  /** The reader of this kind of file, shared by all zones of the thread. */
  protected readonly keys: FlatKeyed;
  #plan: LinePlan | undefined;

  constructor(target: ZoneTarget, settings: ZoneFileSettings, keys: FlatKeyed, fields: readonly string[]) {
    super(target, settings);
    this.keys = keys;
    this.series = new SeriesSet(target, fields);
  }

  endSeries(): void {
    this.series.end();
  }

  /** Puts what `keys` has found. */
  protected abstract putValues(): void;

  protected parse(scanner: Scanner): boolean {
    this.#plan = this.keys.parse(scanner, this.#plan);
    if (this.#plan === undefined) return false;
    this.putValues();
    return true;
  }

  /** Puts key `key` as field `field`, if it was found. */
  protected putKey(field: number, key: number): void {
    if (this.keys.found[key] === 1) this.series.put(field, this.keys.low[key]!, this.keys.high[key]!);
  }

  /** The same, multiplied by a whole number below 2^20; exact for values below 2^53. */
  protected putScaled(field: number, key: number, factor: number): void {
    if (this.keys.found[key] === 0) return;
    const value = this.keys.number(key);
    this.series.put(field, mulLow(value, factor), mulHigh(value, factor));
  }
}
