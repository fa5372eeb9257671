// /proc/net/dev and its like in other network namespaces: line by line, without strings (proc_pid_net(5)).
// Two lines of headings, then `  eth0: ` and sixteen numbers, eight received and eight sent.

import type { Scanner } from './scanner.js';

const COLON = 0x3a;
const BLANK = 0x20;
const NUMBERS = 16;

/** The fields under `net.` that the columns fill, and which column fills each. */
export const NET_FIELDS = [
  'net.rbytes64',
  'net.ipackets',
  'net.ierrors',
  'net.idrops',
  'net.obytes64',
  'net.opackets',
  'net.oerrors',
  'net.odrops',
];
export const NET_COLUMNS = [0, 1, 2, 3, 8, 9, 10, 11];

/** One interface's line; overwritten by the next. */
export class NetDevLine {
  /** Where the name stands in the scanner's bytes. */
  nameBegin = 0;
  nameEnd = 0;
  readonly low = new Uint32Array(NUMBERS);
  readonly high = new Uint32Array(NUMBERS);
  /** True when a line was cut or garbled: it is skipped. */
  garbled = false;

  /** Moves to the next interface. @returns false at the end */
  next(scanner: Scanner): boolean {
    this.garbled = false;
    while (!scanner.atEnd) {
      scanner.skipBlanks();
      const begin = scanner.at;
      // The headings have no colon.
      if (scanner.skipBehind(COLON)) {
        this.nameBegin = begin;
        this.nameEnd = scanner.at - 1;
        this.garbled = !this.#numbers(scanner);
        scanner.skipLine();
        return true;
      }
      scanner.skipLine();
    }
    return false;
  }

  /** Whether the name is `name`. */
  isNamed(bytes: Uint8Array, name: Uint8Array): boolean {
    if (this.nameEnd - this.nameBegin !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (bytes[this.nameBegin + i] !== name[i]) return false;
    return true;
  }

  #numbers(scanner: Scanner): boolean {
    for (let i = 0; i < NUMBERS; i++) {
      if (!scanner.unsigned()) return false;
      this.low[i] = scanner.low;
      this.high[i] = scanner.high;
    }
    return this.nameEnd > this.nameBegin && scanner.bytes[this.nameBegin] !== BLANK;
  }
}
