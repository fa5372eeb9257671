// The clock of every time stamp that crosses a ring: nanoseconds of CLOCK_MONOTONIC as a double, the same in every thread.
// Each thread makes its own reader once; reading neither blocks nor makes a BigInt.

/** Tries to find the difference of the two clocks: the one that took least is least wrong. */
const ATTEMPTS = 20;

/** @returns a function that reads the clock: performance.now() plus what it lacks, found here, within a microsecond or so */
export function monotonicClock(): () => number {
  let offsetNs = 0;
  let tightestNs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ATTEMPTS; i++) {
    const before = performance.now() * 1e6;
    const monotonic = Number(process.hrtime.bigint());
    const after = performance.now() * 1e6;
    if (after - before >= tightestNs) continue;
    tightestNs = after - before;
    offsetNs = monotonic - (before + after) / 2;
  }
  return () => performance.now() * 1e6 + offsetNs;
}
