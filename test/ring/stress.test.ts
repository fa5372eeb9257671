// Two real threads on one ring. A test counts what it met and fails when it met too little to prove anything.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type FrameVisitor, RingConsumer } from '../../src/ring/consumer.js';
import { ControlBlock } from '../../src/ring/control.js';
import { Doorbell } from '../../src/ring/doorbell.js';
import { createRingAt } from './harness.js';
import { expectedSamples, hash, SERIES, type StressData } from './stress-frames.js';

const DEADLINE_MS = 30_000;

interface Rig {
  readonly worker: Worker;
  readonly consumer: RingConsumer;
  readonly control: ControlBlock;
  readonly bell: Doorbell;
  readonly barrier: Int32Array;
  /** Rejects when the worker fails: put it beside every wait. */
  readonly ended: Promise<number>;
}

function start(role: StressData['role'], capacitySlots: number, position: number, settings: Partial<StressData>): Rig {
  const memory = createRingAt(capacitySlots, position);
  const bell = new Doorbell();
  const barrier = new SharedArrayBuffer(256);
  const data: StressData = {
    role,
    memory,
    doorbell: bell.memory,
    barrier,
    wholeFrames: 0,
    tornSamples: 0,
    rounds: 0,
    ...settings,
  };
  const worker = new Worker(new URL('./stress-worker.js', import.meta.url), { workerData: data });
  const ended = once(worker, 'exit').then(([code]) => code as number);
  ended.catch(() => {});
  return {
    worker,
    consumer: new RingConsumer(memory),
    control: new ControlBlock(memory),
    bell,
    barrier: new Int32Array(barrier),
    ended,
  };
}

/** Blocks this thread (the other one does the work) until `met`, or fails at the deadline. */
function spinUntil(what: string, met: () => boolean): void {
  const deadline = Date.now() + DEADLINE_MS;
  const idle = new Int32Array(new SharedArrayBuffer(4));
  while (!met()) {
    assert.ok(Date.now() < deadline, `waited ${DEADLINE_MS} ms for: ${what}`);
    Atomics.wait(idle, 0, 0, 0.1);
  }
}

/** Checks every word of every frame, and that a sample's generation is the one in use. */
class Checker implements FrameVisitor {
  frames = 0;
  samplesSeen = 0;
  tick = 0;
  skippedTicks = 0;
  generationMax = 0;
  readonly #generations: number[] = [];

  drain(consumer: RingConsumer, frames = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < frames && consumer.peek(); i++) {
      const { header } = consumer;
      if (header.more) {
        assert.equal(header.sampleCount, 0);
      } else {
        assert.ok(header.tick > this.tick, 'ticks go up');
        this.skippedTicks += header.tick - this.tick - 1;
        this.tick = header.tick;
        assert.equal(header.sampleCount, expectedSamples(this.tick));
        assert.equal(header.endNs, header.beginNs + 1);
        this.frames++;
      }
      consumer.take(this);
    }
  }

  define(definition: Parameters<FrameVisitor['define']>[0]): void {
    const { kind, number, generation } = definition;
    if (kind === 'defineSeries') {
      assert.equal(definition.instance[0], String(number));
      this.#generations[number] = generation;
      if (generation > this.generationMax) this.generationMax = generation;
    } else if (kind === 'endSeries') {
      assert.equal(this.#generations[number], generation);
      this.#generations[number] = 0;
    }
  }

  samples(words: Uint32Array, first: number, count: number, maskSlots: number): void {
    for (let i = 0; i < count; i++) {
      const at = ((first + i) & maskSlots) * 4;
      const series = i % SERIES;
      // Not assert.equal: this is the hot loop, and it must not be the slow side by a factor of ten.
      if (
        words[at] !== series ||
        words[at + 1] !== this.#generations[series] ||
        words[at + 2] !== hash(this.tick, i) ||
        words[at + 3] !== this.tick
      ) {
        assert.fail(`sample ${i} of tick ${this.tick} is torn: ${words.slice(at, at + 4)}`);
      }
    }
    this.samplesSeen += count;
  }
}

// A tiny ring holds a frame or two, so its reader mostly waits: fewer frames say as much.
const FLOODS = [
  { capacitySlots: 64, FRAMES: 20_000 },
  { capacitySlots: 256, FRAMES: 100_000 },
  { capacitySlots: 8192, FRAMES: 400_000 },
];

for (const { capacitySlots, FRAMES } of FLOODS) {
  test(`flood through ${capacitySlots} slots, over the wrap of positions`, async (t) => {
    const STALLS = 50;
    const position = 0x7fffffff - 20 * capacitySlots;
    const rig = start('flood', capacitySlots, position, {});
    await once(rig.worker, 'online');
    const checker = new Checker();
    for (let stall = 0; stall < STALLS; stall++) {
      // Full for certain: nothing is taken until the producer has had to drop.
      const dropped = rig.control.get('droppedFrames');
      spinUntil('a full ring', () => rig.control.get('droppedFrames') > dropped);
      spinUntil('enough frames', () => {
        checker.drain(rig.consumer, 1000);
        return checker.frames >= ((stall + 1) * FRAMES) / STALLS;
      });
    }
    rig.control.requestStop();
    const [totals] = await once(rig.worker, 'message');
    await rig.ended;
    checker.drain(rig.consumer);

    const wraps = (checker.samplesSeen + 4 * checker.frames) / capacitySlots;
    t.diagnostic(
      `${checker.frames} frames, ${checker.samplesSeen} samples, ${Math.floor(wraps)} wraps, ` +
        `${totals.droppedFrames} frames met a full ring, generations to ${checker.generationMax}`,
    );
    assert.equal(checker.skippedTicks + (totals.ticks - checker.tick), totals.droppedFrames, 'every drop is counted');
    assert.ok(checker.frames >= FRAMES && wraps > 100, 'it went round often enough');
    assert.ok(totals.droppedFrames >= STALLS, 'it was full often enough');
    assert.ok(checker.generationMax > 10, 'numbers were reused often enough');
  });
}

