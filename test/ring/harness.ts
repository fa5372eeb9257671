// Drives a producer, a consumer and the model through the same operations, in the test's own thread. Every disagreement
// throws an AssertionError.

import assert from 'node:assert/strict';
import { RingConsumer } from '../../src/ring/consumer.js';
import type { Definition, ZoneIdentity } from '../../src/ring/definition.js';
import { CELL, CONTROL_WORDS, createRingMemory } from '../../src/ring/layout.js';
import { RingProducer, type TickStamp } from '../../src/ring/producer.js';
import { FrameModel, type ModelFrame, type Sample } from './model.js';
import { ReaderTables } from './reader-tables.js';

export type Operation =
  | { readonly op: 'defineZone'; readonly zone: ZoneIdentity }
  | { readonly op: 'endZone'; readonly pick: number }
  | { readonly op: 'defineSeries'; readonly pick: number; readonly field: string; readonly instance: readonly string[] }
  | { readonly op: 'endSeries'; readonly pick: number }
  | { readonly op: 'begin' | 'breakIfLarge' | 'commit' | 'abandon' }
  | { readonly op: 'put'; readonly pick: number; readonly count: number; readonly low: number; readonly high: number }
  | { readonly op: 'drain'; readonly frames: number };

/** Spoils the shared memory between two operations, to show that the checks notice. */
export type Sabotage = (cells: Int32Array, words: Uint32Array) => void;

/** Creates a ring whose positions begin at `start`, as if so many slots had gone through it already. */
export function createRingAt(capacitySlots: number, start: number): SharedArrayBuffer {
  const memory = createRingMemory(capacitySlots);
  const cells = new Int32Array(memory, 0, CONTROL_WORDS);
  cells[CELL.head] = start;
  cells[CELL.tail] = start;
  return memory;
}

/** How often a run met what it is there to meet. */
export interface Coverage {
  committed: number;
  dropped: number;
  pieces: number;
  wrapped: number;
  reused: number;
}

export class Harness {
  readonly coverage: Coverage = { committed: 0, dropped: 0, pieces: 0, wrapped: 0, reused: 0 };
  readonly #memory: SharedArrayBuffer;
  readonly #producer: RingProducer;
  readonly #consumer: RingConsumer;
  readonly #capacity: number;
  readonly #sabotage: Sabotage | undefined;

  readonly #model: FrameModel;
  readonly #tables = new ReaderTables();
  #tick = 1_000_000;
  #clock = 5_000_000_000_000;
  readonly #zones: { number: number; generation: number; series: Set<number> }[] = [];
  readonly #series: { number: number; generation: number; zone: number }[] = [];
  readonly #generations = { zone: new Map<number, number>(), series: new Map<number, number>() };

  constructor(capacitySlots: number, start: number, sabotage?: Sabotage) {
    this.#memory = createRingAt(capacitySlots, start);
    this.#producer = new RingProducer(this.#memory);
    this.#consumer = new RingConsumer(this.#memory);
    this.#capacity = capacitySlots;
    this.#model = new FrameModel(capacitySlots);
    this.#sabotage = sabotage;
  }

