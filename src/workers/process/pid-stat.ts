// /proc/PID/stat (proc_pid_stat(5)): one line, read without strings. The command stands in parentheses and may hold
// anything, blanks and parentheses among it, so the fields are counted from the last one on.

import type { Scanner } from '../linux/scanner.js';

const OPEN = 0x28;
const CLOSE = 0x29;
/** Numbers of the fields, as the manual counts them; the first one behind the command is 3. */
const FIELD = { utime: 14, stime: 15, threads: 20, startTime: 22, rssPages: 24, processor: 39 } as const;
const FIRST_BEHIND_COMMAND = 3;

export class PidStat {
  /** Where the command stands in the scanner's bytes. */
  commandBegin = 0;
  commandEnd = 0;
  /** User and system time used, in USER_HZ. */
  jiffies = 0;
  threads = 0;
  /** When it started, in USER_HZ since boot: tells two processes with the same pid apart. */
  startTime = 0;
  rssPages = 0;
  /** Core it ran on last. */
  processor = 0;
  #field = 0;

  /** @returns false when the line is not of this form; the fields are then undefined */
  parse(scanner: Scanner): boolean {
    if (!this.#command(scanner)) return false;
    this.#field = FIRST_BEHIND_COMMAND;
    if (!this.#number(scanner, FIELD.utime)) return false;
    this.jiffies = scanner.number;
    if (!this.#number(scanner, FIELD.stime)) return false;
    this.jiffies += scanner.number;
    if (!this.#number(scanner, FIELD.threads)) return false;
    this.threads = scanner.number;
    if (!this.#number(scanner, FIELD.startTime)) return false;
    this.startTime = scanner.number;
    if (!this.#number(scanner, FIELD.rssPages)) return false;
    this.rssPages = scanner.number;
    if (!this.#number(scanner, FIELD.processor)) return false;
    this.processor = scanner.number;
    return true;
  }

  #command(scanner: Scanner): boolean {
    const { bytes, end } = scanner;
    let close = end - 1;
    while (close > 0 && bytes[close] !== CLOSE) close--;
    let open = 0;
    while (open < close && bytes[open] !== OPEN) open++;
    if (open >= close) return false;
    this.commandBegin = open + 1;
    this.commandEnd = close;
    scanner.at = close + 1;
    return true;
  }

  #number(scanner: Scanner, field: number): boolean {
    for (; this.#field < field; this.#field++) scanner.skipWord();
    this.#field++;
    return scanner.unsigned();
  }
}
