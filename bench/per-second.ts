// How often a function runs in a second, by tinybench.

import { Bench } from 'tinybench';

/** Calls per measurement, so that reading the clock costs nothing beside them. */
const BATCH = 500;
const ROUND_MS = 250;

/** @returns a contender for `interleave`: each call measures for a quarter of a second, by the median batch */
export function perSecond(work: () => void): () => Promise<number> {
  return async () => {
    const bench = new Bench({ time: ROUND_MS, iterations: 10, warmup: false, throws: true });
    bench.add('work', () => {
      for (let call = 0; call < BATCH; call++) work();
    });
    await bench.run();
    const { result } = bench.tasks[0]!;
    if (result.state !== 'completed') throw new Error(`the bench ended as ${result.state}`);
    return (BATCH * 1000) / result.latency.p50;
  };
}
