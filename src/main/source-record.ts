// What the agent knows of one configured source over all its restarts: state, reason, totals. Main thread only.
// The supervisor writes state, detail and restarts; the aggregator writes what it saw of the frames; status line,
// packets and logs read. Counters of a worker that ended are kept, so totals never fall.

import type { ControlBlock } from '../ring/control.js';
import type { SourceState, SourceStatus } from './agent-config.js';

/** Totals that survive a restart, each a cell of the control block. */
const TOTALS = [
  'missedTicks',
  'droppedFrames',
  'droppedSamples',
  'readErrors',
  'parseErrors',
  'lostEvents',
  'clockSteps',
] as const;
export type TotalName = (typeof TOTALS)[number];

export class SourceRecord {
  readonly name: string;
  state: SourceState = 'starting';
  restarts = 0;
  /** Bumped whenever `detail` changes: packets carry it as a constant of their plan. */
  detailVersion = 0;
  /** Slots of its ring, and the most that were ever in use. */
  capacitySlots = 1;
  #fillMaxSlots = 0;
  #detail = '';
  #control: ControlBlock | undefined;
  readonly #retired: Record<TotalName, number>;

  /** Of the frame last taken, on the monotonic clock, nanoseconds. */
  beginNs = 0;
  endNs = 0;
  latenessNs = 0;
  /** The frame last taken came after the packet of its tick. */
  late = false;
  /** Frames whose values a later frame replaced before a packet went out. */
  supersededFrames = 0;
  /** Samples of a series that is not defined: a defect, so it is counted. */
  straySamples = 0;

  constructor(name: string) {
    this.name = name;
    this.#retired = Object.fromEntries(TOTALS.map((total) => [total, 0])) as Record<TotalName, number>;
  }

  /** Why it is not active, or what it does without. */
  get detail(): string {
    return this.#detail;
  }

  set detail(text: string) {
    if (text === this.#detail) return;
    this.#detail = text;
    this.detailVersion++;
  }

  /** A new worker begins; totals go on from where the last one ended. */
  attach(control: ControlBlock, capacitySlots: number): void {
    this.retire();
    this.#control = control;
    this.capacitySlots = capacitySlots;
  }

  /** The worker has ended: keeps what it counted. */
  retire(): void {
    const control = this.#control;
    if (control === undefined) return;
    for (const name of TOTALS) this.#retired[name] += control.get(name);
    this.#fillMaxSlots = Math.max(this.#fillMaxSlots, control.get('fillMaxSlots'));
    this.#control = undefined;
  }

  /** Total since the agent started, over all restarts. */
  total(name: TotalName): number {
    return this.#retired[name] + (this.#control?.get(name) ?? 0);
  }

  /** Samples that did not get into a packet: its ring was full, or their series is not defined. */
  get droppedSamples(): number {
    return this.total('droppedSamples') + this.straySamples;
  }

  /** The interval that it keeps at present, microseconds; 0 when it doesn't run. */
  get cadenceUs(): number {
    return this.#control?.get('cadenceUs') ?? 0;
  }

  get costUs(): number {
    return this.#control?.get('costUs') ?? 0;
  }

  /** Most of its ring ever in use, thousandths. */
  get fillMaxPerMille(): number {
    const slots = Math.max(this.#fillMaxSlots, this.#control?.get('fillMaxSlots') ?? 0);
    return Math.round((slots * 1000) / this.capacitySlots);
  }

  status(): SourceStatus {
    return {
      name: this.name,
      state: this.state,
      detail: this.detail,
      restarts: this.restarts,
      missedTicks: this.total('missedTicks'),
      droppedSamples: this.droppedSamples,
      readErrors: this.total('readErrors'),
      parseErrors: this.total('parseErrors'),
      costUs: this.costUs,
      intervalUs: this.cadenceUs,
    };
  }
}
