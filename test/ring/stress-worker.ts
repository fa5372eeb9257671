// The producing side of the stress tests; each role runs in a worker thread of its own until it is told to stop.
// The frame of tick t is a pure function of t, so the reader can tell what it must hold without being told.

import { parentPort, workerData } from 'node:worker_threads';
import { Doorbell } from '../../src/ring/doorbell.js';
import { blankStamp, RingProducer } from '../../src/ring/producer.js';
import { expectedSamples, hash, SERIES, type StressData, ZONE } from './stress-frames.js';

const data = workerData as StressData;
const barrier = new Int32Array(data.barrier);
const producer = new RingProducer(data.memory, new Doorbell(data.doorbell));
const { control } = producer;

const stamp = blankStamp(1000);
const series: number[] = [];

function define(): void {
  const zone = producer.defineZone(ZONE);
  for (let i = 0; i < SERIES; i++) series.push(producer.defineSeries(zone, 'mem.rss', [String(i)]));
}

/** Ends a series and defines it anew: it gets the same number in the next generation. */
function renew(at: number): void {
  producer.endSeries(series[at]!);
  series[at] = producer.defineSeries(0, 'mem.rss', [String(at)]);
}

function putFrame(tick: number, samples: number): void {
  stamp.tick = tick;
  stamp.beginNs = tick * 1000;
  producer.begin(stamp);
  for (let i = 0; i < samples; i++) producer.put(series[i % SERIES]!, hash(tick, i), tick);
}

/** Frames without pause: most meet a full ring. Every 64th renews a series. */
function flood(): void {
  define();
  let tick = 0;
  while (!control.stopRequested) {
    tick++;
    if (tick % 64 === 0) renew((tick / 64) % SERIES);
    putFrame(tick, expectedSamples(tick));
    producer.commit(stamp.beginNs + 1);
  }
  parentPort?.postMessage({
    ticks: tick,
    droppedFrames: control.get('droppedFrames'),
    droppedSamples: control.get('droppedSamples'),
  });
}

/** Some whole frames, then part of one; then it waits to be killed. */
function stopInTheMiddle(): void {
  define();
  for (let tick = 1; tick <= data.wholeFrames; tick++) {
    putFrame(tick, expectedSamples(tick));
    producer.commit(stamp.beginNs + 1);
  }
  renew(0);
  putFrame(data.wholeFrames + 1, data.tornSamples);
  Atomics.store(barrier, 0, 1);
  Atomics.notify(barrier, 0);
  Atomics.wait(barrier, 0, 1);
}

/** Rings once per round, as soon as the reader has answered the round before. */
function pingPong(): void {
  for (let round = 1; round <= data.rounds; round++) {
    stamp.tick = round;
    producer.begin(stamp);
    producer.commit(0);
    while (Atomics.load(barrier, 0) !== round) {
      if (Atomics.wait(barrier, 0, round - 1, 10_000) === 'timed-out') throw new Error(`no answer to round ${round}`);
    }
  }
}

/** Sleeps until the next command, again and again, and says which interval it saw. */
function obey(): void {
  control.setState('running');
  for (;;) {
    const seen = control.command;
    Atomics.store(barrier, 1, control.intervalUs);
    Atomics.notify(barrier, 1);
    if (control.stopRequested) break;
    if (!control.sleep(60_000, seen)) throw new Error('nobody woke the sleeper');
    control.add('ticks', 1);
  }
  control.setState('stopped');
}

({ flood, stopInTheMiddle, pingPong, obey })[data.role]();
