// Hands out small whole numbers, last-freed first, with a generation per number.
// One thread owns a pool. Memory is bounded by the most numbers ever live at once, not by how many came and went.

export class NumberPool {
  readonly #free: number[] = [];
  #generations: Uint32Array = new Uint32Array(256);
  #next = 0;

  /** Numbers in use. */
  get live(): number {
    return this.#next - this.#free.length;
  }

  /** A number in nobody's use; its generation is one more than at its last use. Amortised O(1). */
  take(): number {
    const number = this.#free.pop() ?? this.#next++;
    if (number >= this.#generations.length) {
      const grown = new Uint32Array(this.#generations.length * 2);
      grown.set(this.#generations);
      this.#generations = grown;
    }
    this.#generations[number]!++;
    return number;
  }

  release(number: number): void {
    this.#free.push(number);
  }

  /** Generation of the number's present (or last) use, from 1. */
  generationOf(number: number): number {
    return this.#generations[number] ?? 0;
  }
}
