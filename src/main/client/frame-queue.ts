// Frames between the socket and whoever iterates: bounded, the oldest gives way, and each that did is counted.

/** One message as it arrived. */
export interface Frame {
  /** A whole packet in either wire form, not decoded: see decodePacket. */
  readonly bytes: Uint8Array;
  /** When it was taken from the socket, milliseconds since the epoch by this host's clock. */
  readonly receivedMs: number;
}

export class FrameQueue {
  readonly #frames: (Frame | undefined)[];
  /** Frames ever pushed and taken (or dropped): positions, which grow for ever. */
  #head = 0;
  #tail = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.#frames = new Array(capacity).fill(undefined);
  }

  /** Frames that gave way to newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  push(frame: Frame): void {
    if (this.#tail - this.#head === this.#frames.length) {
      this.shift();
      this.#dropped++;
    }
    this.#frames[this.#tail++ % this.#frames.length] = frame;
  }

  /** @returns the oldest, or undefined when there is none */
  shift(): Frame | undefined {
    if (this.#head === this.#tail) return undefined;
    const index = this.#head++ % this.#frames.length;
    const frame = this.#frames[index];
    this.#frames[index] = undefined;
    return frame;
  }
}
