// Time as a test wants it: clocks that move only when something reads them or sleeps, a wall clock that can be set,
// and a control block whose sleep lets that time pass instead of the thread's.

import { ControlBlock } from '../../src/ring/control.js';
import { createRingMemory } from '../../src/ring/layout.js';
import { Clock, type ClockSource } from '../../src/workers/clock.js';

/** Every look at a clock takes so long. */
const LOOK_NS = 50;

export class FakeTime implements ClockSource {
  /** Monotonic now. */
  nowNs = 5e12;
  /** What the wall clock is ahead of it, truly. */
  wallAheadUs = 1_750_000_000_123_456;
  /** The wall clock gains this many parts per million (slew, on platforms where it leaves the other clock alone). */
  slewPpm = 0;
  looks = 0;

  monotonicNs(): number {
    this.looks++;
    this.pass(LOOK_NS);
    return this.nowNs;
  }

  wallMs(): number {
    this.looks++;
    this.pass(LOOK_NS);
    return Math.floor(this.wallUs / 1000);
  }

  /** The true wall clock, which no one but a test can know. */
  get wallUs(): number {
    return this.nowNs / 1000 + this.wallAheadUs;
  }

  pass(ns: number): void {
    this.nowNs += ns;
    this.wallAheadUs += (ns / 1000) * (this.slewPpm / 1e6);
  }

  /** Passes until just behind the given fraction of a wall-clock millisecond. */
  passToFractionUs(us: number): void {
    const fraction = this.wallUs % 1000;
    this.pass(((us - fraction + 1000) % 1000) * 1000);
  }
}

export class FakeControl extends ControlBlock {
  /** What a sleep does beyond the time asked for, microseconds. */
  oversleepUs = 60;
  /** All sleeps asked for, milliseconds. */
  readonly sleeps: number[] = [];
  /** Called in the middle of a sleep. A command raised there ends it. */
  during: ((sleep: number) => void) | undefined;
  readonly #time: FakeTime;

  constructor(time: FakeTime, intervalUs: number) {
    super(createRingMemory(64));
    this.#time = time;
    this.setIntervalUs(intervalUs);
  }

  override sleep(ms: number, seen: number): boolean {
    this.sleeps.push(ms);
    if (this.command === seen) {
      this.#time.pass((ms / 2) * 1e6);
      this.during?.(this.sleeps.length);
    }
    if (this.command !== seen) return true;
    this.#time.pass((ms / 2) * 1e6 + this.oversleepUs * 1000);
    return false;
  }
}

export function fakeClock(time = new FakeTime()): { time: FakeTime; clock: Clock } {
  return { time, clock: new Clock(time) };
}
