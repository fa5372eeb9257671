// A zone's block I/O, one element per disk: blkio.throttle.* of cgroup v1, io.stat of cgroup v2
// (kernel: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, admin-guide/cgroup-v2.rst).

import { diskName } from '../linux/block-devices.js';
import { RowTable } from '../linux/row-table.js';
import { keyBytes, type Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

const COLON = 0x3a;

/** A file with lines per disk. A disk that a reading no longer has ends. */
abstract class DeviceFile extends ZoneFile {
  /** By `major:minor`; undefined for a device that is no disk of its own. */
  readonly #rows: RowTable<SeriesSet | undefined>;

  constructor(target: ZoneTarget, settings: ZoneFileSettings, fields: readonly string[]) {
    super(target, settings);
    this.#rows = new RowTable<SeriesSet | undefined>(
      (number) => seriesOf(target, fields, number),
      (series) => series?.end(),
    );
  }

  endSeries(): void {
    this.#rows.clear();
  }

  /** Reads the rest of a disk's line; the scanner stands behind the device's number. */
  protected abstract parseLine(scanner: Scanner, series: SeriesSet): boolean;

  protected parse(scanner: Scanner): boolean {
    this.#rows.begin();
    while (!scanner.atEnd) {
      if (!this.#line(scanner)) return false;
      scanner.skipLine();
    }
    this.#rows.finish();
    return true;
  }

  /** Some kernels put disks without figures on the line of the next one, `8:16 8:0 rbytes=…`: the last is meant. */
  #line(scanner: Scanner): boolean {
    let from = -1;
    let to = 0;
    for (;;) {
      scanner.skipBlanks();
      const at = scanner.at;
      if (!scanner.unsigned()) break;
      if (!scanner.matchesByte(COLON) || !scanner.unsigned()) return true;
      from = at;
      to = scanner.at;
    }
    // v1 ends with a line `Total N` that belongs to no device; those kernels' v2 perhaps with disks that have no figures.
    if (from < 0 || scanner.atEnd) return true;
    const series = this.#rows.row(scanner.bytes, from, to);
    return series === undefined || this.parseLine(scanner, series);
  }
}

function seriesOf(target: ZoneTarget, fields: readonly string[], number: string): SeriesSet | undefined {
  const [major, minor] = number.split(':').map(Number);
  const name = diskName(target.paths, major!, minor!);
  return name === undefined ? undefined : new SeriesSet(target, fields, [name]);
}

const READ = keyBytes('Read ');
const WRITE = keyBytes('Write ');

/** Lines `254:0 Read 4096`; per device Read, Write, Sync, Async, Discard, Total. */
export class ThrottleV1 extends DeviceFile {
  /** @param fields what is read, what is written */
  constructor(target: ZoneTarget, settings: ZoneFileSettings, fields: readonly [string, string]) {
    super(target, settings, fields);
  }

  protected parseLine(scanner: Scanner, series: SeriesSet): boolean {
    scanner.skipBlanks();
    const field = scanner.matches(READ) ? 0 : scanner.matches(WRITE) ? 1 : -1;
    if (field < 0) return true;
    if (!scanner.unsigned()) return false;
    series.put(field, scanner.low, scanner.high);
    return true;
  }
}

const STAT_FIELDS = ['disk.nread', 'disk.nwritten', 'disk.reads', 'disk.writes'];
const STAT_KEYS = [keyBytes('rbytes='), keyBytes('wbytes='), keyBytes('rios='), keyBytes('wios=')];

/** Lines `254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0`, sometimes with more words behind. */
export class IoStatV2 extends DeviceFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, STAT_FIELDS);
  }

  protected parseLine(scanner: Scanner, series: SeriesSet): boolean {
    while (!scanner.atLineEnd) {
      const field = this.#field(scanner);
      if (field < 0) scanner.skipWord();
      else if (!scanner.unsigned()) return false;
      // No end of line: what was cut may be this very number.
      if (scanner.atEnd) return false;
      if (field >= 0) series.put(field, scanner.low, scanner.high);
    }
    return true;
  }

  #field(scanner: Scanner): number {
    for (let field = 0; field < STAT_KEYS.length; field++) if (scanner.matches(STAT_KEYS[field]!)) return field;
    return -1;
  }
}
