// How long to wait before a restart: doubling, with jitter so that several sources do not come back in step.

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A number in [0, 1); Math.random unless a test says otherwise. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random ?? Math.random;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure. @returns milliseconds to wait, within 20 % of firstMs x 2^(failures - 1), at most maxMs x 1.2 */
  fail(): number {
    const plain = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#failures);
    this.#failures++;
    return Math.round(plain * (0.8 + 0.4 * this.#random()));
  }

  /** It has run long enough to be taken for healthy. */
  reset(): void {
    this.#failures = 0;
  }
}
