// Tiny sources for the runner's tests, and the thread they run in: workerData says which. A source says what happens to
// it through shared cells, so that a test can wait for it and hold it back.

import { parentPort, workerData } from 'node:worker_threads';
import { HOST_ZONE } from '../../src/ring/definition.js';
import { type RunTask, runSource } from '../../src/workers/runner.js';
import { type Source, type SourceContext, type SourceModule, SourceUnavailable } from '../../src/workers/source.js';

/** Cells that the test and its source share. */
export const PROBE = { samples: 0, housekeepings: 1, closed: 2, costUs: 3, messages: 4, heldBack: 5 } as const;

export interface RunnerWork {
  readonly module: keyof typeof MODULES;
  readonly task: RunTask;
  readonly probe: SharedArrayBuffer;
}

function busyFor(us: number): void {
  const until = performance.now() + us / 1000;
  while (performance.now() < until);
}

type Hooks = Partial<Pick<SourceModule, 'pace' | 'defaultIntervalMs'>> & {
  readonly open?: () => void;
  readonly sample?: (count: number) => void;
  readonly housekeeping?: boolean;
};

function moduleOf(hooks: Hooks): (probe: Int32Array) => SourceModule {
  return (probe) => ({
    name: 'probe',
    pace: hooks.pace ?? 'tick',
    ...(hooks.defaultIntervalMs === undefined ? {} : { defaultIntervalMs: hooks.defaultIntervalMs }),
    fields: [],
    probe: () => ({ available: true, shortfalls: [] }),
    open(context: SourceContext): Source {
      hooks.open?.();
      const { producer } = context;
      const zone = producer.defineZone(HOST_ZONE);
      const series = producer.defineSeries(zone, 'threads');
      const source: Source = {
        sample(): void {
          const count = Atomics.add(probe, PROBE.samples, 1) + 1;
          Atomics.notify(probe, PROBE.samples);
          busyFor(Atomics.load(probe, PROBE.costUs));
          producer.putNumber(series, count);
          hooks.sample?.(count);
        },
        close(): void {
          Atomics.store(probe, PROBE.closed, 1);
        },
      };
      if (hooks.housekeeping === true) {
        // Ports are served only while the event loop turns.
        parentPort?.on('message', () => Atomics.add(probe, PROBE.messages, 1));
        parentPort?.unref();
        source.housekeep = () => {
          Atomics.add(probe, PROBE.housekeepings, 1);
        };
      }
      return source;
    },
  });
}

const MODULES = {
  steady: moduleOf({}),
  own: moduleOf({ pace: 'own', defaultIntervalMs: 100 }),
  housekeeping: moduleOf({ housekeeping: true }),
  throwing: moduleOf({
    sample: (count) => {
      if (count === 3) throw new Error('the third reading failed');
    },
  }),
  unavailable: moduleOf({
    open: () => {
      throw new SourceUnavailable('no such thing here', 'get one');
    },
  }),
  broken: moduleOf({
    open: () => {
      throw new Error('could not open');
    },
  }),
};

if (parentPort !== null && workerData?.probe instanceof SharedArrayBuffer) {
  const { module, task, probe } = workerData as RunnerWork;
  const outcome = await runSource(MODULES[module](new Int32Array(probe)), task).then(
    (result) => ({ result }),
    (error: Error) => ({ error: error.message }),
  );
  parentPort.postMessage(outcome);
}
