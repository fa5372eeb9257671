// A file of pressure stall information (/proc/pressure/*, *.pressure of a cgroup): two lines,
// `some avg10=0.12 avg60=0.00 avg300=0.00 total=123` and `full …`; kernel: Documentation/accounting/psi.rst.

import { keyBytes, type Scanner } from './scanner.js';

/** In the order of the values below, under `pressure.`. */
export const PRESSURE_FIELDS = ['pressure.some_us', 'pressure.full_us', 'pressure.some_avg10', 'pressure.full_avg10'];

const FIRST_AVERAGE = [keyBytes('some avg10='), keyBytes('full avg10=')];
const TOTAL = keyBytes('total=');
const EQUALS = 0x3d;
/** Averages between the first and the total. */
const OTHER_AVERAGES = 2;

/** What one file said; stands until the next `parse`. The line `full` is missing from the host's cpu file before Linux 5.13. */
export class PressureReading {
  readonly low = new Uint32Array(PRESSURE_FIELDS.length);
  readonly high = new Uint32Array(PRESSURE_FIELDS.length);
  readonly found = new Uint8Array(PRESSURE_FIELDS.length);

  /** @returns false when the file is not of this form */
  parse(scanner: Scanner): boolean {
    this.found.fill(0);
    if (!this.#line(scanner, 0)) return false;
    scanner.skipLine();
    return scanner.atEnd || this.#line(scanner, 1);
  }

  #line(scanner: Scanner, line: number): boolean {
    if (!scanner.matches(FIRST_AVERAGE[line]!) || !scanner.hundredths()) return false;
    const { low, high } = scanner;
    for (let i = 0; i < OTHER_AVERAGES; i++) if (!scanner.skipBehind(EQUALS)) return false;
    scanner.skipWord();
    scanner.skipBlanks();
    if (!scanner.matches(TOTAL) || !scanner.unsigned()) return false;
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
