// Drives a source in the test's own thread: ring, producer and consumer at hand, one reading per call, and what it said
// by zone key, field and instance. What a worker's loop does between ticks is `housekeep`.

import { RingConsumer } from '../../src/ring/consumer.js';
import type { Definition, ZoneIdentity } from '../../src/ring/definition.js';
import { createRingMemory } from '../../src/ring/layout.js';
import { RingProducer, type TickStamp } from '../../src/ring/producer.js';
import { toBigInt } from '../../src/ring/u64.js';
import type { HostPaths, Source, SourceModule, SourceOptions } from '../../src/workers/source.js';

export const HOST_PATHS: HostPaths = { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' };

export interface HarnessSettings {
  readonly paths?: Partial<HostPaths>;
  readonly options?: SourceOptions;
  readonly capacitySlots?: number;
}

interface SeriesName {
  readonly generation: number;
  readonly zone: number;
  readonly field: string;
  readonly instance: readonly string[];
}

/** `zone key|field|instance,instance` */
export type SampleKey = string;

export class SourceHarness {
  readonly producer: RingProducer;
  readonly source: Source;
  readonly notes: string[] = [];
  /** Zones defined and not ended, by key. */
  readonly zones = new Map<string, ZoneIdentity>();
  /** What the last reading put. */
  values = new Map<SampleKey, bigint>();
  /** Samples of the last reading whose series was not (or no longer) defined. */
  stray = 0;
  readonly #consumer: RingConsumer;
  readonly #zoneKeys = new Map<number, string>();
  readonly #series = new Map<number, SeriesName>();
  #tick = 0;

  /** Opens the source. @throws what it throws */
  constructor(module: SourceModule, settings: HarnessSettings = {}) {
    const memory = createRingMemory(settings.capacitySlots ?? 1 << 16);
    this.producer = new RingProducer(memory);
    this.#consumer = new RingConsumer(memory);
    this.source = module.open({
      paths: { ...HOST_PATHS, ...settings.paths },
      options: settings.options ?? {},
      producer: this.producer,
      note: (detail) => this.notes.push(detail),
    });
  }

  /** One reading. @returns what it put */
  sample(): Map<SampleKey, bigint> {
    const nowNs = performance.now() * 1e6;
    const stamp: TickStamp = {
      tick: ++this.#tick,
      wallUs: Date.now() * 1000,
      intervalUs: 10_000,
      latenessNs: 0,
      missedTicks: 0,
      beginNs: nowNs,
      clockStep: false,
    };
    this.producer.begin(stamp);
    this.source.sample();
    this.producer.commit(performance.now() * 1e6);
    this.#drain();
    return this.values;
  }

  /** One turn of the event loop, which delivers what the kernel reported, then the source's housekeeping. */
  async housekeep(): Promise<void> {
    // Whatever phase of the loop we are called in, it polls between the first and the second.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    this.source.housekeep?.();
  }

  close(): void {
    this.source.close();
  }

  /** The value that the last reading gave; undefined when it gave none. */
  value(zone: string, field: string, ...instance: string[]): bigint | undefined {
    return this.values.get(`${zone}|${field}|${instance.join(',')}`);
  }

  /** Keys of the last reading's samples in a zone, without the zone. */
  fieldsOf(zone: string): string[] {
    return [...this.values.keys()].filter((key) => key.startsWith(`${zone}|`)).map((key) => key.slice(zone.length + 1));
  }

  #drain(): void {
    this.values = new Map();
    this.stray = 0;
    while (this.#consumer.peek()) {
      this.#consumer.take({
        define: (definition) => this.#define(definition),
        samples: (words, first, count, maskSlots) => {
          for (let i = 0; i < count; i++) {
            const at = ((first + i) & maskSlots) * 4;
            this.#take(words[at]!, words[at + 1]!, toBigInt(words[at + 2]!, words[at + 3]!));
          }
        },
      });
    }
  }

  #take(number: number, generation: number, value: bigint): void {
    const series = this.#series.get(number);
    if (series === undefined || series.generation !== generation) {
      this.stray++;
      return;
    }
    const key = `${this.#zoneKeys.get(series.zone)}|${series.field}|${series.instance.join(',')}`;
    if (this.values.has(key)) throw new Error(`two samples of ${key} in one reading`);
    this.values.set(key, value);
  }

  #define(definition: Definition): void {
    switch (definition.kind) {
      case 'defineZone':
        if (this.zones.has(definition.zone.key)) throw new Error(`zone ${definition.zone.key} is defined twice`);
        this.zones.set(definition.zone.key, definition.zone);
        this.#zoneKeys.set(definition.number, definition.zone.key);
        break;
      case 'endZone':
        this.zones.delete(this.#zoneKeys.get(definition.number) ?? '');
        this.#zoneKeys.delete(definition.number);
        break;
      case 'defineSeries':
        this.#series.set(definition.number, definition);
        break;
      case 'endSeries':
        this.#series.delete(definition.number);
        break;
    }
  }
}
