// One source's ring as the aggregator sees it: turns definitions into zones and cells, and samples into cell values.
// Main thread only. Samples allocate nothing; definitions do. It ends, with all that it defined, when its worker ends.

import { type FrameVisitor, RingConsumer } from '../ring/consumer.js';
import type { Definition } from '../ring/definition.js';
import { SAMPLE } from '../ring/layout.js';
import type { Pace } from '../workers/source.js';
import type { SourceRecord } from './source-record.js';
import { CELL_HIGH, CELL_LOW, CELL_ROUND, CELL_WORDS } from './wire/cells.js';

import type { Zone, ZoneSeries, ZoneTable } from './zone-table.js';

interface DefinedZone {
  readonly zone: Zone;
  readonly owned: boolean;
  readonly series: Set<number>;
}

interface DefinedSeries {
  readonly zone: Zone;
  readonly series: ZoneSeries;
  readonly owner: DefinedZone;
}

export interface IntakeOptions {
  readonly record: SourceRecord;
  readonly memory: SharedArrayBuffer;
  readonly pace: Pace;
  readonly table: ZoneTable;
  /** Whether the packet has room for such a series; one that it has not is told of, and its samples are dropped. */
  readonly isSeries: (field: string, instance: readonly string[]) => boolean;
  readonly onUnknownField: (field: string) => void;
}

export class Intake implements FrameVisitor {
  readonly record: SourceRecord;
  readonly pace: Pace;
  readonly consumer: RingConsumer;
  /** Round in which samples arrive now; set by the aggregator. */
  round = 1;
  /** True while it keeps the base interval: the aggregator then waits for it. */
  awaited: boolean;
  /** Wall clock of the tick it last committed whole, microseconds. */
  lastWallUs = -1;
  /** Round in which its last frame arrived. */
  lastRound = 0;

  readonly #table: ZoneTable;
  readonly #isSeries: IntakeOptions['isSeries'];
  readonly #onUnknownField: (field: string) => void;
  readonly #zones: (DefinedZone | undefined)[] = [];
  readonly #series: (DefinedSeries | undefined)[] = [];
  // By series number: its cell (-1: none), its generation, its zone's slot.
  #cellOf = new Int32Array(256).fill(-1);
  #generationOf = new Uint32Array(256);
  #slotOf = new Int32Array(256);

  constructor(options: IntakeOptions) {
    this.record = options.record;
    this.pace = options.pace;
    this.awaited = options.pace === 'tick';
    this.consumer = new RingConsumer(options.memory);
    this.#table = options.table;
    this.#isSeries = options.isSeries;
    this.#onUnknownField = options.onUnknownField;
  }

  define(definition: Definition): void {
    switch (definition.kind) {
      case 'defineZone':
        this.#endZone(definition.number);
        this.#zones[definition.number] = {
          zone: this.#table.refer(definition.zone),
          owned: definition.zone.owned,
          series: new Set(),
        };
        break;
      case 'endZone':
        this.#endZone(definition.number);
        break;
      case 'defineSeries':
        this.#endSeries(definition.number);
        this.#defineSeries(
          definition.number,
          definition.generation,
          definition.zone,
          definition.field,
          definition.instance,
        );
        break;
      case 'endSeries':
        this.#endSeries(definition.number);
        break;
    }
  }

  samples(words: Uint32Array, first: number, count: number, maskSlots: number): void {
    const cells = this.#table.cells.words;
    const fresh = this.#table.freshRounds;
    const cellOf = this.#cellOf;
    const generationOf = this.#generationOf;
    const slotOf = this.#slotOf;
    const round = this.round;
    for (let i = 0; i < count; i++) {
      const at = ((first + i) & maskSlots) << 2;
      const series = words[at + SAMPLE.series]!;
      const cell = cellOf[series] ?? -1;
      const generation = words[at + SAMPLE.generation]!;
      if (cell < 0 || generationOf[series] !== generation) {
        // Of a series that ended later in the same frame: its zone is gone. One never defined is a defect.
        if (generation > (generationOf[series] ?? 0)) this.record.straySamples++;
        continue;
      }
      const to = cell * CELL_WORDS;
      cells[to + CELL_LOW] = words[at + SAMPLE.low]!;
      cells[to + CELL_HIGH] = words[at + SAMPLE.high]!;
      cells[to + CELL_ROUND] = round;
      fresh[slotOf[series]!] = round;
    }
  }

  /** The worker has ended: nothing of what it defined exists any more. */
  end(): void {
    for (let number = 0; number < this.#zones.length; number++) this.#endZone(number);
  }

  #defineSeries(
    number: number,
    generation: number,
    zoneNumber: number,
    field: string,
    instance: readonly string[],
  ): void {
    const owner = this.#zones[zoneNumber];
    if (owner === undefined || !this.#isSeries(field, instance)) {
      this.#onUnknownField(field);
      return;
    }
    const series = this.#table.addSeries(owner.zone, field, instance);
    this.#grow(number);
    this.#series[number] = { zone: owner.zone, series, owner };
    owner.series.add(number);
    this.#cellOf[number] = series.cell;
    this.#generationOf[number] = generation;
    this.#slotOf[number] = owner.zone.slot;
  }

  #endSeries(number: number): void {
    const defined = this.#series[number];
    if (defined === undefined) return;
    this.#series[number] = undefined;
    this.#cellOf[number] = -1;
    defined.owner.series.delete(number);
    this.#table.dropSeries(defined.zone, defined.series);
  }

  #endZone(number: number): void {
    const defined = this.#zones[number];
    if (defined === undefined) return;
    for (const series of defined.series) this.#endSeries(series);
    this.#zones[number] = undefined;
    this.#table.unrefer(defined.zone, defined.owned);
  }

  #grow(number: number): void {
    if (number < this.#cellOf.length) return;
    const length = Math.max(this.#cellOf.length * 2, number + 1);
    const cellOf = new Int32Array(length).fill(-1);
    cellOf.set(this.#cellOf);
    const generationOf = new Uint32Array(length);
    generationOf.set(this.#generationOf);
    const slotOf = new Int32Array(length);
    slotOf.set(this.#slotOf);
    this.#cellOf = cellOf;
    this.#generationOf = generationOf;
    this.#slotOf = slotOf;
  }
}
