// Finds the fastest cadence, in multiples of the base interval, that a source of the base tick can keep.
// Pure arithmetic, fed by the runner after every reading in the source's thread; slow to fall back, slower to come up.

/** A reading may take this much of its interval; the rest belongs to waking up, to the main thread and to noise. */
const FILL_MAX = 0.6;
/** A faster cadence is tried only where the reading would take no more than this much of it. */
const FILL_RETURN = 0.4;
/** For so long must every reading have been too long: a busy moment of the machine interrupts many in a row. */
const SLOW_AFTER_US = 500_000;
const SLOW_STREAK_MIN = 8;
/** For so long, doubled at every fall, must every reading have been short enough before a faster cadence is tried. */
const RETURN_AFTER_US = 1_000_000;
const RETURN_STREAK_MIN = 5;
/** That doubling ends here; for its sake a host that is busy on and off does not swing to and fro. */
const RETURN_AFTER_US_MAX = 64_000_000;
/** So long at the full rate, and falls are forgotten. */
const STEADY_US = 60_000_000;

/** Readings within `us`, but no fewer than `min`. */
const streakOf = (us: number, min: number, cadenceUs: number): number => Math.max(min, Math.ceil(us / cadenceUs));

export class Cadence {
  #slowStreak = 0;
  #slowTotalUs = 0;
  #fastStreak = 0;
  #fastMaxUs = 0;
  #returnAfterUs = RETURN_AFTER_US;
  #steadyUs = 0;

  /**
   * Takes the cost of one reading into account. Never allocates.
   * @param costUs what the reading took
   * @param baseUs base interval
   * @param multiple at present
   * @returns the multiple to keep from now on
   */
  observe(costUs: number, baseUs: number, multiple: number): number {
    if (costUs > FILL_MAX * baseUs * multiple) return this.#tooSlow(costUs, baseUs, multiple);
    this.#slowStreak = 0;
    this.#slowTotalUs = 0;
    if (multiple === 1) {
      this.#steadyUs += baseUs;
      if (this.#steadyUs >= STEADY_US) this.#returnAfterUs = RETURN_AFTER_US;
      return 1;
    }
    return this.#fastEnough(costUs, baseUs, multiple);
  }

  /** Forgets what it saw: the interval changed. */
  reset(): void {
    this.#startOver();
    this.#returnAfterUs = RETURN_AFTER_US;
    this.#steadyUs = 0;
  }

  #startOver(): void {
    this.#slowStreak = 0;
    this.#slowTotalUs = 0;
    this.#fastStreak = 0;
    this.#fastMaxUs = 0;
  }

  #tooSlow(costUs: number, baseUs: number, multiple: number): number {
    this.#fastStreak = 0;
    this.#fastMaxUs = 0;
    this.#slowTotalUs += costUs;
    if (++this.#slowStreak < streakOf(SLOW_AFTER_US, SLOW_STREAK_MIN, baseUs * multiple)) return multiple;
    const meanUs = this.#slowTotalUs / this.#slowStreak;
    this.#startOver();
    this.#steadyUs = 0;
    this.#returnAfterUs = Math.min(this.#returnAfterUs * 2, RETURN_AFTER_US_MAX);
    return Math.max(multiple + 1, Math.ceil(meanUs / (FILL_MAX * baseUs)));
  }

  #fastEnough(costUs: number, baseUs: number, multiple: number): number {
    this.#fastMaxUs = Math.max(this.#fastMaxUs, costUs);
    const fitting = Math.max(1, Math.ceil(this.#fastMaxUs / (FILL_RETURN * baseUs)));
    if (fitting >= multiple) {
      this.#fastStreak = 0;
      this.#fastMaxUs = 0;
      return multiple;
    }
    if (++this.#fastStreak < streakOf(this.#returnAfterUs, RETURN_STREAK_MIN, baseUs * multiple)) return multiple;
    this.#startOver();
    return fitting;
  }
}
