// Distribution of nanosecond durations in fixed memory: log-linear buckets, 32 to each power of two (under 3.2 % error).
// Main thread only. Recording neither allocates nor branches on history; see docs/ARCHITECTURE.md for who records what.

const SUB_BITS = 5;
const SUB_BUCKETS = 1 << SUB_BITS;
/** Durations at or above 2^32 ns (4.29 s) fall into the last bucket. */
const BUCKETS = (32 - SUB_BITS + 1) * SUB_BUCKETS;

export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** Largest value recorded, exact, nanoseconds. */
  get maxNs(): number {
    return this.#max;
  }

  record(ns: number): void {
    this.#counts[bucketOf(ns)]!++;
    this.#count++;
    if (ns > this.#max) this.#max = ns;
  }

  /** Upper bound of the bucket that holds the `q` quantile (0 to 1), nanoseconds; 0 when nothing was recorded. */
  quantileNs(q: number): number {
    if (this.#count === 0) return 0;
    let rank = Math.max(1, Math.ceil(q * this.#count));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      rank -= this.#counts[bucket]!;
      if (rank <= 0) return Math.min(this.#max, upperBoundOf(bucket));
    }
    return this.#max;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}

function bucketOf(ns: number): number {
  if (ns >= 0xffffffff) return BUCKETS - 1;
  const value = ns < 0 ? 0 : ns >>> 0;
  if (value < SUB_BUCKETS) return value;
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + ((value >>> shift) - SUB_BUCKETS);
}

function upperBoundOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const mantissa = (bucket % SUB_BUCKETS) + SUB_BUCKETS;
  return (mantissa + 1) * 2 ** shift - 1;
}
