// A copy of the recorded procfs in a directory of its own, to be altered at will, and the source procfs reading it:
// what a test writes into the tree, the next `tick` returns. Runs in the test's thread.

import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AgentStats } from '../../src/ring/agent-stats.js';
import { RingConsumer } from '../../src/ring/consumer.js';
import type { Definition } from '../../src/ring/definition.js';
import { createRingMemory } from '../../src/ring/layout.js';
import { blankStamp, RingProducer } from '../../src/ring/producer.js';
import { toBigInt } from '../../src/ring/u64.js';
import { source as procfs } from '../../src/workers/procfs/source.js';
import type { HostPaths, Source, SourceModule, SourceOptions } from '../../src/workers/source.js';
import { HostDirectory } from '../support/host-directory.js';

/** dist/test/workers and test/fixtures both hang from the package's root. */
export const RECORDING = fileURLToPath(new URL('../../../test/fixtures/linux-6.18', import.meta.url));

/** Reads any source by itself, tick by tick, through a real ring. */
export class SourceReader {
  readonly notes: string[] = [];
  /** `field[instance,…]` of the series that are defined at present, by number. */
  readonly series = new Map<number, string>();
  readonly producer: RingProducer;
  readonly source: Source;
  readonly stats = new AgentStats();
  readonly #consumer: RingConsumer;
  readonly #stamp = blankStamp(1000);

  constructor(module: SourceModule, paths: HostPaths, options: SourceOptions = {}) {
    const memory = createRingMemory(65536);
    this.producer = new RingProducer(memory);
    this.#consumer = new RingConsumer(memory);
    this.source = module.open({
      paths,
      options,
      producer: this.producer,
      agentStats: this.stats,
      note: (detail) => this.notes.push(detail),
    });
  }

  /** Samples once. @returns what was put, by `field` or `field[instance,…]` */
  tick(): Map<string, bigint> {
    const values = new Map<string, bigint>();
    this.#stamp.tick++;
    this.producer.begin(this.#stamp);
    this.source.sample();
    this.producer.commit(0);
    while (this.#consumer.peek()) {
      this.#consumer.take({
        define: (definition) => this.#define(definition),
        samples: (words, first, count, mask) => {
          for (let i = 0; i < count; i++) {
            const at = ((first + i) & mask) * 4;
            values.set(this.series.get(words[at]!) ?? 'undefined', toBigInt(words[at + 2]!, words[at + 3]!));
          }
        },
      });
    }
    return values;
  }

  #define(definition: Definition): void {
    if (definition.kind === 'defineSeries') {
      const { field, instance } = definition;
      this.series.set(definition.number, instance.length === 0 ? field : `${field}[${instance.join(',')}]`);
    }
    if (definition.kind === 'endSeries') this.series.delete(definition.number);
  }
}

export class HostTree extends HostDirectory {
  constructor() {
    super();
    cpSync(RECORDING, this.root, { recursive: true });
  }

  /** The source procfs on this tree, with every file read at every tick. */
  open(options: SourceOptions = { everyMs: { vmstat: 0, diskErrors: 0 } }): SourceReader {
    return new SourceReader(procfs, this.paths, options);
  }
}
