// How often the run queue was seen how long. Linux tells cheaply only the number of tasks that run or wait on the whole
// host, so it stands under core 0; per core only a tracer can tell.

import type { Host } from './host.js';

/** Longer queues are counted here: "255 or more". */
const LENGTH_MAX = 255;

export class CpuQueue {
  readonly #host: Host;
  readonly #seen = new Float64Array(LENGTH_MAX + 1);
  readonly #series: number[] = [];
  /** Lengths seen so far, in the order of their series. */
  readonly #lengths: number[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /** @param running tasks that run or wait, the reader's own thread among them */
  observe(running: number): void {
    const length = Math.min(LENGTH_MAX, Math.max(0, running - 1));
    if (this.#seen[length] === 0) this.#appear(length);
    this.#seen[length]!++;
    for (let i = 0; i < this.#lengths.length; i++) {
      this.#host.producer.putNumber(this.#series[i]!, this.#seen[this.#lengths[i]!]!);
    }
  }

  #appear(length: number): void {
    this.#lengths.push(length);
    this.#series.push(this.#host.series('cpuqueue.amount', ['0', String(length)]));
  }
}
