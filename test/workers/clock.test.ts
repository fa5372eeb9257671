// The wall clock's learnt fraction, on clocks that a test moves: exact from the start, kept through slew, learnt anew
// after steps; and on the real clocks, against an independent reading.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Clock, systemClock } from '../../src/workers/clock.js';
import { FakeTime, fakeClock } from './fake-time.js';

const errorUs = (time: FakeTime, clock: Clock): number => clock.wallUsAt(time.nowNs) - time.wallUs;

test('the fraction of the millisecond is learnt at the start, wherever in it that is', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 999.9, noNaN: true }), (fractionUs) => {
      const time = new FakeTime();
      time.passToFractionUs(fractionUs);
      const clock = new Clock(time);
      assert.ok(Math.abs(errorUs(time, clock)) < 1, `off by ${errorUs(time, clock)} us`);
    }),
  );
});

test('a wall clock that stands still is taken as it is, without waiting for ever', () => {
  const time = new FakeTime();
  time.wallMs = () => {
    time.pass(1000);
    return 1_750_000_000_000;
  };
  const clock = new Clock(time);
  assert.ok(Math.abs(clock.wallUsAt(time.nowNs) - 1_750_000_000_000_500) < 10_000);
});

test('to and fro between the clocks', () => {
  const { time, clock } = fakeClock();
  const ns = time.nowNs + 123_456_789;
  assert.ok(Math.abs(clock.monotonicNsAt(clock.wallUsAt(ns)) - ns) < 1000);
});

test('a check on clocks that agree says and changes nothing', () => {
  const { time, clock } = fakeClock();
  for (let i = 0; i < 5000; i++) {
    time.pass(777_777);
    assert.equal(clock.check(), false);
  }
  assert.ok(Math.abs(errorUs(time, clock)) < 1);
  assert.equal(clock.refineDue(time.nowNs), false);
});

test('a wall clock that slews away is followed within a millisecond and calls for a refinement, which is exact', () => {
  for (const ppm of [500, -500]) {
    const { time, clock } = fakeClock();
    time.slewPpm = ppm;
    let steps = 0;
    for (let i = 0; i < 10_000; i++) {
      time.pass(1_013_000);
      if (clock.check()) steps++;
      assert.ok(Math.abs(errorUs(time, clock)) < 1002, `off by ${errorUs(time, clock)} us after ${i} ms`);
    }
    assert.equal(steps, 0, 'slew is no step');
    time.slewPpm = 0;
    clock.check();
    time.passToFractionUs(800);
    clock.refine();
    // A learnt fraction that is off by more than the refinement looks for is learnt anew at the next turn-over.
    assert.ok(Math.abs(errorUs(time, clock)) < 1, `off by ${errorUs(time, clock)} us`);
    assert.equal(clock.refineDue(time.nowNs), false);
  }
});

test('a small set of the wall clock is followed without being called a step', () => {
  const { time, clock } = fakeClock();
  for (const us of [1500, -1500, 2500, -2500]) {
    time.wallAheadUs += us;
    time.pass(1e6);
    assert.equal(clock.check(), false);
    assert.ok(Math.abs(errorUs(time, clock)) <= 1001);
    assert.equal(clock.refineDue(time.nowNs), true);
    time.passToFractionUs(800);
    clock.refine();
    assert.ok(Math.abs(errorUs(time, clock)) < 1);
  }
});

test('a step forward or backward is noticed once and learnt to the microsecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4100, max: 4e9 }), fc.boolean(), (us, forward) => {
      const { time, clock } = fakeClock();
      time.wallAheadUs += forward ? us : -us;
      time.pass(3e6);
      assert.equal(clock.check(), true);
      assert.ok(Math.abs(errorUs(time, clock)) < 1);
      time.pass(3e6);
      assert.equal(clock.check(), false);
    }),
  );
});

test('a thread that was interrupted while it looked takes another look', () => {
  const time = new FakeTime();
  const look = time.wallMs.bind(time);
  let interruptions = 2;
  let last = look();
  time.wallMs = () => {
    const before = look();
    if (before !== last && interruptions > 0) {
      interruptions--;
      time.pass(300_000);
    }
    last = before;
    return before;
  };
  const clock = new Clock(time);
  assert.equal(interruptions, 0);
  assert.ok(Math.abs(errorUs(time, clock)) < 1);
});

test('the real clocks: monotonic as hrtime, wall as the two bounds of Date.now', () => {
  const clock = new Clock();
  const source = systemClock();
  for (let i = 0; i < 200; i++) {
    const before = Number(process.hrtime.bigint());
    const ours = source.monotonicNs();
    const after = Number(process.hrtime.bigint());
    assert.ok(ours > before - 5000 && ours < after + 5000, `${before} ${ours} ${after}`);
    const msBefore = Date.now();
    const wallUs = clock.wallUsAt(clock.monotonicNs());
    const msAfter = Date.now() + 1;
    assert.ok(wallUs >= msBefore * 1000 - 50 && wallUs <= msAfter * 1000 + 50, `${msBefore} ${wallUs} ${msAfter}`);
  }
});
