// /proc/net/dev: the counters of every interface but the loopback. One record per interface: a long list comes in
// pages. Interfaces come and go with every container.

import { existsSync } from 'node:fs';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';
import { RowTable } from './row-table.js';

const COLON = 0x3a;
const HEADER_LINES = 2;
const COLUMNS = 16;
const LOOPBACK = 'lo';

/** Columns that are published: eight of receiving, then eight of sending. */
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

export class NetDev implements ProcFile {
  readonly path: string;
  readonly single = false;
  readonly everyMs: number;
  readonly #host: Host;
  /** Series of an interface, in the order of FIELDS; none for the loopback. */
  readonly #rows: RowTable<Int32Array>;
  readonly #low = new Uint32Array(COLUMNS);
  readonly #high = new Uint32Array(COLUMNS);

  constructor(host: Host, everyMs: number) {
    // `net` is the network namespace of whoever reads it; the host's is that of its first process.
    const ofInit = `${host.paths.procfs}/1/net/dev`;
    this.path = existsSync(ofInit) ? ofInit : `${host.paths.procfs}/net/dev`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#rows = new RowTable(
      (name) => (name === LOOPBACK ? new Int32Array(0) : host.seriesOf(FIELDS, [name])),
      (series) => host.endSeries(series),
    );
  }

  parse(): boolean {
    const scanner = this.#host.scanner;
    for (let i = 0; i < HEADER_LINES; i++) {
      if (scanner.atEnd) return false;
      scanner.skipLine();
    }
    this.#rows.begin();
    while (!scanner.atEnd) {
      if (!this.#row()) return false;
      scanner.skipLine();
    }
    this.#rows.finish();
    return true;
  }

  #row(): boolean {
    const scanner = this.#host.scanner;
    scanner.skipBlanks();
    const from = scanner.at;
    if (!scanner.skipBehind(COLON)) return false;
    const to = scanner.at - 1;
    for (let column = 0; column < COLUMNS; column++) {
      if (!scanner.unsigned()) return false;
      this.#low[column] = scanner.low;
      this.#high[column] = scanner.high;
    }
    if (to === from || scanner.atEnd) return false;
    const series = this.#rows.row(scanner.bytes, from, to);
    for (let i = 0; i < series.length; i++) {
      const column = COLUMN_OF_FIELD[i]!;
      this.#host.producer.put(series[i]!, this.#low[column]!, this.#high[column]!);
    }
    return true;
  }
}