  run(operations: readonly Operation[]): void {
    for (const operation of operations) {
      this.#apply(operation);
      this.#spoil();
      this.#checkCounters();
    }
    if (this.#model.isOpen) this.#commit();
    // A frame after a drain carries what still waits.
    this.#drain(Number.POSITIVE_INFINITY);
    this.#begin();
    this.#commit();
    this.#drain(Number.POSITIVE_INFINITY);
    this.#checkCounters();
    assert.equal(this.#consumer.usedSlots, 0);
    this.coverage.committed = this.#model.counts.frames;
    this.coverage.dropped = this.#model.counts.droppedFrames;
    this.coverage.pieces = this.#model.pieces;
  }

  #spoil(): void {
    this.#sabotage?.(new Int32Array(this.#memory, 0, CONTROL_WORDS), new Uint32Array(this.#memory, CONTROL_WORDS * 4));
  }

  #apply(operation: Operation): void {
    switch (operation.op) {
      case 'defineZone':
        this.#defineZone(operation.zone);
        break;
      case 'endZone':
        this.#endZone(operation.pick);
        break;
      case 'defineSeries':
        this.#defineSeries(operation.pick, operation.field, operation.instance);
        break;
      case 'endSeries':
        this.#endSeries(operation.pick);
        break;
      case 'begin':
        if (!this.#model.isOpen) this.#begin();
        else assert.throws(() => this.#producer.begin(this.#stamp()), /open already/);
        break;
      case 'put':
        this.#put(operation.pick, operation.count, operation.low, operation.high);
        break;
      case 'breakIfLarge':
        if (this.#model.isOpen) this.#breakIfLarge();
        break;
      case 'commit':
        if (this.#model.isOpen) this.#commit();
        else assert.throws(() => this.#producer.commit(0), /no frame is open/);
        break;
      case 'abandon':
        this.#producer.abandon();
        this.#model.abandon();
        break;
      case 'drain':
        this.#drain(operation.frames);
        break;
    }
  }

  // -- definitions

  #defineZone(zone: ZoneIdentity): void {
    const number = this.#producer.defineZone(zone);
    const generation = this.#nextGeneration('zone', number);
    assert.ok(!this.#zones.some((other) => other.number === number), 'a zone number in use was handed out');
    this.#zones.push({ number, generation, series: new Set() });
    this.#model.waiting.push({ kind: 'defineZone', number, generation, zone });
  }

  #endZone(pick: number): void {
    const zone = this.#zones[pick % this.#zones.length];
    if (zone === undefined) {
      assert.throws(() => this.#producer.endZone(99_999), RangeError);
      return;
    }
    this.#producer.endZone(zone.number);
    for (const number of zone.series) this.#forgetSeries(number);
    this.#zones.splice(this.#zones.indexOf(zone), 1);
    this.#model.waiting.push({ kind: 'endZone', number: zone.number, generation: zone.generation });
  }

  #defineSeries(pick: number, field: string, instance: readonly string[]): void {
    const zone = this.#zones[pick % this.#zones.length];
    if (zone === undefined) {
      assert.throws(() => this.#producer.defineSeries(0, field, instance), RangeError);
      return;
    }
    const number = this.#producer.defineSeries(zone.number, field, instance);
    const generation = this.#nextGeneration('series', number);
    assert.ok(!this.#series.some((other) => other.number === number), 'a series number in use was handed out');
    zone.series.add(number);
    this.#series.push({ number, generation, zone: zone.number });
    this.#model.waiting.push({ kind: 'defineSeries', number, generation, zone: zone.number, field, instance });
  }

  #endSeries(pick: number): void {
    const series = this.#series[pick % this.#series.length];
    if (series === undefined) {
      assert.throws(() => this.#producer.endSeries(0), RangeError);
      return;
    }
    this.#producer.endSeries(series.number);
    this.#forgetSeries(series.number);
  }

  #forgetSeries(number: number): void {
    const at = this.#series.findIndex((series) => series.number === number);
    const [series] = this.#series.splice(at, 1);
    assert.ok(series);
    this.#zones.find((zone) => zone.number === series.zone)?.series.delete(number);
    this.#model.waiting.push({ kind: 'endSeries', number, generation: series.generation });
  }

  #nextGeneration(kind: 'zone' | 'series', number: number): number {
    const generation = (this.#generations[kind].get(number) ?? 0) + 1;
    this.#generations[kind].set(number, generation);
    if (generation > 1) this.coverage.reused++;
    return generation;
  }

  // -- frames

  #stamp(): TickStamp {
    const tick = this.#tick;
    return {
      tick,
      wallUs: tick * 10_000,
      intervalUs: 10_000,
      latenessNs: tick % 7 === 0 ? 1e12 : tick % 1000,
      missedTicks: tick % 11,
      beginNs: this.#clock,
      clockStep: tick % 5 === 0,
    };
  }

  #begin(): void {
    this.#tick++;
    this.#clock += 10_000_000;
    this.#producer.begin(this.#stamp());
    this.#model.begin(this.#tick, this.#clock);
  }

  #put(pick: number, count: number, low: number, high: number): void {
    const series = this.#series[pick % this.#series.length];
    if (!this.#model.isOpen || series === undefined) return;
    for (let i = 0; i < count; i++) {
      const lowHere = (low + i) >>> 0;
      this.#producer.put(series.number, lowHere, high);
      this.#model.put([series.number, series.generation, lowHere, high]);
    }
  }

  #breakIfLarge(): void {
    this.#clock += 1000;
    this.#producer.breakIfLarge(this.#clock);
    this.#model.breakIfLarge(this.#clock);
  }

  #commit(): void {
    this.#clock += 1000;
    const fits = this.#model.commit(this.#clock);
    assert.equal(this.#producer.commit(this.#clock), fits, 'commit says whether the frame is visible');
  }

  // -- the reader's side

  #drain(frames: number): void {
    for (let i = 0; i < frames; i++) {
      const positionBefore = this.#headIndex();
      this.#spoil();
      const found = this.#consumer.peek();
      assert.equal(found, this.#model.queue.length > 0, 'a frame is there exactly when one was committed');
      if (!found) return;
      this.#takeAndCompare(this.#model.queue.shift() as ModelFrame);
      if (this.#headIndex() < positionBefore) this.coverage.wrapped++;
    }
  }

  #headIndex(): number {
    return new Int32Array(this.#memory, 0, CONTROL_WORDS)[CELL.head]! & (this.#capacity - 1);
  }

  #takeAndCompare(expected: ModelFrame): void {
    const { lengthSlots, more, tick, endNs, sampleCount, wallUs, latenessNs, clockStep, missedTicks } =
      this.#consumer.header;
    assert.deepEqual(
      { lengthSlots, more, tick, endNs, sampleCount, wallUs, latenessNs, clockStep, missedTicks },
      {
        lengthSlots: expected.slots,
        more: expected.more,
        tick: expected.tick,
        endNs: expected.endNs,
        sampleCount: expected.samples.length,
        wallUs: expected.tick * 10_000,
        latenessNs: expected.tick % 7 === 0 ? 0xffffffff : expected.tick % 1000,
        clockStep: expected.tick % 5 === 0,
        missedTicks: expected.tick % 11,
      },
    );
    const definitions: Definition[] = [];
    const samples: Sample[] = [];
    this.#consumer.take({
      define: (definition) => {
        assert.equal(samples.length, 0, 'definitions come before samples');
        definitions.push(definition);
        this.#tables.learn(definition);
      },
      samples: (words, first, count, maskSlots) => {
        for (let i = 0; i < count; i++) {
          const at = ((first + i) & maskSlots) * 4;
          samples.push([words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!]);
        }
      },
    });
    assert.deepEqual(definitions, expected.definitions);
    assert.deepEqual(samples, expected.samples);
    for (const [series, generation] of samples) {
      this.#tables.expectDefined(series, generation);
    }
    assert.throws(() => this.#consumer.take({ define() {}, samples() {} }), /peeked/);
  }

  #checkCounters(): void {
    const control = this.#producer.control;
    assert.deepEqual(
      {
        frames: control.get('frames'),
        droppedFrames: control.get('droppedFrames'),
        droppedSamples: control.get('droppedSamples'),
        liveZones: control.get('liveZones'),
        liveSeries: control.get('liveSeries'),
        usedSlots: this.#consumer.usedSlots,
      },
      {
        ...this.#model.counts,
        liveZones: this.#zones.length,
        liveSeries: this.#series.length,
        usedSlots: this.#model.usedSlots,
      },
    );
    assert.ok(control.get('fillMaxSlots') <= this.#capacity);
  }
}
