// /proc/net/dev and its like in other network namespaces (proc_pid_net(5)): two lines of headings, then a line
// `  eth0: ` and sixteen numbers per interface, eight received and eight sent. Interfaces come and go with every
// container. Runs in the thread of the source that reads the file.

import { SeriesSet, type SeriesTarget } from '../series-set.js';
import { RowTable } from './row-table.js';
import type { Scanner } from './scanner.js';

const COLON = 0x3a;
const HEADING_LINES = 2;
const COLUMNS = 16;
const LOOPBACK = 'lo';

/** The columns that are published. */
const FIELD_OF_COLUMN: readonly (readonly [column: number, field: string])[] = [
  [0, 'net.rbytes64'],
  [1, 'net.ipackets'],
  [2, 'net.ierrors'],
  [3, 'net.idrops'],
  [8, 'net.obytes64'],
  [9, 'net.opackets'],
  [10, 'net.oerrors'],
  [11, 'net.odrops'],
];
const FIELDS = FIELD_OF_COLUMN.map(([, field]) => field);
const COLUMN_OF_FIELD = Int32Array.from(FIELD_OF_COLUMN, ([column]) => column);

/** One interface's line; overwritten by the next. */
export class NetDevLine {
  /** Where the name stands in the scanner's bytes. */
  nameBegin = 0;
  nameEnd = 0;
  readonly low = new Uint32Array(COLUMNS);
  readonly high = new Uint32Array(COLUMNS);

  /** Reads the line at the scanner. @returns false when it is garbled or cut; the name is empty if that failed already */
  read(scanner: Scanner): boolean {
    scanner.skipBlanks();
    this.nameBegin = scanner.at;
    this.nameEnd = scanner.skipBehind(COLON) ? scanner.at - 1 : scanner.at;
    if (!this.hasName) return false;
    for (let i = 0; i < COLUMNS; i++) {
      if (!scanner.unsigned()) return false;
      this.low[i] = scanner.low;
      this.high[i] = scanner.high;
    }
    return !scanner.atEnd;
  }

  get hasName(): boolean {
    return this.nameEnd > this.nameBegin;
  }
}

/** One for all files of this thread. */
const line = new NetDevLine();

/** The series of a network namespace's interfaces, all but the loopback. */
export class Interfaces {
  /** Undefined for the loopback. */
  readonly #rows: RowTable<SeriesSet | undefined>;

  constructor(target: SeriesTarget) {
    this.#rows = new RowTable<SeriesSet | undefined>(
      (name) => (name === LOOPBACK ? undefined : new SeriesSet(target, FIELDS, [name])),
      (series) => series?.end(),
    );
  }

  /**
   * Puts what a whole file says; the series of interfaces that it no longer has end. Allocates only for a new interface.
   * @returns false when a line was garbled or the file was cut: that line was left out, and after a cut no series ends
   */
  parse(scanner: Scanner): boolean {
    for (let i = 0; i < HEADING_LINES; i++) {
      if (scanner.atEnd) return false;
      scanner.skipLine();
    }
    let whole = true;
    this.#rows.begin();
    while (!scanner.atEnd) {
      if (!this.#row(scanner)) whole = false;
      scanner.skipLine();
    }
    if (scanner.isCut) return false;
    this.#rows.finish();
    return whole;
  }

  /** Ends every series. */
  end(): void {
    this.#rows.clear();
  }

  #row(scanner: Scanner): boolean {
    const readable = line.read(scanner);
    if (!line.hasName) return false;
    // An interface whose numbers can't be read is there nevertheless.
    const series = this.#rows.row(scanner.bytes, line.nameBegin, line.nameEnd);
    if (!readable) return false;
    for (let i = 0; i < FIELDS.length && series !== undefined; i++) {
      const column = COLUMN_OF_FIELD[i]!;
      series.put(i, line.low[column]!, line.high[column]!);
    }
    return true;
  }
}
