// One kernel file of one zone: when it is due, how a failed reading ends, and its series, which are defined when their
// first value is there. Subclasses only parse. Runs in the source's thread; `sample` allocates nothing but for a new series.

import { KernelFile, scratch } from '../linux/kernel-file.js';
import { Scanner } from '../linux/scanner.js';
import type { SeriesTarget } from '../series-set.js';
import type { HostPaths } from '../source.js';

/** What the files of a zone share. */
export interface ZoneTarget extends SeriesTarget {
  readonly paths: HostPaths;
  /** Tells the operator, once per text. */
  readonly note: (detail: string) => void;
}

export interface ZoneFileSettings {
  readonly path: string;
  /** Milliseconds between readings, 0: at every sample. */
  readonly everyMs: number;
  /** The kernel gives the file a page at a time: read on to its end. */
  readonly lines?: boolean;
}

/** After a failure other than the zone's end a file is left alone for this long: an open that fails is dear. */
const RETRY_MS = 5000;
/** From this interval on a file is a slow one: it keeps a descriptor only where there are plenty. */
const SLOW_MS = 500;
/** The golden ratio spreads the slow readings of many zones over their interval. */
const GOLDEN_RATIO = 0.618033988749895;
let phase = 0;

/** One cursor for all files of this thread. */
const scanner = new Scanner();

export abstract class ZoneFile {
  protected readonly target: ZoneTarget;
  readonly #file: KernelFile;
  readonly #everyMs: number;
  #dueMs = 0;

  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    this.target = target;
    this.#file = new KernelFile(settings.path, { single: settings.lines !== true });
    this.#everyMs = settings.everyMs;
  }

  /** Opens the file ahead of its first reading, so that no tick has to. */
  prime(): void {
    this.#file.read();
    if (this.#everyMs >= SLOW_MS) releaseIfScarce(this.#file);
  }

  /**
   * Reads, if it is time to, and puts what it finds.
   * @returns false when the file is gone, and its directory perhaps with it
   */
  sample(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return true;
    const length = this.#file.read();
    if (length < 0) return this.#failed(nowMs);
    if (this.#everyMs > 0) {
      this.#postpone(nowMs);
      if (this.#everyMs >= SLOW_MS) releaseIfScarce(this.#file);
    }
    scanner.reset(scratch(), length);
    if (!this.parse(scanner)) this.target.producer.control.add('parseErrors', 1);
    return true;
  }

  close(): void {
    this.#file.close();
  }

  /** Leaves the file alone for a while, after it was gone though its directory isn't. */
  park(nowMs: number): void {
    this.target.producer.control.add('readErrors', 1);
    this.#dueMs = nowMs + RETRY_MS;
  }

  /** Ends every series it has defined; used when a zone goes on without this file. */
  abstract endSeries(): void;

  /** @returns false when the file is not what it should be: what stood before the defect may have been put, nothing behind */
  protected abstract parse(scanner: Scanner): boolean;

  #postpone(nowMs: number): void {
    if (this.#dueMs === 0) {
      phase = (phase + GOLDEN_RATIO) % 1;
      this.#dueMs = nowMs + phase * this.#everyMs;
    } else this.#dueMs += this.#everyMs;
    if (this.#dueMs <= nowMs) this.#dueMs = nowMs + this.#everyMs;
  }

  #failed(nowMs: number): boolean {
    const errno = this.#file.errno;
    if (errno === 'ENODEV' || errno === 'ENOENT') return false;
    if (errno === 'EOPNOTSUPP' || errno === 'ENOTSUP') {
      this.target.note(`this kernel does not offer ${baseName(this.#file.path)} (${errno})`);
      this.#dueMs = Number.POSITIVE_INFINITY;
      return true;
    }
    this.target.note(`${baseName(this.#file.path)} of a zone can't be read: ${errno}`);
    this.park(nowMs);
    return true;
  }
}

/** Leaves the second half of the thread's descriptors to files that are read at every tick. */
export function releaseIfScarce(file: KernelFile): void {
  if (KernelFile.kept > KernelFile.budget / 2) file.close();
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
