// /proc/diskstats: the counters of every whole disk. One record per device: a long list comes in pages. Disks come and
// go (hotplug). Columns behind the 14 that every kernel prints (discards, flushes) are not published.

import { existsSync } from 'node:fs';
import { isDisk } from '../linux/block-devices.js';
import { RowTable } from '../linux/row-table.js';
import { DiskErrors } from './disk-errors.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';
import { Widener } from './widener.js';

/** Columns behind the name. */
const COLUMN = {
  reads: 0,
  sectorsRead: 2,
  readMs: 3,
  writes: 4,
  sectorsWritten: 6,
  writeMs: 7,
  inFlight: 8,
  busyMs: 9,
  weightedMs: 10,
} as const;
const COLUMNS = 11;

const SECTOR_BYTES = 512;
const NS_PER_MS = 1e6;

/** A field, its column and what a unit of the column is in the field's unit. */
const FIELDS: readonly (readonly [field: string, column: number, factor: number])[] = [
  ['disk.nread', COLUMN.sectorsRead, SECTOR_BYTES],
  ['disk.nwritten', COLUMN.sectorsWritten, SECTOR_BYTES],
  ['disk.reads', COLUMN.reads, 1],
  ['disk.writes', COLUMN.writes, 1],
  ['disk.in_flight', COLUMN.inFlight, 1],
  ['disk.rtime', COLUMN.busyMs, NS_PER_MS],
  ['disk.rlentime', COLUMN.weightedMs, NS_PER_MS],
  ['disk.read_ns', COLUMN.readMs, NS_PER_MS],
  ['disk.write_ns', COLUMN.writeMs, NS_PER_MS],
];
/** Linux has one queue where illumos has two: nothing ever waits in the other. */
const ALWAYS_ZERO = ['disk.wtime', 'disk.wlentime'];

/** A partition by its name, where sysfs can't tell: sda1, vda2, nvme0n1p3, mmcblk0p1. */
const PARTITION = /^(?:(?:[hsv]d|xvd)[a-z]+\d+|(?:nvme\d+n|mmcblk|nbd)\d+p\d+)$/;

class Disk {
  readonly series: Int32Array;
  readonly zeros: Int32Array;
  readonly widener = new Widener(COLUMNS);
  readonly errors: DiskErrors;

  constructor(host: Host, name: string) {
    this.series = host.seriesOf(
      FIELDS.map(([field]) => field),
      [name],
    );
    this.zeros = host.seriesOf(ALWAYS_ZERO, [name]);
    this.errors = new DiskErrors(host, name);
  }

  end(host: Host): void {
    host.endSeries(this.series);
    host.endSeries(this.zeros);
    this.errors.end();
  }
}

export class Diskstats implements ProcFile {
  readonly path: string;
  readonly single = false;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #errorsEveryMs: number;
  readonly #sysfsKnowsDisks: boolean;
  /** Undefined for devices that are no whole disks. */
  readonly #rows: RowTable<Disk | undefined>;
  readonly #columns = new Float64Array(COLUMNS);
  #errorsDueMs = 0;

  constructor(host: Host, everyMs: number, errorsEveryMs: number) {
    this.path = `${host.paths.procfs}/diskstats`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#errorsEveryMs = errorsEveryMs;
    this.#sysfsKnowsDisks = existsSync(`${host.paths.sysfs}/block`);
    this.#rows = new RowTable<Disk | undefined>(
      (name) => (this.#isWholeDisk(name) ? new Disk(host, name) : undefined),
      (disk) => disk?.end(host),
    );
  }

  parse(): boolean {
    const scanner = this.#host.scanner;
    this.#rows.begin();
    while (!scanner.atEnd) {
      if (!this.#row()) return false;
      scanner.skipLine();
    }
    this.#rows.finish();
    return true;
  }

  afterwards(): void {
    const nowMs = performance.now();
    if (nowMs < this.#errorsDueMs) return;
    this.#errorsDueMs = nowMs + this.#errorsEveryMs;
    for (let i = 0; i < this.#rows.size; i++) this.#rows.valueAt(i)?.errors.sample();
  }

  close(): void {
    for (let i = 0; i < this.#rows.size; i++) this.#rows.valueAt(i)?.errors.close();
  }

  #row(): boolean {
    const scanner = this.#host.scanner;
    if (!scanner.unsigned() || !scanner.unsigned()) return false;
    scanner.skipBlanks();
    const from = scanner.at;
    scanner.skipWord();
    const to = scanner.at;
    for (let column = 0; column < COLUMNS; column++) {
      if (!scanner.unsigned()) return false;
      this.#columns[column] = scanner.number;
    }
    if (to === from || scanner.atEnd) return false;
    const disk = this.#rows.row(scanner.bytes, from, to);
    if (disk !== undefined) this.#put(disk);
    return true;
  }

  #put(disk: Disk): void {
    for (let i = 0; i < FIELDS.length; i++) {
      const column = FIELDS[i]![1];
      const factor = FIELDS[i]![2];
      const value = this.#columns[column]!;
      if (factor !== NS_PER_MS) this.#host.putScaled(disk.series[i]!, value, factor);
      else this.#host.putScaled(disk.series[i]!, disk.widener.widen(column, value), factor);
    }
    for (let i = 0; i < disk.zeros.length; i++) this.#host.producer.put(disk.zeros[i]!, 0, 0);
  }

  #isWholeDisk(name: string): boolean {
    if (!isDisk(name)) return false;
    if (this.#sysfsKnowsDisks) return existsSync(`${this.#host.paths.sysfs}/block/${name.replaceAll('/', '!')}`);
    return !PARTITION.test(name);
  }
}
