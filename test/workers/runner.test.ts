// The runner in real worker threads, with tiny sources: opening, ticking, housekeeping, stopping, failing, falling back
// to a slower cadence. Conditions are waited for; no outcome rests on how fast this machine is.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { AgentStats } from '../../src/ring/agent-stats.js';
import { RingConsumer } from '../../src/ring/consumer.js';
import { ControlBlock } from '../../src/ring/control.js';
import { Doorbell } from '../../src/ring/doorbell.js';
import { createRingMemory } from '../../src/ring/layout.js';
import type { WorkerMessage, WorkerResult } from '../../src/workers/task.js';
import { until } from '../support/until.js';
import { PROBE, type RunnerWork } from './runner-modules.js';

interface Frame {
  readonly tick: number;
  readonly wallUs: number;
  readonly intervalUs: number;
  readonly missedTicks: number;
  readonly value: number;
}

/** What a test that fails leaves behind must not keep the process alive. */
const workers: Worker[] = [];
after(() => Promise.all(workers.map((worker) => worker.terminate())));

/** A source in its thread, and all that can be seen of it. */
class Running {
  readonly control: ControlBlock;
  readonly frames: Frame[] = [];
  readonly messages: WorkerMessage[] = [];
  readonly worker: Worker;
  readonly outcome: Promise<{ result?: WorkerResult; error?: string }>;
  readonly #probe = new Int32Array(new SharedArrayBuffer(64));
  readonly #consumer: RingConsumer;
  readonly #port: MessagePort;

