// The values of every zone, in one typed array: a cell is a 64-bit value in two halves and the round it was written in.
// Main thread only. The aggregator writes cells, encodePacket reads those of the present round; nothing here allocates
// but growth.

/** Words of a cell. */
export const CELL_WORDS = 3;
export const CELL_LOW = 0;
export const CELL_HIGH = 1;
export const CELL_ROUND = 2;

export class CellStore {
  /** Replaced when the store grows: don't keep it across an `allocate`. Cell c begins at word 3c. */
  words: Uint32Array;
  /** The same memory as int32, which the engine never puts on the heap: what encodePacket reads. Replaced likewise. */
  signed: Int32Array;
  readonly #free: number[] = [];
  #next = 0;

  constructor(capacity = 1024) {
    this.words = new Uint32Array(capacity * CELL_WORDS);
    this.signed = new Int32Array(this.words.buffer);
  }

  /** Cells in use. */
  get live(): number {
    return this.#next - this.#free.length;
  }

  /** @returns a cell that holds nothing of any round but 0. */
  allocate(): number {
    const cell = this.#free.pop() ?? this.#next++;
    if ((cell + 1) * CELL_WORDS > this.words.length) {
      const grown = new Uint32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
      this.signed = new Int32Array(grown.buffer);
    }
    this.words[cell * CELL_WORDS + CELL_ROUND] = 0;
    return cell;
  }

  release(cell: number): void {
    this.#free.push(cell);
  }

  /** As if no cell had been written in any round. */
  forgetRounds(): void {
    for (let at = CELL_ROUND; at < this.words.length; at += CELL_WORDS) this.words[at] = 0;
  }

  set(cell: number, low: number, high: number, round: number): void {
    const at = cell * CELL_WORDS;
    this.words[at + CELL_LOW] = low;
    this.words[at + CELL_HIGH] = high;
    this.words[at + CELL_ROUND] = round;
  }
}