test('a worker that dies in the middle of a frame leaves all the frames before it and nothing of that one', async () => {
  for (let round = 0; round < 12; round++) {
    const wholeFrames = round % 4;
    // From a frame with no sample yet to one larger than the ring has left.
    const tornSamples = [0, 1, 7, 60, 500][round % 5]!;
    const rig = start('stopInTheMiddle', 256, -40 + round, { wholeFrames, tornSamples });
    await once(rig.worker, 'online');
    spinUntil('the torn frame', () => Atomics.load(rig.barrier, 0) === 1);
    await rig.worker.terminate();
    const checker = new Checker();
    checker.drain(rig.consumer);
    assert.equal(checker.tick, wholeFrames);
    assert.equal(checker.frames, wholeFrames);
    assert.equal(rig.consumer.usedSlots, 0);
  }
});

test('a worker killed at any moment leaves only whole frames', async (t) => {
  const ROUNDS = 12;
  let frames = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rig = start('flood', 8192, round, {});
    await once(rig.worker, 'online');
    const checker = new Checker();
    // Kept drained, so that the worker is in the middle of writing, not of dropping, when it dies.
    spinUntil('a running flood', () => {
      checker.drain(rig.consumer, 1000);
      return checker.frames > 1000 + 137 * round;
    });
    const death = rig.worker.terminate();
    checker.drain(rig.consumer, 1000);
    await death;
    checker.drain(rig.consumer);
    assert.equal(rig.consumer.usedSlots, 0);
    frames += checker.frames;
  }
  t.diagnostic(`${frames} frames over ${ROUNDS} kills`);
});

test('the doorbell loses no wake-up', async (t) => {
  const ROUNDS = 20_000;
  const rig = start('pingPong', 64, 0x7fffff00, { rounds: ROUNDS });
  const met = { asleep: 0, tooLate: 0 };
  let round = 0;
  while (round < ROUNDS) {
    const seen = rig.bell.count;
    let frames = 0;
    while (rig.consumer.peek()) {
      assert.equal(rig.consumer.header.tick, ++round);
      rig.consumer.take({ define() {}, samples() {} });
      frames++;
    }
    if (frames > 0) {
      Atomics.store(rig.barrier, 0, round);
      Atomics.notify(rig.barrier, 0);
      // Every third round the bell rings between the look at its count and the wait: the wait must notice.
      if (round % 3 === 0 && round < ROUNDS) spinUntil('the bell', () => rig.bell.count !== seen);
    }
    if (round === ROUNDS) break;
    const wait = rig.bell.wait(seen, DEADLINE_MS);
    if (typeof wait === 'string') {
      assert.equal(wait, 'not-equal');
      met.tooLate++;
    } else {
      assert.equal(await keptAlive(wait), 'ok', 'slept through a ring');
      met.asleep++;
    }
  }
  assert.equal(await rig.ended, 0);
  t.diagnostic(JSON.stringify(met));
  assert.ok(met.asleep > ROUNDS / 100, 'it slept often enough');
  assert.ok(met.tooLate > ROUNDS / 100, 'the bell rang before the wait often enough');
});

/** The promise of a wait keeps no process alive, and the test's worker may have ended already. */
async function keptAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

test('the doorbell gives up after its time', async () => {
  const bell = new Doorbell();
  const wait = bell.wait(bell.count, 5);
  assert.equal(typeof wait === 'string' ? wait : await keptAlive(wait), 'timed-out');
});

test('a command wakes a sleeping worker, and none is slept over', async (t) => {
  const CHANGES = 5000;
  const rig = start('obey', 64, 0, {});
  await once(rig.worker, 'online');
  for (let change = 1; change <= CHANGES; change++) {
    // One in two intervals has the sign bit of a cell set: an hour in microseconds does.
    const intervalUs = change % 2 === 0 ? change : 3_600_000_000 - change;
    rig.control.setIntervalUs(intervalUs);
    assert.equal(rig.control.intervalUs, intervalUs);
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const shown = Atomics.load(rig.barrier, 1);
      if (shown >>> 0 === intervalUs) break;
      assert.ok(Date.now() < deadline, `change ${change} was slept over`);
      Atomics.wait(rig.barrier, 1, shown, 1000);
    }
  }
  assert.equal(rig.control.state, 'running');
  rig.control.requestStop();
  assert.equal(await rig.ended, 0);
  assert.equal(rig.control.state, 'stopped');
  t.diagnostic(`woken ${rig.control.get('ticks')} times for ${CHANGES} changes`);
  assert.ok(rig.control.get('ticks') > CHANGES / 2, 'it slept often enough');
});
