// Makes frames as a worker would, without a worker: for tests that drive the aggregator tick by tick.

import { Aggregator, type AggregatorOptions } from '../../src/main/aggregator.js';
import type { Intake } from '../../src/main/intake.js';
import { SourceRecord } from '../../src/main/source-record.js';
import { decodePacket } from '../../src/main/wire/decode.js';
import type { Packet } from '../../src/main/wire/packet.js';
import { ControlBlock } from '../../src/ring/control.js';
import { createRingMemory, HEADER_SLOTS, mapRing, SLOT_WORDS } from '../../src/ring/layout.js';
import { blankStamp, RingProducer, type TickStamp } from '../../src/ring/producer.js';
import type { Pace } from '../../src/workers/source.js';

export const INTERVAL_US = 10_000;
/** What sources at their own pace keep unless a test says otherwise. */
const OWN_INTERVAL_US = 1_000_000;
/** Wall clock of tick 0, microseconds: a multiple of every interval used. */
export const WALL_US = 1_800_000_000_000_000;
/** Monotonic clock at tick 0, nanoseconds. */
export const MONO_NS = 5_000_000_000;

export class FakeSource {
  readonly producer: RingProducer;
  readonly record: SourceRecord;
  readonly intake: Intake;
  readonly #stamp: TickStamp;
  readonly #intervalUs: number;
  readonly #memory: SharedArrayBuffer;

  constructor(aggregator: Aggregator, name: string, pace: Pace = 'tick', capacitySlots = 1 << 12) {
    const memory = createRingMemory(capacitySlots);
    this.#memory = memory;
    this.producer = new RingProducer(memory);
    this.record = new SourceRecord(name);
    this.record.state = 'active';
    this.record.attach(new ControlBlock(memory), capacitySlots);
    this.intake = aggregator.attach({ record: this.record, memory, pace });
    this.#intervalUs = pace === 'own' ? OWN_INTERVAL_US : INTERVAL_US;
    this.#stamp = blankStamp();
  }

  /**
   * Commits a frame for the n-th tick, with `fill` putting its samples.
   * @param change overrides of the stamp
   */
  tick(n: number, fill: (producer: RingProducer) => void = () => {}, change: Partial<TickStamp> = {}): void {
    const stamp = this.#stamp;
    stamp.wallUs = WALL_US + n * INTERVAL_US;
    stamp.tick = stamp.wallUs / INTERVAL_US;
    stamp.intervalUs = this.#intervalUs;
    stamp.latenessNs = 60_000;
    stamp.clockStep = false;
    stamp.beginNs = MONO_NS + n * INTERVAL_US * 1000 + stamp.latenessNs;
    Object.assign(stamp, change);
    this.producer.begin(stamp);
    fill(this.producer);
    this.producer.commit(stamp.beginNs + 100_000);
  }

  /** Overwrites the definitions of the oldest frame, as no producer would. */
  breakFrame(): void {
    const { words } = mapRing(this.#memory);
    words.fill(0xffffffff, HEADER_SLOTS * SLOT_WORDS, (HEADER_SLOTS + 1) * SLOT_WORDS);
  }
}

export interface Bench {
  readonly aggregator: Aggregator;
  readonly packets: Packet[];
  /** Drains at the monotonic time of the n-th tick plus `afterUs`. @returns what drain returned */
  drain(n: number, afterUs?: number): number;
}

export function bench(options: Partial<AggregatorOptions> = {}): Bench {
  const packets: Packet[] = [];
  const aggregator = new Aggregator({
    host: 'testhost',
    epoch: 42n,
    startNs: MONO_NS,
    intervalUs: INTERVAL_US,
    sink: (_zone, bytes) => packets.push(decodePacket(bytes)),
    onUnknownField: (source, field) => {
      throw new Error(`${source} defines ${field}`);
    },
    onTick: () => {},
    ...options,
  });
  const drain = (n: number, afterUs = 300): number =>
    aggregator.drain(MONO_NS + (n * INTERVAL_US + afterUs) * 1000, WALL_US + n * INTERVAL_US + afterUs);
  return { aggregator, packets, drain };
}
