// The series of one element of a zone: a fixed list of fields with the same instance, defined one by one when their
// first value is there, so that a field this host never has costs nothing. Runs in the thread of its source.

import type { RingProducer } from '../ring/producer.js';
import { highOf, lowOf } from '../ring/u64.js';

/** Where series belong. */
export interface SeriesTarget {
  readonly producer: RingProducer;
  /** Number of the zone in the ring. */
  readonly zone: number;
}

const NO_INSTANCE: readonly string[] = [];

export class SeriesSet {
  readonly #target: SeriesTarget;
  readonly #fields: readonly string[];
  readonly #instance: readonly string[];
  readonly #series: Int32Array;

  constructor(target: SeriesTarget, fields: readonly string[], instance: readonly string[] = NO_INSTANCE) {
    this.#target = target;
    this.#fields = fields;
    this.#instance = instance;
    this.#series = new Int32Array(fields.length).fill(-1);
  }

  /** Puts a value of field `index`. Allocates only for the first one, which defines the series. */
  put(index: number, low: number, high: number): void {
    let series = this.#series[index]!;
    if (series < 0) {
      series = this.#target.producer.defineSeries(this.#target.zone, this.#fields[index]!, this.#instance);
      this.#series[index] = series;
    }
    this.#target.producer.put(series, low, high);
  }

  /** `put` for a whole, non-negative double below 2^53. */
  putNumber(index: number, value: number): void {
    this.put(index, lowOf(value), highOf(value));
  }

  /** Whether field `index` has had a value. */
  has(index: number): boolean {
    return this.#series[index]! >= 0;
  }

  /** Ends the series; a later `put` defines new ones. */
  end(): void {
    for (let i = 0; i < this.#series.length; i++) {
      if (this.#series[i]! >= 0) this.#target.producer.endSeries(this.#series[i]!);
      this.#series[i] = -1;
    }
  }
}
