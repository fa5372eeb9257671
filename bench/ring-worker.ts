// The sending side of the ring's bench. Every sample of frame f carries f.

import { parentPort, workerData } from 'node:worker_threads';
import { RingBuffer } from 'ringbuf.js';
import { CELL, HEADER_SLOTS, mapRing, SLOT_WORDS } from '../src/ring/layout.js';
import { blankStamp, RingProducer } from '../src/ring/producer.js';
import { CAPACITY_SLOTS, MESSAGES_MAX, type RingBenchData, type RingBenchJob } from './ring-jobs.js';

const data = workerData as RingBenchData;
const port = parentPort!;
const producer = new RingProducer(data.ring);
const { cells } = mapRing(data.ring);
const ringbuf = new RingBuffer(data.ringbuf, Uint32Array);
const taken = new Int32Array(data.taken);
const zone = producer.defineZone({ key: 'z', name: 'z', kind: 'host', containerId: '', inode: '', owned: true });
const series = Array.from({ length: 512 }, (_, i) => producer.defineSeries(zone, 'threads', [String(i)]));
const stamp = blankStamp(1000);

/** Slots that are free for certain; looked at again only when they run out, as the producer itself does. */
let freeSlots = 0;

function waitForRoom(slots: number): void {
  while (freeSlots < slots) {
    freeSlots = CAPACITY_SLOTS - ((Atomics.load(cells, CELL.tail) - Atomics.load(cells, CELL.head)) | 0);
  }
  freeSlots -= slots;
}

function sendByRing(batch: number, frames: number): void {
  // The definitions go with the first frames.
  freeSlots = 0;
  waitForRoom(CAPACITY_SLOTS / 2);
  for (let frame = 0; frame < frames; frame++) {
    waitForRoom(batch + HEADER_SLOTS);
    stamp.tick = frame;
    producer.begin(stamp);
    for (let i = 0; i < batch; i++) producer.put(series[i]!, frame, 0);
    producer.commit(1);
  }
}

function sendByRingbuf(batch: number, frames: number): void {
  const words = new Uint32Array(batch * SLOT_WORDS);
  for (let frame = 0; frame < frames; frame++) {
    fill(words, batch, frame);
    while (ringbuf.available_write() < words.length);
    ringbuf.push(words, words.length);
  }
}

function sendByMessage(batch: number, frames: number): void {
  const words = new Uint32Array(batch * SLOT_WORDS);
  for (let frame = 0; frame < frames; frame++) {
    fill(words, batch, frame);
    for (let at = Atomics.load(taken, 0); frame - at >= MESSAGES_MAX; at = Atomics.load(taken, 0))
      Atomics.wait(taken, 0, at);
    port.postMessage(words);
  }
}

function fill(words: Uint32Array, batch: number, frame: number): void {
  for (let i = 0; i < batch; i++) {
    const at = i * SLOT_WORDS;
    words[at] = series[i]!;
    words[at + 1] = 1;
    words[at + 2] = frame;
    words[at + 3] = 0;
  }
}

const SENDERS = { ring: sendByRing, ringbuf: sendByRingbuf, postMessage: sendByMessage };

port.on('message', ({ transport, batch, frames }: RingBenchJob) => {
  Atomics.store(taken, 0, 0);
  port.postMessage('ready');
  SENDERS[transport](batch, frames);
});
