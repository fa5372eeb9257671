// Memory for packets on their way out. A byte that was handed over is never written again: zeromq keeps a reference to
// every message over 128 bytes until each peer has it, and says to nobody when that is. So packets are laid one behind
// the other into a slab, a full slab is let go, and the garbage collector frees it once libzmq holds no view of it.
// Main thread only.

/** Below malloc's mmap threshold, so that a freed slab's pages are used again without faulting them in anew. */
const SLAB_BYTES = 64 * 1024;

export class Arena {
  /** The slab to write into, at `at`. Replaced by `reserve`. */
  slab: Uint8Array = new Uint8Array(0);
  at = 0;
  #slabs = 0;

  /** Slabs taken since the start. */
  get slabs(): number {
    return this.#slabs;
  }

  /** Makes room for `bytes` behind `at`. Allocates only when the slab is full. */
  reserve(bytes: number): void {
    if (this.slab.length - this.at >= bytes) return;
    // Uninitialised on purpose: every byte that leaves was written by the encoder. Not pooled: the slab is ours alone.
    this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.at = 0;
    this.#slabs++;
  }

  /** Hands over the bytes from `at` to `end` as one message; what follows goes behind them. */
  handOver(end: number): Uint8Array {
    const message = this.slab.subarray(this.at, end);
    this.at = end;
    return message;
  }
}
