// A zone's block I/O, one element per disk: blkio.throttle.* of cgroup v1, io.stat of cgroup v2
// (kernel: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, admin-guide/cgroup-v2.rst).

import { diskName } from '../linux/block-devices.js';
import { keyBytes, type Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

const COLON = 0x3a;

interface Device {
  readonly major: number;
  readonly minor: number;
  /** Undefined for a device that is no disk of its own. */
  readonly series: SeriesSet | undefined;
  /** The reading that last had it. */
  seen: number;
}

/** The disks of one file, found by number. A disk that a reading no longer has ends. */
class Devices {
  readonly #target: ZoneTarget;
  readonly #fields: readonly string[];
  readonly #devices: Device[] = [];
  #reading = 0;
  #seen = 0;

  constructor(target: ZoneTarget, fields: readonly string[]) {
    this.#target = target;
    this.#fields = fields;
  }

  begin(): void {
    this.#reading++;
    this.#seen = 0;
  }

  /** Allocates for a device that it meets for the first time. */
  find(major: number, minor: number): SeriesSet | undefined {
    let device: Device | undefined;
    for (let i = 0; i < this.#devices.length && device === undefined; i++) {
      const candidate = this.#devices[i]!;
      if (candidate.major === major && candidate.minor === minor) device = candidate;
    }
    device ??= this.#add(major, minor);
    if (device.seen !== this.#reading) {
      device.seen = this.#reading;
      this.#seen++;
    }
    return device.series;
  }

  finish(): void {
    if (this.#seen === this.#devices.length) return;
    for (let i = this.#devices.length - 1; i >= 0; i--) {
      const device = this.#devices[i]!;
      if (device.seen === this.#reading) continue;
      device.series?.end();
      this.#devices.splice(i, 1);
    }
  }

  end(): void {
    for (const device of this.#devices) device.series?.end();
    this.#devices.length = 0;
  }

  #add(major: number, minor: number): Device {
    const name = diskName(this.#target.paths, major, minor);
    const series = name === undefined ? undefined : new SeriesSet(this.#target, this.#fields, [name]);
    const device = { major, minor, series, seen: 0 };
    this.#devices.push(device);
    return device;
  }
}

/** Reads `major:minor` at the cursor; its halves stay in the two fields. */
class DeviceNumber {
  major = 0;
  minor = 0;

  read(scanner: Scanner): boolean {
    if (!scanner.unsigned()) return false;
    this.major = scanner.low;
    if (!scanner.matchesByte(COLON) || !scanner.unsigned()) return false;
    this.minor = scanner.low;
    return true;
  }
}
const number = new DeviceNumber();

abstract class DeviceFile extends ZoneFile {
  protected readonly devices: Devices;

  constructor(target: ZoneTarget, settings: ZoneFileSettings, fields: readonly string[]) {
    super(target, settings);
    this.devices = new Devices(target, fields);
  }

  endSeries(): void {
    this.devices.end();
  }

  /** Reads the rest of a line; the scanner stands behind the device's number. */
  protected abstract parseLine(scanner: Scanner, series: SeriesSet | undefined): boolean;

  protected parse(scanner: Scanner): boolean {
    this.devices.begin();
    while (!scanner.atEnd) {
      // v1 ends with a line `Total N` that belongs to no device.
      if (number.read(scanner) && !this.parseLine(scanner, this.devices.find(number.major, number.minor))) return false;
      scanner.skipLine();
    }
    this.devices.finish();
    return true;
  }
}

const READ = keyBytes('Read ');
const WRITE = keyBytes('Write ');

/** Lines `254:0 Read 4096`; per device Read, Write, Sync, Async, Discard, Total. */
export class ThrottleV1 extends DeviceFile {
  /** @param fields what is read, what is written */
  constructor(target: ZoneTarget, settings: ZoneFileSettings, fields: readonly [string, string]) {
    super(target, settings, fields);
  }

  protected parseLine(scanner: Scanner, series: SeriesSet | undefined): boolean {
    if (series === undefined) return true;
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

  protected parseLine(scanner: Scanner, series: SeriesSet | undefined): boolean {
    if (series === undefined) return true;
    while (!scanner.atLineEnd) {
      const field = this.#field(scanner);
      if (field < 0) scanner.skipWord();
      else if (!scanner.unsigned()) return false;
      else series.put(field, scanner.low, scanner.high);
    }
    return true;
  }

  #field(scanner: Scanner): number {
    for (let field = 0; field < STAT_KEYS.length; field++) if (scanner.matches(STAT_KEYS[field]!)) return field;
    return -1;
  }
}
