// A map that forgets: zones, hosts and publishers come and go for months, and what is known of those gone must not add up.

export class RecentMap<Key, Value> {
  readonly #limit: number;
  #recent = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** @param limit a key is kept at least until this many others were used since; at most twice as many are held */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    const value = this.#recent.get(key);
    if (value !== undefined) return value;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    if (this.#recent.size >= this.#limit && !this.#recent.has(key)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#older.delete(key);
    this.#recent.set(key, value);
  }

  *entries(): IterableIterator<[Key, Value]> {
    yield* this.#older;
    yield* this.#recent;
  }
}
