// One cell that all workers ring and the main thread sleeps on, so that one wait serves every ring.
// The workers write it (Atomics.add); the main thread only reads. It carries no data: look into the rings.

/** Bytes: a pair of cache lines of its own. */
const DOORBELL_BYTES = 128;

export class Doorbell {
  readonly memory: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(DOORBELL_BYTES)) {
    this.memory = memory;
    this.#cell = new Int32Array(memory, 0, 1);
  }

  /** Rung by a worker after a commit. Never blocks. Partner: `wait`. */
  ring(): void {
    Atomics.add(this.#cell, 0, 1);
    Atomics.notify(this.#cell, 0);
  }

  /** The count to hand to `wait`; read it before draining, so that a ring during the drain is not slept over. */
  get count(): number {
    return Atomics.load(this.#cell, 0);
  }

  /**
   * Resolves when the bell has rung since `seen` was read, or after `ms`; at once (no promise) when it already has.
   * The promise keeps no process alive. A wait that was woken holds some 270 bytes until its `ms` are over, so ask for
   * a second, not for an hour. Partner: `ring`.
   */
  wait(seen: number, ms: number): Promise<'ok' | 'timed-out'> | 'not-equal' | 'timed-out' {
    const result = Atomics.waitAsync(this.#cell, 0, seen, ms);
    return result.async ? result.value : result.value;
  }
}
