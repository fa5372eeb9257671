// Decides when a source reads: on whole multiples of its interval of the wall clock, run on the monotonic clock between.
// Runs in the source's thread and blocks it in Atomics.wait; the supervisor's commands wake it. A late tick runs late
// and says so; a tick whose whole period went by is counted as missed and never made up.

import type { ControlBlock } from '../ring/control.js';
import { blankStamp } from '../ring/producer.js';
import { type Clock, REFINE_LEAD_US } from './clock.js';

/** The longest sleep in one piece: the heartbeat and the check for clock steps need a turn. */
const SLEEP_MS_MAX = 250;
/**
 * The kernel wakes us late by so much at least; we ask for that much less. Learnt, within this bound. Measured at 1 ms:
 * the median lateness is 30 us instead of 70, at a cost in CPU within the noise.
 */
const EARLY_US_MAX = 200;
/** How fast that estimate creeps up between readings that pull it down at once, microseconds a tick. */
const EARLY_CREEP_US = 0.5;

export type Wake = 'due' | 'stop';

export class Pacer {
  /** Of the tick that `wait` last returned for. One object, overwritten by every tick. */
  readonly stamp = blankStamp();
  readonly #control: ControlBlock;
  readonly #clock: Clock;
  /** Interval wanted by the source itself, or 0 for one that follows the base interval. */
  readonly #ownUs: number;
  #baseUs = 0;
  #multiple = 1;
  #nextUs = 0;
  #stepped = false;
  #missed = 0;
  #earlyUs = 0;

  /** @param ownUs interval of a source at its own pace: kept when it is no shorter than the base interval */
  constructor(control: ControlBlock, clock: Clock, ownUs = 0) {
    this.#control = control;
    this.#clock = clock;
    this.#ownUs = ownUs;
    this.#adoptInterval();
    this.#anchor();
  }

  /** Microseconds between two ticks of this source at present. */
  get cadenceUs(): number {
    return this.#baseUs * this.#multiple;
  }

  /** Interval by which ticks are numbered: the cadence is a multiple of it. */
  get baseUs(): number {
    return this.#baseUs;
  }

  get multiple(): number {
    return this.#multiple;
  }

  /** Reads only every `multiple`-th tick from the next one on; those between are not missed. */
  setMultiple(multiple: number): void {
    if (multiple === this.#multiple) return;
    this.#multiple = multiple;
    this.#control.set('cadenceUs', this.cadenceUs);
    this.#nextUs = Math.ceil(this.#nextUs / this.cadenceUs) * this.cadenceUs;
  }

  /** Microseconds until the next tick; negative when it is late. */
  untilNextUs(): number {
    return this.#nextUs - this.#clock.wallUsAt(this.#clock.monotonicNs());
  }

  /** Blocks until the next tick is due and fills `stamp`, or until the supervisor asks for the end. */
  wait(): Wake {
    if (this.waitBefore(0) === 'stop') return 'stop';
    const nowNs = this.#clock.monotonicNs();
    const cadenceUs = this.cadenceUs;
    const passed = Math.floor((this.#clock.wallUsAt(nowNs) - this.#nextUs) / cadenceUs);
    if (passed > 0) {
      this.#missed += passed;
      this.#control.add('missedTicks', passed);
      this.#nextUs += passed * cadenceUs;
    }
    this.#stampTick(nowNs);
    this.#nextUs += cadenceUs;
    return 'due';
  }

  /** Blocks until `leadUs` before the next tick, or until the supervisor asks for the end. */
  waitBefore(leadUs: number): Wake {
    const control = this.#control;
    for (;;) {
      const command = control.command;
      control.add('heartbeat', 1);
      if (control.stopRequested) return 'stop';
      if (this.#adoptInterval()) this.#anchor();
      if (this.#clock.check()) {
        this.#stepped = true;
        control.add('clockSteps', 1);
        this.#anchor();
      }
      const nowNs = this.#clock.monotonicNs();
      const dueUs = this.#nextUs - leadUs;
      const remainingUs = (this.#clock.monotonicNsAt(dueUs) - nowNs) / 1000;
      if (remainingUs <= 0) return 'due';
      this.#sleep(nowNs, remainingUs, dueUs, command);
    }
  }

  #sleep(nowNs: number, remainingUs: number, dueUs: number, command: number): void {
    if (dueUs % 1000 === 0 && this.#clock.refineDue(nowNs)) {
      if (remainingUs > REFINE_LEAD_US) this.#sleepUs(nowNs, remainingUs - REFINE_LEAD_US, command);
      else this.#clock.refine();
      return;
    }
    // What is left after an early wake is too short to sleep: the loop in waitBefore comes round until it is gone.
    if (remainingUs > this.#earlyUs) this.#sleepUs(nowNs, remainingUs - this.#earlyUs, command);
  }

  #sleepUs(nowNs: number, us: number, command: number): void {
    const ms = Math.min(us / 1000, SLEEP_MS_MAX);
    if (this.#control.sleep(ms, command)) return;
    const oversleptUs = (this.#clock.monotonicNs() - nowNs) / 1000 - ms * 1000;
    const earlyUs = Math.min(oversleptUs, this.#earlyUs + EARLY_CREEP_US, EARLY_US_MAX);
    this.#earlyUs = Math.max(0, earlyUs);
  }

  /** @returns true when the interval changed */
  #adoptInterval(): boolean {
    const wanted = Math.max(this.#ownUs, this.#control.intervalUs);
    if (wanted === this.#baseUs) return false;
    this.#baseUs = wanted;
    this.#multiple = 1;
    this.#control.set('cadenceUs', wanted);
    return true;
  }

  /** Sets the next tick to the first multiple of the cadence that lies ahead. */
  #anchor(): void {
    const wallUs = this.#clock.wallUsAt(this.#clock.monotonicNs());
    this.#nextUs = (Math.floor(wallUs / this.cadenceUs) + 1) * this.cadenceUs;
  }

  #stampTick(nowNs: number): void {
    const stamp = this.stamp;
    stamp.wallUs = this.#nextUs;
    stamp.tick = Math.round(this.#nextUs / this.#baseUs);
    stamp.intervalUs = this.cadenceUs;
    stamp.latenessNs = Math.max(0, Math.round(nowNs - this.#clock.monotonicNsAt(this.#nextUs)));
    stamp.missedTicks = this.#missed;
    stamp.beginNs = Math.round(nowNs);
    stamp.clockStep = this.#stepped;
    this.#stepped = false;
    this.#control.add('ticks', 1);
    // A fifth of the interval is when packets leave without those who are late.
    if (stamp.latenessNs > this.cadenceUs * 200) this.#control.add('lateTicks', 1);
  }
}
