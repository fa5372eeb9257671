// The pacer on clocks that a test moves: where ticks lie, what is late, what is missed, what a step and a change of the
// interval do, and how it stops. Nothing here waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pacer } from '../../src/workers/pacer.js';
import { FakeControl, type FakeTime, fakeClock } from './fake-time.js';

interface Rig {
  readonly time: FakeTime;
  readonly control: FakeControl;
  readonly pacer: Pacer;
}

function rig(intervalUs: number, ownUs = 0): Rig {
  const { time, clock } = fakeClock();
  const control = new FakeControl(time, intervalUs);
  return { time, control, pacer: new Pacer(control, clock, ownUs) };
}

test('ticks lie on whole multiples of the interval, one after the other', () => {
  fc.assert(
    fc.property(fc.constantFrom(500, 700, 1000, 1500, 10_000, 1_000_000, 7_000_000), (intervalUs) => {
      const { time, control, pacer } = rig(intervalUs);
      let last = 0;
      for (let i = 0; i < 50; i++) {
        assert.equal(pacer.wait(), 'due');
        const { stamp } = pacer;
        assert.equal(stamp.wallUs % intervalUs, 0);
        assert.equal(stamp.tick, stamp.wallUs / intervalUs);
        assert.equal(stamp.intervalUs, intervalUs);
        if (last > 0) assert.equal(stamp.tick, last + 1);
        last = stamp.tick;
        const lateUs = time.wallUs - stamp.wallUs;
        assert.ok(lateUs >= -1 && lateUs < 400, `begins ${lateUs} us late`);
        assert.ok(Math.abs(stamp.latenessNs / 1000 - lateUs) < 2);
        assert.ok(Math.abs(stamp.beginNs - time.nowNs) < 1000);
        assert.equal(stamp.clockStep, false);
        time.pass(intervalUs * 100);
      }
      assert.equal(control.get('missedTicks'), 0);
      assert.equal(control.get('ticks'), 50);
      assert.equal(control.get('cadenceUs'), intervalUs);
    }),
  );
});

test('what the kernel always oversleeps is learnt and asked for less', () => {
  const { control, pacer } = rig(10_000);
  control.oversleepUs = 80;
  for (let i = 0; i < 400; i++) pacer.wait();
  assert.ok(pacer.stamp.latenessNs < 5000, `${pacer.stamp.latenessNs} ns late`);
  control.oversleepUs = 20;
  for (let i = 0; i < 5; i++) pacer.wait();
  assert.ok(pacer.stamp.latenessNs < 5000, 'an earlier wake is learnt at once');
});

test('a late tick runs late; ticks whose whole period went by are missed and never made up', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60_000), { minLength: 1, maxLength: 40 }), (costsUs) => {
      const { time, control, pacer } = rig(10_000);
      pacer.wait();
      const first = pacer.stamp.tick;
      for (const costUs of costsUs) {
        time.pass(costUs * 1000);
        const readyUs = time.wallUs;
        const before = pacer.stamp.tick;
        const missedBefore = pacer.stamp.missedTicks;
        pacer.wait();
        // The newest tick that had come when the source was ready, or else the next.
        const newest = Math.floor(readyUs / 10_000);
        assert.equal(pacer.stamp.tick, Math.max(before + 1, newest));
        assert.equal(pacer.stamp.missedTicks - missedBefore, pacer.stamp.tick - before - 1);
        const lateUs = pacer.stamp.latenessNs / 1000;
        assert.ok(lateUs < 10_400, `${lateUs} us late`);
        if (newest > before) assert.ok(Math.abs(lateUs - (readyUs - newest * 10_000)) < 5);
      }
      // Every tick ran or was counted.
      assert.equal(pacer.stamp.tick - first, costsUs.length + control.get('missedTicks'));
      assert.equal(control.get('ticks'), costsUs.length + 1);
    }),
  );
});

test('a step forward re-anchors: flagged once, nothing is counted as missed', () => {
  const { time, control, pacer } = rig(10_000);
  pacer.wait();
  time.wallAheadUs += 3_600_000_000;
  pacer.wait();
  assert.equal(pacer.stamp.clockStep, true);
  assert.ok(Math.abs(pacer.stamp.wallUs - time.wallUs) < 400);
  assert.equal(pacer.stamp.wallUs % 10_000, 0);
  pacer.wait();
  assert.equal(pacer.stamp.clockStep, false);
  assert.equal(control.get('missedTicks'), 0);
  assert.equal(control.get('clockSteps'), 1);
});

test('a step backward is not slept through, even at a long interval', () => {
  const { time, control, pacer } = rig(60_000_000);
  pacer.wait();
  const before = time.nowNs;
  control.during = (sleep) => {
    if (sleep === control.sleeps.length && time.wallAheadUs > 1.7e15) time.wallAheadUs -= 86_400_000_000;
    control.during = undefined;
  };
  pacer.wait();
  assert.equal(pacer.stamp.clockStep, true);
  assert.equal(pacer.stamp.wallUs % 60_000_000, 0);
  assert.ok(Math.abs(pacer.stamp.wallUs - time.wallUs) < 400);
  assert.ok(time.nowNs - before <= 120.1e9, 'within two intervals, not after a day');
  assert.equal(control.get('clockSteps'), 1);
});