  constructor(module: RunnerWork['module'], intervalUs: number, options: Record<string, unknown> = {}, costUs = 0) {
    const memory = createRingMemory(1024);
    this.control = new ControlBlock(memory);
    this.control.setIntervalUs(intervalUs);
    this.#consumer = new RingConsumer(memory);
    Atomics.store(this.#probe, PROBE.costUs, costUs);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: WorkerMessage) => this.messages.push(message));
    const work: RunnerWork = {
      module,
      probe: this.#probe.buffer as SharedArrayBuffer,
      task: {
        kind: 'run',
        source: 'probe',
        paths: { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' },
        options,
        memory,
        doorbell: new Doorbell().memory,
        agentStats: new AgentStats().memory,
        port: port2,
      },
    };
    this.worker = new Worker(new URL('./runner-modules.js', import.meta.url), {
      workerData: work,
      transferList: [port2],
    });
    workers.push(this.worker);
    this.outcome = new Promise((resolve, reject) => {
      this.worker.once('message', resolve);
      this.worker.once('error', reject);
    });
  }

  probe(cell: keyof typeof PROBE): number {
    return Atomics.load(this.#probe, PROBE[cell]);
  }

  setCostUs(us: number): void {
    Atomics.store(this.#probe, PROBE.costUs, us);
  }

  drain(): readonly Frame[] {
    let value = 0;
    const visitor = {
      define: () => {},
      samples: (words: Uint32Array, first: number, _count: number, mask: number) => {
        value = words[(first & mask) * 4 + 2]!;
      },
    };
    while (this.#consumer.peek()) {
      const { tick, wallUs, intervalUs, missedTicks } = this.#consumer.header;
      this.#consumer.take(visitor);
      this.frames.push({ tick, wallUs, intervalUs, missedTicks, value });
    }
    return this.frames;
  }

  async end(): Promise<{ result?: WorkerResult; error?: string }> {
    this.control.requestStop();
    const outcome = await this.outcome;
    this.#port.close();
    await this.worker.terminate();
    return outcome;
  }
}

test('a source is opened, announced, sampled at aligned ticks, and closed when asked to stop', async () => {
  const running = new Running('steady', 2000);
  await until(() => running.drain().length >= 50, '50 frames');
  const outcome = await running.end();
  assert.deepEqual(outcome, { result: { kind: 'stopped' } });
  assert.deepEqual(running.messages[0], { kind: 'opened', pace: 'tick' });
  assert.equal(running.control.state, 'stopped');
  assert.equal(running.probe('closed'), 1);
  const frames = running.drain();
  for (const [i, frame] of frames.entries()) {
    assert.equal(frame.wallUs % 2000, 0);
    assert.equal(frame.tick, frame.wallUs / 2000);
    assert.equal(frame.value, i + 1, 'one frame for every sample, in order');
    const last = frames[i - 1];
    if (last !== undefined) assert.equal(frame.tick - last.tick, 1 + frame.missedTicks - last.missedTicks);
  }
});

test('half a millisecond is an interval like any other', async () => {
  const running = new Running('steady', 500);
  await until(() => running.drain().length >= 400, '400 frames');
  await running.end();
  const frames = running.drain();
  for (const frame of frames) assert.equal(frame.tick, frame.wallUs / 500);
  const span = frames.at(-1)!.tick - frames[0]!.tick;
  assert.equal(span, frames.length - 1 + frames.at(-1)!.missedTicks - frames[0]!.missedTicks);
});

test('a source at its own pace keeps its interval, or the one of its options', async () => {
  const byDefault = new Running('own', 1000);
  const byOption = new Running('own', 1000, { intervalMs: 50 });
  await until(() => byDefault.drain().length >= 3 && byOption.drain().length >= 3, 'three frames of each');
  await byDefault.end();
  await byOption.end();
  assert.ok(byDefault.frames.every((frame) => frame.wallUs % 100_000 === 0 && frame.intervalUs === 100_000));
  assert.ok(byOption.frames.every((frame) => frame.wallUs % 50_000 === 0 && frame.intervalUs === 50_000));
  assert.deepEqual(byOption.messages[0], { kind: 'opened', pace: 'own' });
});

test('a stop in the middle of a long interval ends it, though the tick is an hour away', async () => {
  const running = new Running('steady', 3_600_000_000);
  await until(() => running.control.state === 'running' && running.control.get('heartbeat') > 0, 'the first wait');
  const beats = running.control.get('heartbeat');
  await until(() => running.control.get('heartbeat') > beats + 2, 'heartbeats while it waits');
  assert.deepEqual(await running.end(), { result: { kind: 'stopped' } });
  assert.equal(running.probe('samples'), 0);
});

test('a new interval takes effect in the middle of the old one', async () => {
  const running = new Running('steady', 3_600_000_000);
  await until(() => running.control.state === 'running', 'the start');
  running.control.setIntervalUs(5000);
  await until(() => running.drain().length >= 5, 'frames at the new interval');
  await running.end();
  assert.ok(running.frames.every((frame) => frame.intervalUs === 5000));
  assert.equal(running.control.get('missedTicks') - running.frames.at(-1)!.missedTicks, 0);
});

test('a reading that throws ends the task with its error; its frame is not published', async () => {
  const running = new Running('throwing', 1000);
  const outcome = await running.outcome;
  assert.deepEqual(outcome, { error: 'the third reading failed' });
  assert.deepEqual(
    running.drain().map((frame) => frame.value),
    [1, 2],
  );
  assert.equal(running.probe('closed'), 1);
  assert.equal(running.control.state, 'stopped');
  await running.end();
});

test('a source that can not run here says so; one that fails to open fails', async () => {
  const unavailable = new Running('unavailable', 1000);
  assert.deepEqual(await unavailable.outcome, {
    result: { kind: 'unavailable', reason: 'no such thing here', remedy: 'get one' },
  });
  await unavailable.end();
  const broken = new Running('broken', 1000);
  assert.deepEqual(await broken.outcome, { error: 'could not open' });
  assert.deepEqual(broken.messages, [], 'it was never announced as opened');
  await broken.end();
});

test('housekeeping comes after the event loop has turned, at most five times a second', async () => {
  for (const intervalUs of [1000, 100_000]) {
    const running = new Running('housekeeping', intervalUs);
    const begin = performance.now();
    await until(() => running.probe('samples') > 0, 'a sample');
    running.worker.postMessage('to be delivered while the source runs');
    await until(() => running.probe('messages') === 1, 'the message');
    await until(() => running.probe('housekeepings') >= 3, 'housekeeping');
    const seen = running.probe('housekeepings');
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(seen <= seconds * 5 + 2, `${seen} times in ${seconds} s`);
    await running.end();
  }
});

test('at a long interval housekeeping is done without waiting for the tick', async () => {
  const running = new Running('housekeeping', 3_600_000_000);
  await until(() => running.probe('housekeepings') >= 2, 'housekeeping within the hour');
  assert.equal(running.probe('samples'), 0);
  await running.end();
});

test('a source too slow for the tick falls back to a cadence it can keep, says so, and comes up again', async () => {
  const running = new Running('steady', 2000, {}, 3500);
  await until(() => running.control.get('cadenceUs') > 2000, 'a slower cadence');
  await until(() => running.messages.some((message) => message.kind === 'note'), 'the note');
  const slow = running.control.get('cadenceUs');
  assert.ok(slow >= 6000 && slow % 2000 === 0, `reads every ${slow} us`);
  await until(() => running.drain().some((frame) => frame.intervalUs === slow), 'frames at that cadence');
  const kept = running.drain().filter((frame) => frame.intervalUs === slow);
  for (const frame of kept) {
    assert.equal(frame.wallUs % slow, 0);
    assert.equal(frame.tick, frame.wallUs / 2000, 'ticks keep the numbers of the base interval');
  }
  running.setCostUs(0);
  await until(() => running.control.get('cadenceUs') === 2000, 'the full rate', 30_000);
  await running.end();
  const notes = running.messages.filter((message) => message.kind === 'note');
  assert.equal(notes.length, 2, JSON.stringify(notes));
});
