// A cursor over the bytes of a kernel file: numbers, keys, words and lines, without a string and without allocating.
// One per reader, owned by the source's thread. It never moves past `end`, whatever the bytes are; a caller that finds
// something else than it expected counts a parse error.

import { TWO_32, toNumber } from '../../ring/u64.js';

const TAB = 0x09;
const NEWLINE = 0x0a;
const BLANK = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Every decimal number of so many digits is exact in a double. */
const EXACT_DIGITS = 15;

const encoder = new TextEncoder();

/** Bytes of a key to look for; made once, at load. */
export const keyBytes = (text: string): Uint8Array => encoder.encode(text);

const HEX_PREFIX = keyBytes('0x');

/** Value of a lower- or upper-case hexadecimal digit, or -1. */
function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** The cursor: index of the next byte. */
  at = 0;
  /** Index behind the last byte. */
  end = 0;
  /** Halves of the number last read. */
  low = 0;
  high = 0;

  reset(bytes: Uint8Array, end: number): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = end;
  }

  /** The number last read, as the nearest double. */
  get number(): number {
    return toNumber(this.low, this.high);
  }

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  /** Whether the bytes end in the middle of a line: what came behind it is unknown. */
  get isCut(): boolean {
    return this.end > 0 && this.bytes[this.end - 1] !== NEWLINE;
  }

  /**
   * Whether only blanks stand before the end of the line; skips them. False at the end of the bytes: kernel files end
   * in a newline, and a line without one was cut, perhaps in the middle of a number.
   */
  get atLineEnd(): boolean {
    this.skipBlanks();
    return this.at < this.end && this.bytes[this.at] === NEWLINE;
  }

  /** Skips blanks and tabs, not the ends of lines. */
  skipBlanks(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === BLANK || bytes[at] === TAB)) at++;
    this.at = at;
  }

  /**
   * Skips blanks and reads a decimal number into `low` and `high`: exact below 2^64, modulo 2^64 beyond.
   * @returns false, with cursor and halves unmoved, when there is no digit
   */
  unsigned(): boolean {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === BLANK || bytes[at] === TAB)) at++;
    const first = at;
    const exactEnd = Math.min(end, at + EXACT_DIGITS);
    let value = 0;
    while (at < exactEnd) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
      at++;
    }
    if (at === first) return false;
    let low = value >>> 0;
    let high = (value / TWO_32) >>> 0;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      const product = low * 10 + (byte - ZERO);
      low = product >>> 0;
      high = (high * 10 + Math.floor(product / TWO_32)) >>> 0;
      at++;
    }
    this.low = low;
    this.high = high;
    this.at = at;
    return true;
  }

  /**
   * Skips blanks and reads a decimal fraction such as `0.52` into `low` and `high` as hundredths; digits beyond are cut.
   * Values to 2^46 are exact.
   * @returns false, with cursor and halves unmoved, when there is no digit
   */
  hundredths(): boolean {
    if (!this.unsigned()) return false;
    let value = this.number * 100;
    if (this.at < this.end && this.bytes[this.at] === DOT) {
      this.at++;
      value += this.#digit() * 10;
      value += this.#digit();
      while (this.#isDigit()) this.at++;
    }
    this.low = value >>> 0;
    this.high = (value / TWO_32) >>> 0;
    return true;
  }

  /** Reads `0x` and up to eight hexadecimal digits into `low`. @returns false, unmoved, when there are none */
  hexadecimal(): boolean {
    const { bytes, at: begin } = this;
    if (!this.matches(HEX_PREFIX)) return false;
    const first = this.at;
    let value = 0;
    while (this.at < this.end && this.at < first + 8) {
      const digit = hexDigit(bytes[this.at]!);
      if (digit < 0) break;
      value = value * 16 + digit;
      this.at++;
    }
    if (this.at === first) {
      this.at = begin;
      return false;
    }
    this.low = value;
    this.high = 0;
    return true;
  }

  /** Consumes `key` when it stands at the cursor. */
  matches(key: Uint8Array): boolean {
    const { bytes, at } = this;
    const length = key.length;
    if (at + length > this.end) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== key[i]) return false;
    this.at = at + length;
    return true;
  }

  /** Consumes `byte` when it stands at the cursor. */
  matchesByte(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** Skips blanks, then the word behind them; stops before the blank or the end of line that ends it. */
  skipWord(): void {
    this.skipBlanks();
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && bytes[at] !== BLANK && bytes[at] !== TAB && bytes[at] !== NEWLINE) at++;
    this.at = at;
  }

  /** Moves behind the next `byte`, within the line. @returns false, unmoved, when the line has none */
  skipBehind(byte: number): boolean {
    const { bytes, end } = this;
    for (let at = this.at; at < end && bytes[at] !== NEWLINE; at++) {
      if (bytes[at] === byte) {
        this.at = at + 1;
        return true;
      }
    }
    return false;
  }

  /** Moves to the begin of the next line. @returns false when there is none: the cursor is at the end */
  skipLine(): boolean {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && bytes[at] !== NEWLINE) at++;
    this.at = at < end ? at + 1 : end;
    return this.at < end;
  }

  /** The bytes from `from` to the cursor as text. Allocates: for names, once per name. */
  textFrom(from: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, this.at - from).toString('utf8');
  }

  #isDigit(): boolean {
    const byte = this.at < this.end ? this.bytes[this.at]! : 0;
    return byte >= ZERO && byte <= NINE;
  }

  #digit(): number {
    if (!this.#isDigit()) return 0;
    return this.bytes[this.at++]! - ZERO;
  }
}
