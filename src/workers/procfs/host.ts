// What all readers of procfs share: the ring, the number of the host's zone in it, and one scanner.
// Lives in the thread of the source procfs.

import { HOST_ZONE } from '../../ring/definition.js';
import type { RingProducer } from '../../ring/producer.js';
import { mulHigh, mulLow } from '../../ring/u64.js';
import { Scanner } from '../linux/scanner.js';
import type { SeriesTarget } from '../series-set.js';
import type { HostPaths } from '../source.js';

export class Host implements SeriesTarget {
  readonly producer: RingProducer;
  readonly paths: HostPaths;
  readonly note: (detail: string) => void;
  readonly scanner = new Scanner();
  readonly zone: number;

  constructor(producer: RingProducer, paths: HostPaths, note: (detail: string) => void) {
    this.producer = producer;
    this.paths = paths;
    this.note = note;
    this.zone = producer.defineZone(HOST_ZONE);
  }

  /** Allocates. @returns the series' number */
  series(field: string, instance: readonly string[] = []): number {
    return this.producer.defineSeries(this.zone, field, instance);
  }

  /** Allocates. @returns the series of `fields`, in their order, of one instance */
  seriesOf(fields: readonly string[], instance: readonly string[] = []): Int32Array {
    return Int32Array.from(fields, (field) => this.series(field, instance));
  }

  endSeries(series: Int32Array): void {
    for (const number of series) this.producer.endSeries(number);
  }

  /** Puts `value * factor`, exact: a whole value below 2^53, a whole factor below 2^20. */
  putScaled(series: number, value: number, factor: number): void {
    this.producer.put(series, mulLow(value, factor), mulHigh(value, factor));
  }

  /** Puts the number that the scanner read last. */
  putScanned(series: number): void {
    this.producer.put(series, this.scanner.low, this.scanner.high);
  }
}
