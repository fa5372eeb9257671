// A file of pressure stall information (/proc/pressure/*, *.pressure of a cgroup): two lines,
// `some avg10=0.12 avg60=0.00 avg300=0.00 total=123` and `full …`; kernel: Documentation/accounting/psi.rst.
// Totals are microseconds, averages percent. Runs in the thread of the source that reads the file.

import { SeriesSet, type SeriesTarget } from '../series-set.js';
import { keyBytes, type Scanner } from './scanner.js';

/** Names of the files, and values of `pressure.resource`. */
export const PRESSURE_RESOURCES = ['cpu', 'memory', 'io'] as const;
export type PressureResource = (typeof PRESSURE_RESOURCES)[number];

/** In the order of the values below. */
const FIELDS = ['pressure.some_us', 'pressure.full_us', 'pressure.some_avg10', 'pressure.full_avg10'];

const FIRST_AVERAGE = [keyBytes('some avg10='), keyBytes('full avg10=')];
const TOTAL = keyBytes(' total=');
/** Averages between the first and the total. */
const OTHER_AVERAGES = 2;

/** What one file said; stands until the next `parse`. The line `full` is missing from the host's cpu file before Linux 5.13. */
export class PressureReading {
  readonly low = new Uint32Array(FIELDS.length);
  readonly high = new Uint32Array(FIELDS.length);
  readonly found = new Uint8Array(FIELDS.length);

  /** @returns false when the file is not of this form; only what stood before the defect is found then */
  parse(scanner: Scanner): boolean {
    this.found.fill(0);
    let lines = 0;
    while (lines < FIRST_AVERAGE.length && !scanner.atEnd) {
      if (!this.#line(scanner, lines++)) return false;
      scanner.skipLine();
    }
    return lines > 0 && scanner.atEnd;
  }

  #line(scanner: Scanner, line: number): boolean {
    if (!scanner.matches(FIRST_AVERAGE[line]!) || !scanner.hundredths()) return false;
    const { low, high } = scanner;
    for (let i = 0; i < OTHER_AVERAGES; i++) scanner.skipWord();
    if (!scanner.matches(TOTAL) || !scanner.unsigned() || !scanner.atLineEnd) return false;
    this.#set(line, scanner.low, scanner.high);
    this.#set(line + 2, low, high);
    return true;
  }

  #set(index: number, low: number, high: number): void {
    this.low[index] = low;
    this.high[index] = high;
    this.found[index] = 1;
  }
}

/** One for all files of this thread. */
const reading = new PressureReading();

/** The series of one such file. */
export class PressureSeries {
  readonly #series: SeriesSet;

  constructor(target: SeriesTarget, resource: PressureResource) {
    this.#series = new SeriesSet(target, FIELDS, [resource]);
  }

  /** Puts what a file says. @returns false when it is garbled or cut: what stood before that was put */
  parse(scanner: Scanner): boolean {
    const whole = reading.parse(scanner);
    for (let i = 0; i < FIELDS.length; i++) {
      if (reading.found[i] === 1) this.#series.put(i, reading.low[i]!, reading.high[i]!);
    }
    return whole;
  }

  end(): void {
    this.#series.end();
  }
}
