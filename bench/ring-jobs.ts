// What the two threads of the ring's bench agree on.

export type Transport = 'ring' | 'ringbuf' | 'postMessage';

/** 1 MiB of samples in both rings. */
export const CAPACITY_SLOTS = 65_536;

/** Messages under way at once, so that the queue of postMessage does not grow without bound. */
export const MESSAGES_MAX = 256;

export interface RingBenchData {
  readonly ring: SharedArrayBuffer;
  readonly ringbuf: SharedArrayBuffer;
  /** Messages taken by the main thread. */
  readonly taken: SharedArrayBuffer;
}

export interface RingBenchJob {
  readonly transport: Transport;
  readonly batch: number;
  readonly frames: number;
}