test('a change of the interval while it sleeps takes effect at once', () => {
  const { time, control, pacer } = rig(1_000_000);
  pacer.wait();
  const before = time.nowNs;
  control.during = () => {
    control.during = undefined;
    control.setIntervalUs(10_000);
  };
  pacer.wait();
  assert.equal(pacer.stamp.intervalUs, 10_000);
  assert.equal(pacer.stamp.wallUs % 10_000, 0);
  assert.equal(pacer.stamp.tick, pacer.stamp.wallUs / 10_000);
  assert.ok(time.nowNs - before < 300e6);
  assert.equal(control.get('missedTicks'), 0);
  assert.equal(control.get('cadenceUs'), 10_000);
});

test('a stop ends the wait: before it, and in the middle of a sleep', () => {
  const early = rig(1_000_000);
  early.control.requestStop();
  assert.equal(early.pacer.wait(), 'stop');
  assert.equal(early.control.sleeps.length, 0);

  const { time, control, pacer } = rig(60_000_000);
  pacer.wait();
  const before = time.nowNs;
  control.during = () => control.requestStop();
  assert.equal(pacer.wait(), 'stop');
  assert.ok(time.nowNs - before < 250e6);
});

test('long waits are split, so that the heartbeat goes on', () => {
  const { control, pacer } = rig(10_000_000);
  pacer.wait();
  const before = control.get('heartbeat');
  pacer.wait();
  assert.ok(Math.max(...control.sleeps) <= 250);
  assert.ok(control.get('heartbeat') - before >= 40);
});

test('waitBefore stops ahead of the tick and leaves it to come', () => {
  const { time, pacer } = rig(1_000_000);
  pacer.wait();
  const next = pacer.stamp.wallUs + 1_000_000;
  assert.equal(pacer.waitBefore(15_000), 'due');
  assert.ok(Math.abs(next - 15_000 - time.wallUs) < 400);
  assert.ok(Math.abs(pacer.untilNextUs() - 15_000) < 400);
  pacer.wait();
  assert.equal(pacer.stamp.wallUs, next);
});

test('a source at its own pace keeps it, but is never faster than the base tick', () => {
  const { time, control, pacer } = rig(10_000, 1_000_000);
  pacer.wait();
  pacer.wait();
  assert.equal(pacer.stamp.intervalUs, 1_000_000);
  assert.equal(pacer.stamp.wallUs % 1_000_000, 0);
  assert.equal(pacer.stamp.tick, pacer.stamp.wallUs / 1_000_000);
  control.setIntervalUs(5_000_000);
  pacer.wait();
  assert.equal(pacer.stamp.intervalUs, 5_000_000);
  assert.equal(pacer.stamp.wallUs % 5_000_000, 0);
  assert.ok(Math.abs(pacer.stamp.wallUs - time.wallUs) < 400);
});

test('a cadence of several intervals keeps the numbers of the base tick and misses nothing', () => {
  const { control, pacer } = rig(10_000);
  pacer.wait();
  pacer.setMultiple(3);
  assert.equal(control.get('cadenceUs'), 30_000);
  let last = 0;
  for (let i = 0; i < 20; i++) {
    pacer.wait();
    assert.equal(pacer.stamp.tick % 3, 0);
    assert.equal(pacer.stamp.wallUs, pacer.stamp.tick * 10_000);
    assert.equal(pacer.stamp.intervalUs, 30_000);
    if (last > 0) assert.equal(pacer.stamp.tick, last + 3);
    last = pacer.stamp.tick;
  }
  pacer.setMultiple(1);
  pacer.wait();
  assert.ok(pacer.stamp.tick > last && pacer.stamp.tick <= last + 3);
  assert.equal(control.get('missedTicks'), 0);
});

test('late ticks are counted beyond a fifth of the interval', () => {
  const { time, control, pacer } = rig(10_000);
  pacer.wait();
  time.pass(11_500_000);
  pacer.wait();
  assert.equal(control.get('lateTicks'), 0);
  time.pass(11_500_000);
  pacer.wait();
  assert.equal(control.get('lateTicks'), 1);
});

test('the fraction of the wall clock is refined while waiting, without making the tick late', () => {
  const { time, control, pacer } = rig(10_000);
  control.oversleepUs = 20;
  for (let i = 0; i < 20_000; i++) {
    if (i % 1000 === 0) time.wallAheadUs += 90;
    pacer.wait();
    const lateUs = time.wallUs - pacer.stamp.wallUs;
    assert.ok(lateUs > -100 && lateUs < 400, `tick ${i} begins ${lateUs} us late`);
  }
  assert.equal(control.get('missedTicks'), 0);
  assert.equal(control.get('clockSteps'), 0);
});
