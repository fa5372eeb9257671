// Rows of a kernel file that come and go while it is read: cores, disks, interfaces. A row is found by the bytes of its
// name; a string is made only when it first appears. Runs in the thread of the source that reads the file.

const decoder = new TextDecoder();

interface Row<T> {
  readonly name: Uint8Array;
  readonly value: T;
}

export class RowTable<T> {
  readonly #rows: Row<T>[] = [];
  readonly #appear: (name: string) => T;
  readonly #vanish: (value: T) => void;
  /** Rows before this one have been seen in the present reading; here stands the next if nothing has changed. */
  #next = 0;

  /**
   * @param appear makes what belongs to a new row
   * @param vanish ends it
   */
  constructor(appear: (name: string) => T, vanish: (value: T) => void) {
    this.#appear = appear;
    this.#vanish = vanish;
  }

  get size(): number {
    return this.#rows.length;
  }

  valueAt(index: number): T {
    return this.#rows[index]!.value;
  }

  begin(): void {
    this.#next = 0;
  }

  /** What belongs to the row named by `bytes` from `from` to before `to`. Allocates only when the row is new. */
  row(bytes: Uint8Array, from: number, to: number): T {
    const rows = this.#rows;
    const expected = this.#next;
    // A name that this reading has shown already is no second row; files that repeat it do so on the next line.
    if (expected > 0 && sameBytes(rows[expected - 1]!.name, bytes, from, to)) return rows[expected - 1]!.value;
    let found = this.#find(bytes, from, to, expected, rows.length);
    if (found < 0) {
      const earlier = this.#find(bytes, from, to, 0, expected);
      if (earlier >= 0) return rows[earlier]!.value;
      found = rows.length;
      this.#add(bytes.slice(from, to));
    }
    this.#next++;
    const row = rows[found]!;
    // Rows drift into the order of the file, so that the first comparison hits.
    rows[found] = rows[expected]!;
    rows[expected] = row;
    return row.value;
  }

  /** Ends the rows that this reading did not show. Call it only when the file was read whole. */
  finish(): void {
    for (let i = this.#rows.length - 1; i >= this.#next; i--) this.#vanish(this.#rows[i]!.value);
    this.#rows.length = this.#next;
  }

  /** Ends all rows; those of the next reading are new. */
  clear(): void {
    this.begin();
    this.finish();
  }

  #find(bytes: Uint8Array, from: number, to: number, first: number, end: number): number {
    for (let i = first; i < end; i++) {
      if (sameBytes(this.#rows[i]!.name, bytes, from, to)) return i;
    }
    return -1;
  }

  #add(name: Uint8Array): void {
    this.#rows.push({ name, value: this.#appear(decoder.decode(name)) });
  }
}

function sameBytes(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + i]) return false;
  return true;
}
