// One file of procfs, sysfs or cgroupfs, read again and again through one kept descriptor (a read is 1 to 20 us; open and
// close around it would add 4 to 10). Every thread that loads this module has its own scratch buffer and its own budget
// of descriptors. Nothing throws out of `read`; nothing allocates in the steady state but what readSync itself does.

import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';

/** Enough for every file of a small host in one read; grown by doubling where a file is larger. */
const SCRATCH_BYTES = 64 * 1024;
/** Should a path lead to a pipe, opening it must not wait for a writer: no thread that hangs in a system call can be ended. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
/** After so many reads without a descriptor of its own, a file tries to get one again. */
const TRANSIENT_READS_BEFORE_RETRY = 256;

// No Buffer: its `slice` would be a view of these bytes, which the next read overwrites.
let buffer = new Uint8Array(SCRATCH_BYTES);

/** The buffer that the last `read` of this thread filled. Valid until the next one, which may also replace it. */
export const scratch = (): Uint8Array => buffer;

/**
 * Descriptors one thread may keep: sockets need some too, and two threads (cgroup, process) may each have thousands of
 * files. Read once from the kernel's own table of limits.
 */
function descriptorBudget(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return Math.floor((Number(limit?.[1] ?? 1024) * 3) / 8);
  } catch {
    return 384;
  }
}

/** A descriptor held only to be given up when the process has no other left, so that a read can still go through. */
class Reserve {
  #fd = -1;

  hold(): void {
    if (this.#fd >= 0) return;
    try {
      this.#fd = openSync('/dev/null', 'r');
    } catch {
      this.#fd = -1;
    }
  }

  release(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
const reserve = new Reserve();

export interface KernelFileOptions {
  /** The file comes whole in one read (stat, meminfo, cpu.stat, …): no second read is paid to find its end. */
  readonly single?: boolean;
}

export class KernelFile {
  /** Reads of this thread that had to open and close the file because descriptors were short. */
  static transient = 0;
  /** Descriptors this thread keeps at present, and the most it will keep. */
  static kept = 0;
  static budget = descriptorBudget();

  readonly path: string;
  /** Code of the last failure: 'ENOENT', 'ENODEV', 'ESRCH', 'EACCES', 'EMFILE', …; '' after a good read. */
  errno = '';
  readonly #single: boolean;
  #fd = -1;
  #readsUntilRetry = 0;

  constructor(path: string, options: KernelFileOptions = {}) {
    this.path = path;
    this.#single = options.single ?? false;
  }

  /**
   * Reads the whole file into this thread's scratch buffer. Blocks for the read; never throws. The descriptor is opened
   * at the first read and again at the first one after a failure (an open that fails costs some 30 us).
   * @returns bytes read, or -1: see `errno`
   */
  read(): number {
    if (this.#fd >= 0) {
      const length = this.#fill(this.#fd);
      if (length < 0) this.close();
      return length;
    }
    if (this.#readsUntilRetry > 0) {
      this.#readsUntilRetry--;
      return this.#readTransient();
    }
    if (KernelFile.kept >= KernelFile.budget) {
      this.#readsUntilRetry = TRANSIENT_READS_BEFORE_RETRY;
      return this.#readTransient();
    }
    reserve.hold();
    const fd = this.#open();
    if (fd < 0) {
      if (this.errno !== 'EMFILE' && this.errno !== 'ENFILE') return -1;
      this.#readsUntilRetry = TRANSIENT_READS_BEFORE_RETRY;
      return this.#readTransient();
    }
    const length = this.#fill(fd);
    if (length < 0) {
      closeSync(fd);
      return -1;
    }
    this.#fd = fd;
    KernelFile.kept++;
    return length;
  }

  /** Gives up the descriptor; a later `read` opens the file again. */
  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
    KernelFile.kept--;
  }

  #readTransient(): number {
    KernelFile.transient++;
    let fd = this.#open();
    if (fd < 0 && (this.errno === 'EMFILE' || this.errno === 'ENFILE')) {
      reserve.release();
      fd = this.#open();
    }
    if (fd < 0) return -1;
    const length = this.#fill(fd);
    closeSync(fd);
    reserve.hold();
    return length;
  }

  #open(): number {
    try {
      return openSync(this.path, OPEN_FLAGS);
    } catch (error) {
      this.errno = codeOf(error);
      return -1;
    }
  }

  /** A file of records gives at most a page per read, whatever the buffer: read on until there is nothing more. */
  #fill(fd: number): number {
    let length = 0;
    try {
      for (;;) {
        const count = readSync(fd, buffer, length, buffer.length - length, length);
        length += count;
        if (count === 0 || (this.#single && length < buffer.length)) break;
        if (length === buffer.length) grow();
      }
    } catch (error) {
      this.errno = codeOf(error);
      return -1;
    }
    this.errno = '';
    return length;
  }
}

function grow(): void {
  const grown = new Uint8Array(buffer.length * 2);
  grown.set(buffer);
  buffer = grown;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
