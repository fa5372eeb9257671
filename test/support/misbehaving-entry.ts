// A worker entry with sources that misbehave on purpose, for the supervisor's tests. Runs in worker threads.

import { HOST_ZONE } from '../../src/ring/definition.js';
import { runSource } from '../../src/workers/runner.js';
import {
  type Source,
  type SourceContext,
  type SourceModule,
  type SourceOptions,
  SourceUnavailable,
} from '../../src/workers/source.js';
import type { WorkerResult, WorkerTask } from '../../src/workers/task.js';

/** Samples that a misbehaving source takes well before it shows its nature. */
const GOOD_SAMPLES = 5;
/** How long the source `pauses` stands still, once. */
const PAUSE_MS = 2500;

function moduleOf(
  name: string,
  field: string,
  misbehave: () => void,
  atOpen: (options: SourceOptions) => void = () => {},
): SourceModule {
  return {
    name,
    pace: 'tick',
    fields: [],
    probe: () => ({ available: true, shortfalls: [] }),
    open(context: SourceContext): Source {
      atOpen(context.options);
      const { producer } = context;
      const zone = producer.defineZone(HOST_ZONE);
      const series = producer.defineSeries(zone, field);
      let samples = 0;
      return {
        sample(): void {
          producer.putNumber(series, ++samples);
          if (samples > GOOD_SAMPLES) misbehave();
        },
        close(): void {},
      };
    },
  };
}

const hoard: unknown[] = [];

/** As a thread of a stopped process does: stands still for a while, and goes on as if nothing had been. */
let paused = false;
function pauseOnce(): void {
  if (paused) return;
  paused = true;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

const modules: Record<string, SourceModule> = {
  steady: moduleOf('steady', 'threads', () => {}),
  throws: moduleOf('throws', 'processes', () => {
    throw new Error('thrown on purpose');
  }),
  exits: moduleOf('exits', 'processes', () => process.exit(3)),
  hangs: moduleOf('hangs', 'processes', () => {
    for (;;);
  }),
  pauses: moduleOf('pauses', 'processes', pauseOnce),
  hoards: moduleOf('hoards', 'processes', () => {
    for (;;) hoard.push(new Array(1e6).fill(hoard.length + 0.5));
  }),
  unavailable: moduleOf(
    'unavailable',
    'processes',
    () => {},
    () => {
      throw new SourceUnavailable('no such device here', 'plug it in');
    },
  ),
  'fails-to-open': moduleOf(
    'fails-to-open',
    'processes',
    () => {},
    (options) => {
      if (options['mended'] !== true) throw new Error('not today');
    },
  ),
};

export default async function run(task: WorkerTask): Promise<WorkerResult> {
  const module = modules[task.source];
  if (task.kind !== 'run' || module === undefined) throw new Error(`no source ${task.source}`);
  return runSource(module, task);
}
