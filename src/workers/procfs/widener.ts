// Makes 64-bit running totals of counters that the kernel prints as 32 bits and that wrap: the milliseconds of
// diskstats, some after hours. A total is right as long as no wrap falls between two readings unseen.

import { TWO_32 } from '../../ring/u64.js';

export class Widener {
  readonly #last: Float64Array;
  readonly #wrapped: Float64Array;

  /** @param count counters, told apart by index */
  constructor(count: number) {
    this.#last = new Float64Array(count);
    this.#wrapped = new Float64Array(count);
  }

  /** The total of counter `index`, whose reading is `value`. Exact below 2^53. */
  widen(index: number, value: number): number {
    if (value < this.#last[index]!) this.#wrapped[index]! += TWO_32;
    this.#last[index] = value;
    return this.#wrapped[index]! + value;
  }
}
