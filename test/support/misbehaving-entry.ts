// A worker entry with sources that misbehave on purpose, for the supervisor's tests. Runs in worker threads.

import { HOST_ZONE } from '../../src/ring/definition.js';
import { runSource } from '../../src/workers/runner.js';
import { type Source, type SourceContext, type SourceModule, SourceUnavailable } from '../../src/workers/source.js';
import type { WorkerResult, WorkerTask } from '../../src/workers/task.js';

/** Samples that a misbehaving source takes well before it shows its nature. */
const GOOD_SAMPLES = 5;

function moduleOf(name: string, field: string, misbehave: () => void, atOpen: () => void = () => {}): SourceModule {
  return {
    name,
    pace: 'tick',
    fields: [],
    probe: () => ({ available: true, shortfalls: [] }),
    open(context: SourceContext): Source {
      atOpen();
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

const modules: Record<string, SourceModule> = {
  steady: moduleOf('steady', 'threads', () => {}),
  throws: moduleOf('throws', 'processes', () => {
    throw new Error('thrown on purpose');
  }),
  exits: moduleOf('exits', 'processes', () => process.exit(3)),
  hangs: moduleOf('hangs', 'processes', () => {
    for (;;);
  }),
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
    () => {
      throw new Error('not today');
    },
  ),
};

export default async function run(task: WorkerTask): Promise<WorkerResult> {
  const module = modules[task.source];
  if (task.kind !== 'run' || module === undefined) throw new Error(`no source ${task.source}`);
  return runSource(module, task);
}
