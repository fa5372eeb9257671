// The two clocks of a source's thread: monotonic nanoseconds and wall-clock microseconds, both doubles, without BigInt.
// JavaScript's wall clock counts whole milliseconds; the fraction is learnt from the moment at which it turns over, and
// kept true by the bound Date.now() <= wall < Date.now() + 1 ms at every tick. A larger disagreement is a step.

import { monotonicClock } from '../ring/monotonic-clock.js';

/** What the clocks are read from; tests put their own here. */
export interface ClockSource {
  /** Monotonic nanoseconds, the same clock in every thread of the process. */
  monotonicNs(): number;
  /** Whole milliseconds since the epoch, never ahead of the true time. */
  wallMs(): number;
}

/** More than this between the two clocks is a step of the wall clock, not slew or a late thread. */
const STEP_US = 3000;
/** A turn-over seen within this much is taken as exact; else the thread was interrupted and looks once more. */
const EDGE_US = 20;
const EDGE_ATTEMPTS = 5;
/** The least by which an offset of some 1e15 us can differ as a double. */
const OFFSET_STEP_US = 0.25;
/** A wall clock that does not turn over for so long stands still. */
const FROZEN_US = 5000;
/** Between refinements: slew moves both clocks alike on Linux, not elsewhere, and a small set moves only one anywhere. */
const REFINE_EVERY_NS = 10e9;
/** A refinement looks for the turn-over from this much before the expected moment to half as much behind it. */
export const REFINE_LEAD_US = 200;

/** The clocks of this host. */
export function systemClock(): ClockSource {
  return { monotonicNs: monotonicClock(), wallMs: () => Date.now() };
}

export class Clock {
  readonly #source: ClockSource;
  /** Wall clock minus monotonic clock, microseconds. */
  #offsetUs = 0;
  #refineAtNs = 0;

  /** Spins for up to about a millisecond to find the wall clock's fraction. */
  constructor(source: ClockSource = systemClock()) {
    this.#source = source;
    this.#anchor();
  }

  monotonicNs(): number {
    return this.#source.monotonicNs();
  }

  /** Wall clock, microseconds since the epoch with a fraction, at a moment of the monotonic clock. */
  wallUsAt(monotonicNs: number): number {
    return monotonicNs / 1000 + this.#offsetUs;
  }

  monotonicNsAt(wallUs: number): number {
    return (wallUs - this.#offsetUs) * 1000;
  }

  /**
   * Holds the learnt fraction against the wall clock: call it at every tick. A small disagreement moves it just inside
   * the bound and calls for a refinement; a step is learnt anew (spinning for up to a millisecond).
   * @returns true when the wall clock stepped
   */
  check(): boolean {
    const beforeNs = this.#source.monotonicNs();
    const wallUs = this.#source.wallMs() * 1000;
    const behindUs = wallUs - this.wallUsAt(this.#source.monotonicNs());
    const aheadUs = this.wallUsAt(beforeNs) - (wallUs + 1000);
    if (behindUs <= 0 && aheadUs < 0) return false;
    if (behindUs > STEP_US || aheadUs > STEP_US) {
      this.#anchor();
      return true;
    }
    const shiftUs = behindUs > 0 ? behindUs : -(aheadUs + OFFSET_STEP_US);
    this.#offsetUs += shiftUs;
    if (Math.abs(shiftUs) > EDGE_US) this.#refineAtNs = 0;
    return false;
  }

  /** Whether the fraction should be learnt again before the next turn-over that is waited for anyway. */
  refineDue(nowNs: number): boolean {
    return nowNs >= this.#refineAtNs;
  }

  /**
   * Called REFINE_LEAD_US before an expected turn-over of the millisecond: spins until it is seen, or for half as long
   * again, and then for up to a millisecond.
   */
  refine(): void {
    const expectedNs = this.#source.monotonicNs() + REFINE_LEAD_US * 1000;
    if (!this.#takeEdge(expectedNs + REFINE_LEAD_US * 500, EDGE_US)) this.#anchor();
    this.#refineAtNs = this.#source.monotonicNs() + REFINE_EVERY_NS;
  }

  #anchor(): void {
    if (!this.#findEdge()) this.#offsetUs = this.#source.wallMs() * 1000 + 500 - this.#source.monotonicNs() / 1000;
    this.#refineAtNs = this.#source.monotonicNs() + REFINE_EVERY_NS;
  }

  /** Takes a turn-over that was seen closely or, after some attempts on a busy machine, the last one. */
  #findEdge(): boolean {
    const frozenNs = this.#source.monotonicNs() + FROZEN_US * 1000;
    for (let attempt = 1; attempt <= EDGE_ATTEMPTS; attempt++) {
      const toleranceUs = attempt < EDGE_ATTEMPTS ? EDGE_US : Number.POSITIVE_INFINITY;
      if (this.#takeEdge(frozenNs + attempt * 1e6, toleranceUs)) return true;
    }
    return false;
  }

  /** Spins until the millisecond turns over. @returns false when it did not by `untilNs`, or was not seen closely enough */
  #takeEdge(untilNs: number, toleranceUs: number): boolean {
    const first = this.#source.wallMs();
    let beforeNs = this.#source.monotonicNs();
    for (;;) {
      const ms = this.#source.wallMs();
      const afterNs = this.#source.monotonicNs();
      if (ms !== first) {
        if ((afterNs - beforeNs) / 1000 > toleranceUs) return false;
        this.#offsetUs = ms * 1000 - (beforeNs + afterNs) / 2000;
        return true;
      }
      if (afterNs > untilNs) return false;
      beforeNs = afterNs;
    }
  }
}
