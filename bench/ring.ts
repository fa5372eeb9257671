// How many samples a second cross from a worker to the main thread: our ring, ringbuf.js and postMessage, in frames of
// 1 to 512 samples of 16 bytes. Nothing is dropped in any of them: the worker waits for room. The reader adds up a word
// of every sample, so that each is really read.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RingBuffer } from 'ringbuf.js';
import { type FrameVisitor, RingConsumer } from '../src/ring/consumer.js';
import { createRingMemory, SLOT_WORDS } from '../src/ring/layout.js';
import { CAPACITY_SLOTS, type RingBenchData, type RingBenchJob, type Transport } from './ring-jobs.js';
import { interleave, ratioText } from './support.js';

const BATCHES = [1, 8, 64, 512];
const ROUNDS = 7;

/** Frames per round: some 0.1 s each. */
function framesFor(transport: Transport, batch: number): number {
  if (transport === 'postMessage') return batch >= 512 ? 4_000 : 8_000;
  return Math.ceil(4_000_000 / (batch + 8));
}

class Sum implements FrameVisitor {
  total = 0;
  seen = 0;
  define(): void {}
  samples(words: Uint32Array, first: number, count: number, maskSlots: number): void {
    for (let i = 0; i < count; i++) this.total += words[((first + i) & maskSlots) * SLOT_WORDS + 2]!;
    this.seen += count;
  }
}

export async function run(): Promise<void> {
  const data: RingBenchData = {
    ring: createRingMemory(CAPACITY_SLOTS),
    ringbuf: RingBuffer.getStorageForCapacity(CAPACITY_SLOTS * SLOT_WORDS, Uint32Array),
    taken: new SharedArrayBuffer(4),
  };
  const worker = new Worker(new URL('./ring-worker.js', import.meta.url), { workerData: data });
  await once(worker, 'online');
  const reader = new Reader(worker, data);
  for (const batch of BATCHES) {
    const rate = (transport: Transport) => () => reader.samplesPerSecond(transport, batch, framesFor(transport, batch));
    const rates = await interleave(
      { ring: rate('ring'), ringbuf: rate('ringbuf'), postMessage: rate('postMessage') },
      ROUNDS,
    );
    const million = (rates.ring.median / 1e6).toFixed(1);
    console.log(
      `ring, frames of ${batch}: ${ratioText(rates.ring, rates.ringbuf)} of ringbuf.js (${million} M samples/s)`,
    );
    console.log(`ring, frames of ${batch}: ${ratioText(rates.ring, rates.postMessage)} of postMessage`);
  }
  await worker.terminate();
}

class Reader {
  readonly #worker: Worker;
  readonly #consumer: RingConsumer;
  readonly #ringbuf: RingBuffer;
  readonly #taken: Int32Array;

  constructor(worker: Worker, data: RingBenchData) {
    this.#worker = worker;
    this.#consumer = new RingConsumer(data.ring);
    this.#ringbuf = new RingBuffer(data.ringbuf, Uint32Array);
    this.#taken = new Int32Array(data.taken);
  }

  /** Has the worker send, reads until all of it is there. */
  async samplesPerSecond(transport: Transport, batch: number, frames: number): Promise<number> {
    const sum = new Sum();
    const samples = batch * frames;
    const ready = once(this.#worker, 'message');
    const job: RingBenchJob = { transport, batch, frames };
    this.#worker.postMessage(job);
    await ready;
    const begin = performance.now();
    if (transport === 'ring') this.#readRing(sum, samples);
    else if (transport === 'ringbuf') this.#readRingbuf(sum, samples, batch);
    else await this.#readMessages(sum, samples, batch);
    const seconds = (performance.now() - begin) / 1000;
    const expected = ((frames - 1) * frames * batch) / 2;
    if (sum.total !== expected) throw new Error(`${transport} delivered ${sum.total}, not ${expected}`);
    return samples / seconds;
  }

  #readRing(sum: Sum, samples: number): void {
    while (sum.seen < samples) if (this.#consumer.peek()) this.#consumer.take(sum);
  }

  #readRingbuf(sum: Sum, samples: number, batch: number): void {
    const words = new Uint32Array(batch * SLOT_WORDS);
    while (sum.seen < samples) {
      // Whole frames, as the other two deliver them.
      if (this.#ringbuf.available_read() < words.length) continue;
      this.#ringbuf.pop(words, words.length);
      sum.samples(words, 0, batch, 0xffff);
    }
  }

  async #readMessages(sum: Sum, samples: number, batch: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const receive = (words: Uint32Array): void => {
        sum.samples(words, 0, batch, 0xffff);
        Atomics.add(this.#taken, 0, 1);
        Atomics.notify(this.#taken, 0);
        if (sum.seen < samples) return;
        this.#worker.off('message', receive);
        resolve();
      };
      this.#worker.on('message', receive);
    });
  }
}
