// Files of lines `key value` (memory.stat, cpu.stat, memory.events, …): the wanted values, without strings. The kernel
// prints the same lines in the same order every time, so which line holds what is learnt once and then only checked.
// One reader serves all files of a kind in a thread; its results stand until its next `parse`.

import { keyBytes, type Scanner } from './scanner.js';

/** What the lines of a file hold; shared by all files of the same shape. */
export interface LinePlan {
  /** Per line the index of the wanted key it holds, or -1. */
  readonly keys: Int16Array;
  /** False when the file lacks some key: then every other line is looked at too, for it may have come. */
  readonly complete: boolean;
}

export class FlatKeyed {
  /** Halves of the values, by the index of their key; meaningful where `found` is 1. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly found: Uint8Array;
  readonly #keys: readonly Uint8Array[];
  readonly #plans: LinePlan[] = [];

  readonly #unit: Uint8Array;

  /** @param unit that every value may be followed by: ` kB` in meminfo */
  constructor(keys: readonly string[], unit = '') {
    this.#unit = keyBytes(unit);
    this.#keys = keys.map((key) => keyBytes(`${key} `));
    this.low = new Uint32Array(keys.length);
    this.high = new Uint32Array(keys.length);
    this.found = new Uint8Array(keys.length);
  }

  /**
   * Reads the values of a whole file, the scanner standing at its begin. Allocates only for a shape it has not seen.
   * @param plan what the last call for the same file returned
   * @returns the plan for the next call; undefined when the file holds none of the keys or is garbled
   */
  parse(scanner: Scanner, plan: LinePlan | undefined): LinePlan | undefined {
    if (plan !== undefined && this.#follow(scanner, plan)) return plan;
    scanner.at = 0;
    return this.#learn(scanner);
  }

  /** The value of key `index` as a double; 0 where it was not found. */
  number(index: number): number {
    return this.found[index] === 1 ? this.high[index]! * 4294967296 + this.low[index]! : 0;
  }

  #follow(scanner: Scanner, plan: LinePlan): boolean {
    this.found.fill(0);
    const { keys, complete } = plan;
    for (let line = 0; line < keys.length; line++) {
      if (scanner.atEnd) return false;
      const key = keys[line]!;
      if (key >= 0) {
        if (!scanner.matches(this.#keys[key]!) || !this.#take(scanner, key)) return false;
      } else if (!complete && this.#keyAt(scanner) >= 0) return false;
      scanner.skipLine();
    }
    return complete || scanner.atEnd;
  }

  #learn(scanner: Scanner): LinePlan | undefined {
    this.found.fill(0);
    const lines: number[] = [];
    let wanted = 0;
    while (!scanner.atEnd && wanted < this.#keys.length) {
      const key = this.#keyAt(scanner);
      if (key >= 0) {
        if (!this.#take(scanner, key)) return undefined;
        wanted++;
      }
      lines.push(key);
      scanner.skipLine();
    }
    return wanted === 0 ? undefined : this.#intern(lines);
  }

  #keyAt(scanner: Scanner): number {
    for (let key = 0; key < this.#keys.length; key++) {
      if (this.found[key] === 0 && scanner.matches(this.#keys[key]!)) return key;
    }
    return -1;
  }

  #take(scanner: Scanner, key: number): boolean {
    if (!scanner.unsigned()) return false;
    scanner.matches(this.#unit);
    if (!scanner.atLineEnd) return false;
    this.low[key] = scanner.low;
    this.high[key] = scanner.high;
    this.found[key] = 1;
    return true;
  }

  #intern(lines: readonly number[]): LinePlan {
    for (const plan of this.#plans) {
      if (plan.keys.length === lines.length && plan.keys.every((key, line) => key === lines[line])) return plan;
    }
    const complete = lines.filter((key) => key >= 0).length === this.#keys.length;
    const plan = { keys: Int16Array.from(lines), complete };
    this.#plans.push(plan);
    return plan;
  }
}
