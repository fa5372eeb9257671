// Rows `cpuN` of /proc/stat: the time of every core, in jiffies since boot. Cores come and go (hotplug).

import { ticksOfJiffies, USER_HZ } from '../linux/profile-ticks.js';
import { RowTable } from '../linux/row-table.js';
import { keyBytes } from '../linux/scanner.js';
import type { Host } from './host.js';

const ROW = keyBytes('cpu');
const BLANK = 0x20;

/** Columns of a row, in the kernel's order. `user` has guest in it already. */
const COLUMN = { user: 0, nice: 1, system: 2, idle: 3, iowait: 4, irq: 5, softirq: 6, steal: 7, guest: 8 } as const;
const COLUMNS = 9;
const COLUMNS_MIN = 8;

/** Fields in the order of the columns, behind `cpu.usage`. */
const FIELDS = [
  'cpu.usage',
  'cpu.user_ns',
  'cpu.nice_ns',
  'cpu.system_ns',
  'cpu.idle_ns',
  'cpu.iowait_ns',
  'cpu.irq_ns',
  'cpu.softirq_ns',
  'cpu.steal_ns',
  'cpu.guest_ns',
];

/** A jiffy is 10^7 ns; two factors, because `putScaled` takes less than 2^20. */
const US_PER_JIFFY = 1e6 / USER_HZ;
const NS_PER_US = 1000;

export class Cpus {
  readonly #host: Host;
  readonly #rows: RowTable<Int32Array>;
  readonly #jiffies = new Float64Array(COLUMNS);

  constructor(host: Host) {
    this.#host = host;
    this.#rows = new RowTable(
      (core) => host.seriesOf(FIELDS, [core]),
      (series) => host.endSeries(series),
    );
  }

  /** Takes the rows at the scanner, up to the first that is no core's. @returns false at a garbled row */
  parse(): boolean {
    const scanner = this.#host.scanner;
    this.#rows.begin();
    while (scanner.matches(ROW)) {
      // The first row is the sum over all cores.
      if (scanner.bytes[scanner.at] !== BLANK && !this.#row()) return false;
      scanner.skipLine();
    }
    return true;
  }

  /** Ends the cores that the last parse did not show. */
  finish(): void {
    this.#rows.finish();
  }

  #row(): boolean {
    const scanner = this.#host.scanner;
    const from = scanner.at;
    if (!scanner.unsigned()) return false;
    const to = scanner.at;
    let columns = 0;
    while (columns < COLUMNS && scanner.unsigned()) this.#jiffies[columns++] = scanner.number;
    if (columns < COLUMNS_MIN || scanner.atEnd) return false;
    this.#put(this.#rows.row(scanner.bytes, from, to), columns);
    return true;
  }

  #put(series: Int32Array, columns: number): void {
    const jiffies = this.#jiffies;
    const busy =
      jiffies[COLUMN.user]! +
      jiffies[COLUMN.nice]! +
      jiffies[COLUMN.system]! +
      jiffies[COLUMN.irq]! +
      jiffies[COLUMN.softirq]! +
      jiffies[COLUMN.steal]!;
    this.#host.producer.putNumber(series[0]!, ticksOfJiffies(busy));
    for (let i = 0; i < columns; i++) this.#host.putScaled(series[i + 1]!, jiffies[i]! * US_PER_JIFFY, NS_PER_US);
  }
}
