// What every packet carries besides its zone's values: time, tick, sequence number, totals; and, for the host's packet,
// the state of each source. Kept in cells shared by all plans, so that stamping a tick is a few stores.
// Main thread only.

import { highOf, lowOf, mulHigh, mulLow } from '../ring/u64.js';
import type { SourceState } from './agent-config.js';
import type { SourceRecord } from './source-record.js';
import type { CellStore } from './wire/cells.js';
import type { PlanConstant, PlanSeries } from './wire/plan.js';

/** Profile ticks per second: the rate of the profile probe that the 2013 generator ran. */
const PROFILE_HZ = 4999;

/** Numbers of `Packet.Source.State`. */
const STATE_NUMBER: Readonly<Record<SourceState, number>> = {
  starting: 0,
  active: 1,
  degraded: 2,
  disabled: 3,
  failed: 4,
};

const HEADER_FIELDS = [
  'time',
  'ticks',
  'seq',
  'time_ns',
  'mono_ns',
  'tick',
  'interval_us',
  'lateness_ns',
  'missed',
  'dropped',
] as const;
type HeaderField = (typeof HEADER_FIELDS)[number];

/** A number that a source's record gives for its element of `source`. */
const SOURCE_FIELDS: Readonly<Record<string, (record: SourceRecord) => number>> = {
  state: (record) => STATE_NUMBER[record.state],
  begin_ns: (record) => record.beginNs,
  end_ns: (record) => record.endNs,
  cost_us: (record) => record.costUs,
  lateness_ns: (record) => record.latenessNs,
  interval_us: (record) => record.cadenceUs,
  late: (record) => (record.late ? 1 : 0),
  restarts: (record) => record.restarts,
  missed_ticks: (record) => record.total('missedTicks'),
  dropped_frames: (record) => record.total('droppedFrames'),
  dropped_samples: (record) => record.droppedSamples,
  read_errors: (record) => record.total('readErrors'),
  parse_errors: (record) => record.total('parseErrors'),
  lost_events: (record) => record.total('lostEvents'),
  clock_steps: (record) => record.total('clockSteps'),
  superseded_frames: (record) => record.supersededFrames,
  ring_fill_max: (record) => record.fillMaxPerMille,
};
const SOURCE_READERS = Object.entries(SOURCE_FIELDS);
/** Times that mean nothing before the first reading. */
const ONLY_AFTER_A_READING = new Set(['begin_ns', 'end_ns', 'lateness_ns', 'late']);

/** A tick, as its packets tell it. */
export interface TickTime {
  /** Wall-clock time divided by the interval. */
  tick: number;
  wallUs: number;
  /** The monotonic clock at the same moment, nanoseconds. */
  monoNs: number;
  intervalUs: number;
  latenessNs: number;
}

interface SourceCells {
  readonly record: SourceRecord;
  readonly cells: readonly number[];
}

export class PacketHeader {
  readonly #cells: CellStore;
  readonly #startNs: number;
  readonly #cellOf: Record<HeaderField, number>;
  #sources: SourceCells[] = [];

  /** @param startNs monotonic clock at the agent's start: `ticks` counts from there */
  constructor(cells: CellStore, startNs: number) {
    this.#cells = cells;
    this.#startNs = startNs;
    const entries = HEADER_FIELDS.map((field) => [field, cells.allocate()]);
    this.#cellOf = Object.fromEntries(entries) as Record<HeaderField, number>;
  }

  /** Series of every packet. */
  get series(): PlanSeries[] {
    return HEADER_FIELDS.map((field) => ({ field, instance: [], cell: this.#cellOf[field] }));
  }

  /** Replaces the sources that the host's packet tells of. */
  setSources(records: readonly SourceRecord[]): void {
    for (const { cells } of this.#sources) for (const cell of cells) this.#cells.release(cell);
    this.#sources = records.map((record) => ({ record, cells: SOURCE_READERS.map(() => this.#cells.allocate()) }));
  }

  /** Series of the host's packet alone. */
  get sourceSeries(): PlanSeries[] {
    return this.#sources.flatMap(({ record, cells }) =>
      SOURCE_READERS.map(([name], i) => ({ field: `source.${name}`, instance: [record.name], cell: cells[i]! })),
    );
  }

  get sourceConstants(): PlanConstant[] {
    return this.#sources
      .filter(({ record }) => record.detail !== '')
      .map(({ record }) => ({ field: 'source.detail', instance: [record.name], value: record.detail }));
  }

  /** Changes whenever `sourceConstants` does. */
  get sourceVersion(): number {
    let version = this.#sources.length;
    for (const { record } of this.#sources) version += record.detailVersion;
    return version;
  }

  /** Writes what all packets of a tick share. Allocates nothing. */
  stamp(time: TickTime, missed: number, dropped: number, round: number): void {
    const ticks = Math.max(0, Math.floor(((time.monoNs - this.#startNs) / 1e9) * PROFILE_HZ));
    this.#set('time', Math.floor(time.wallUs / 1e6), round);
    this.#set('ticks', ticks, round);
    this.#cells.set(this.#cellOf.time_ns, mulLow(time.wallUs, 1000), mulHigh(time.wallUs, 1000), round);
    this.#set('mono_ns', time.monoNs, round);
    this.#set('tick', time.tick, round);
    this.#set('interval_us', time.intervalUs, round);
    this.#set('lateness_ns', time.latenessNs, round);
    this.#set('missed', missed, round);
    this.#set('dropped', dropped, round);
  }

  /** Writes the sequence number of the packet that is encoded next. */
  stampSequence(seq: number, round: number): void {
    this.#set('seq', seq, round);
  }

  /** Writes the state of every source. Allocates nothing. */
  stampSources(round: number): void {
    for (const { record, cells } of this.#sources) {
      for (let i = 0; i < SOURCE_READERS.length; i++) {
        const [name, read] = SOURCE_READERS[i]!;
        if (record.endNs === 0 && ONLY_AFTER_A_READING.has(name)) continue;
        const value = read(record);
        this.#cells.set(cells[i]!, lowOf(value), highOf(value), round);
      }
    }
  }

  #set(field: HeaderField, value: number, round: number): void {
    this.#cells.set(this.#cellOf[field], lowOf(value), highOf(value), round);
  }
}
