// A ring in plain arrays, and a harness that drives producer, consumer and model through the same operations.
// Test thread only. Every disagreement throws an AssertionError; the model knows sizes and order, nothing of bytes.

import assert from 'node:assert/strict';
import { RingConsumer } from '../../src/ring/consumer.js';
import type { Definition, ZoneIdentity } from '../../src/ring/definition.js';
import { CELL, CONTROL_WORDS, createRingMemory, HEADER_SLOTS, SLOT_BYTES } from '../../src/ring/layout.js';
import { RingProducer, type TickStamp } from '../../src/ring/producer.js';

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

type Sample = readonly [series: number, generation: number, low: number, high: number];

interface ModelFrame {
  readonly tick: number;
  readonly more: boolean;
  readonly endNs: number;
  readonly definitions: readonly Definition[];
  readonly samples: readonly Sample[];
  readonly slots: number;
}

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

const sizeOf = (definition: Definition): number => 1 + Math.ceil(Buffer.byteLength(textOf(definition)) / SLOT_BYTES);

function textOf(definition: Definition): string {
  switch (definition.kind) {
    case 'defineZone': {
      const { key, name, kind, containerId, inode, owned } = definition.zone;
      return [key, name, kind, containerId, inode, owned ? '1' : '0'].join('|');
    }
    case 'defineSeries':
      return [definition.zone, definition.field, ...definition.instance].join('|');
    default:
      return '';
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

export class Harness {
  readonly coverage: Coverage = { committed: 0, dropped: 0, pieces: 0, wrapped: 0, reused: 0 };
  readonly #memory: SharedArrayBuffer;
  readonly #producer: RingProducer;
  readonly #consumer: RingConsumer;
  readonly #capacity: number;
  readonly #sabotage: Sabotage | undefined;

  // The model's state.
  readonly #queue: ModelFrame[] = [];
  #waiting: Definition[] = [];
  #samples: Sample[] | undefined;
  #full = false;
  #refused = 0;
  #leftOver = false;
  #tick = 1_000_000;
  #clock = 5_000_000_000_000;
  #counts = { frames: 0, droppedFrames: 0, droppedSamples: 0 };
  readonly #zones: { number: number; generation: number; series: Set<number> }[] = [];
  readonly #series: { number: number; generation: number; zone: number }[] = [];
  readonly #generations = { zone: new Map<number, number>(), series: new Map<number, number>() };

  // What a reader of the ring knows.
  readonly #known = { zone: new Map<number, number>(), series: new Map<number, number>() };
  readonly #zoneOfSeries = new Map<number, number>();
  readonly #everDefined = new Set<string>();

  constructor(capacitySlots: number, start: number, sabotage?: Sabotage) {
    this.#memory = createRingAt(capacitySlots, start);
    this.#producer = new RingProducer(this.#memory);
    this.#consumer = new RingConsumer(this.#memory);
    this.#capacity = capacitySlots;
    this.#sabotage = sabotage;
  }

  run(operations: readonly Operation[]): void {
    for (const operation of operations) {
      this.#apply(operation);
      this.#spoil();
      this.#checkCounters();
    }
    if (this.#samples !== undefined) this.#commit();
    // A frame after a drain carries what still waits.
    this.#drain(Number.POSITIVE_INFINITY);
    this.#begin();
    this.#commit();
    this.#drain(Number.POSITIVE_INFINITY);
    this.#checkCounters();
    assert.equal(this.#consumer.usedSlots, 0);
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
        if (this.#samples === undefined) this.#begin();
        else assert.throws(() => this.#producer.begin(this.#stamp()), /open already/);
        break;
      case 'put':
        this.#put(operation.pick, operation.count, operation.low, operation.high);
        break;
      case 'breakIfLarge':
        if (this.#samples !== undefined) this.#breakIfLarge();
        break;
      case 'commit':
        if (this.#samples !== undefined) this.#commit();
        else assert.throws(() => this.#producer.commit(0), /no frame is open/);
        break;
      case 'abandon':
        this.#producer.abandon();
        this.#samples = undefined;
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
    this.#waiting.push({ kind: 'defineZone', number, generation, zone });
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
    this.#waiting.push({ kind: 'endZone', number: zone.number, generation: zone.generation });
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
    this.#waiting.push({ kind: 'defineSeries', number, generation, zone: zone.number, field, instance });
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
    this.#waiting.push({ kind: 'endSeries', number, generation: series.generation });
  }

  #nextGeneration(kind: 'zone' | 'series', number: number): number {
    const generation = (this.#generations[kind].get(number) ?? 0) + 1;
    this.#generations[kind].set(number, generation);
    if (generation > 1) this.coverage.reused++;
    return generation;
  }

  // -- frames

  /** Where a frame would go over the end of what the reader has freed. */
  #fits(slots: number): boolean {
    return sum(this.#queue.map((frame) => frame.slots)) + slots <= this.#capacity;
  }

  get #largeSlots(): number {
    return this.#capacity / 8;
  }

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
    this.#open();
    const keep = this.#leftOver ? 0 : this.#largeSlots;
    while (sum(this.#waiting.map(sizeOf)) > keep) {
      let slots = HEADER_SLOTS;
      let count = 0;
      for (const definition of this.#waiting) {
        if (count > 0 && slots + sizeOf(definition) > this.#largeSlots) break;
        slots += sizeOf(definition);
        count++;
      }
      if (this.#full || !this.#fits(slots)) {
        this.#full = true;
        this.#leftOver = true;
        break;
      }
      this.#publish(true, this.#clock, this.#waiting.splice(0, count));
      this.#open();
    }
  }

  #open(): void {
    this.#samples = [];
    this.#refused = 0;
    this.#full = !this.#fits(HEADER_SLOTS);
  }

  #put(pick: number, count: number, low: number, high: number): void {
    const series = this.#series[pick % this.#series.length];
    if (this.#samples === undefined || series === undefined) return;
    for (let i = 0; i < count; i++) {
      const lowHere = (low + i) >>> 0;
      this.#producer.put(series.number, lowHere, high);
      this.#full ||= !this.#fits(HEADER_SLOTS + this.#samples.length + 1);
      if (this.#full) this.#refused++;
      else this.#samples.push([series.number, series.generation, lowHere, high]);
    }
  }

  #breakIfLarge(): void {
    this.#clock += 1000;
    this.#producer.breakIfLarge(this.#clock);
    assert.ok(this.#samples);
    const slots = HEADER_SLOTS + this.#samples.length + sum(this.#waiting.map(sizeOf));
    if (!this.#full && slots <= this.#largeSlots) return;
    this.#close(true);
    this.#open();
    this.coverage.pieces++;
  }

  #commit(): void {
    this.#clock += 1000;
    assert.equal(this.#producer.commit(this.#clock), this.#close(false), 'commit says whether the frame is visible');
    this.#samples = undefined;
  }

  #close(more: boolean): boolean {
    assert.ok(this.#samples);
    let taken = this.#waiting.length;
    if (more && this.#samples.length === 0) {
      let slots = HEADER_SLOTS;
      taken = this.#waiting.findIndex((definition, i) => {
        slots += sizeOf(definition);
        return i > 0 && slots > this.#largeSlots;
      });
      if (taken < 0) taken = this.#waiting.length;
    }
    const definitions = this.#waiting.slice(0, taken);
    const fits = !this.#full && this.#fits(HEADER_SLOTS + this.#samples.length + sum(definitions.map(sizeOf)));
    this.#leftOver = !fits;
    if (fits) {
      this.#waiting = this.#waiting.slice(taken);
      this.#publish(more, this.#clock, definitions);
    } else {
      this.#counts.droppedFrames++;
      this.#counts.droppedSamples += this.#samples.length + this.#refused;
      this.coverage.dropped++;
    }
    return fits;
  }

  #publish(more: boolean, endNs: number, definitions: readonly Definition[]): void {
    const samples = this.#samples ?? [];
    const slots = HEADER_SLOTS + samples.length + sum(definitions.map(sizeOf));
    this.#queue.push({ tick: this.#tick, more, endNs, definitions, samples, slots });
    this.#leftOver = false;
    this.#counts.frames++;
    this.coverage.committed++;
  }

  // -- the reader's side

  #drain(frames: number): void {
    for (let i = 0; i < frames; i++) {
      const positionBefore = this.#headIndex();
      this.#spoil();
      const found = this.#consumer.peek();
      assert.equal(found, this.#queue.length > 0, 'a frame is there exactly when one was committed');
      if (!found) return;
      this.#takeAndCompare(this.#queue.shift() as ModelFrame);
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
        this.#learn(definition);
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
      assert.ok(this.#everDefined.has(`${series}.${generation}`), 'a series is defined before its first sample');
    }
    assert.throws(() => this.#consumer.take({ define() {}, samples() {} }), /peeked/);
  }

  /** Keeps the tables that a reader keeps, and checks that they can be kept. */
  #learn(definition: Definition): void {
    const { number, generation } = definition;
    const known = definition.kind.endsWith('Zone') ? this.#known.zone : this.#known.series;
    if (definition.kind.startsWith('define')) {
      assert.ok(!known.has(number), `number ${number} is defined while it is in use`);
      known.set(number, generation);
    } else {
      assert.equal(known.get(number), generation, `number ${number} ends in the generation it was defined in`);
      known.delete(number);
    }
    if (definition.kind === 'defineSeries') {
      assert.ok(this.#known.zone.has(definition.zone), 'a series is defined in a zone that is defined');
      this.#zoneOfSeries.set(number, definition.zone);
      this.#everDefined.add(`${number}.${generation}`);
    }
    if (definition.kind === 'endSeries') this.#zoneOfSeries.delete(number);
    if (definition.kind === 'endZone') {
      assert.ok(![...this.#zoneOfSeries.values()].includes(number), 'a zone ends after its series');
    }
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
        ...this.#counts,
        liveZones: this.#zones.length,
        liveSeries: this.#series.length,
        usedSlots: sum(this.#queue.map((frame) => frame.slots)),
      },
    );
    assert.ok(control.get('fillMaxSlots') <= this.#capacity);
  }
}
