// Reads one file of procfs when it is due and hands its bytes to the parser; counts what fails, says so once, and
// leaves a file that failed alone for a while. Thread of the source procfs. Nothing here throws.

import { KernelFile, scratch } from '../linux/kernel-file.js';
import type { Host } from './host.js';

/** The parser of one file: defines the series it finds and puts samples into the open frame. */
export interface ProcFile {
  readonly path: string;
  /** Whether the file comes whole in one read. */
  readonly single: boolean;
  /** Least time between two readings; 0 for every tick. */
  readonly everyMs: number;
  /** Parses what the host's scanner holds. @returns false when it is garbled or cut: nothing doubtful was put */
  parse(): boolean;
  /** Done after `parse`, when the scratch buffer is free for other files. */
  afterwards?(): void;
  close?(): void;
}

/** A tick may come so much earlier than the last one's lateness let it seem. */
const PHASE_TOLERANCE_MS = 2;
/** A file that failed is tried again after this much, doubled at every failure up to the longest. */
const RETRY_MS_MIN = 10;
const RETRY_MS_MAX = 10_000;

export class ProcReader {
  readonly #file: KernelFile;
  readonly #parser: ProcFile;
  readonly #host: Host;
  #dueMs = 0;
  #retryMs = RETRY_MS_MIN;
  #noted = '';

  constructor(parser: ProcFile, host: Host) {
    this.#parser = parser;
    this.#host = host;
    this.#file = new KernelFile(parser.path, { single: parser.single });
  }

  /** Reads, when due. @returns code of the failure, or '' */
  sample(nowMs: number): string {
    if (nowMs < this.#dueMs - PHASE_TOLERANCE_MS) return '';
    const length = this.#file.read();
    if (length < 0) {
      this.#host.producer.control.add('readErrors', 1);
      this.#dueMs = nowMs + this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
      this.#noteOnce(`can't read ${this.#parser.path}: ${this.#file.errno}`);
      return this.#file.errno;
    }
    this.#retryMs = RETRY_MS_MIN;
    this.#schedule(nowMs);
    this.#host.scanner.reset(scratch(), length);
    if (!this.#parser.parse()) {
      this.#host.producer.control.add('parseErrors', 1);
      this.#noteOnce(
        `${this.#parser.path} is not what this kernel file usually looks like; what is doubtful is left out`,
      );
    }
    this.#parser.afterwards?.();
    return '';
  }

  close(): void {
    this.#parser.close?.();
    this.#file.close();
  }

  /** Keeps the phase of the first reading, so that lateness of single ticks doesn't add up. */
  #schedule(nowMs: number): void {
    this.#dueMs += this.#parser.everyMs;
    if (this.#dueMs < nowMs) this.#dueMs = nowMs + this.#parser.everyMs;
  }

  #noteOnce(detail: string): void {
    if (this.#noted === detail) return;
    this.#noted = detail;
    this.#host.note(detail);
  }
}
