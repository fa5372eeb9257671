// The worker's end of a ring: single producer. It owns `tail` and every slot from `tail` to `head + capacity`.
// A frame is written into free slots and becomes visible by one Atomics.store of `tail`, whole or not at all.
// A full ring never blocks and never overwrites: the frame is dropped and counted, its definitions are kept for the next.

import { ControlBlock } from './control.js';
import { seriesText, type ZoneIdentity, zoneText } from './definition.js';
import type { Doorbell } from './doorbell.js';
import {
  CELL,
  DEFINITION,
  DEFINITION_KIND,
  FLAG,
  HEADER,
  HEADER_SLOTS,
  mapRing,
  SAMPLE,
  SLOT_BYTES,
  SLOT_WORDS,
  slotsOfBytes,
  wordIndexOf,
} from './layout.js';
import { NumberPool } from './number-pool.js';
import { highOf, lowOf } from './u64.js';

/** When a reading happened. One object, reused by the pacer for every tick. */
export interface TickStamp {
  /** Wall-clock time of the tick divided by the interval. */
  tick: number;
  /** Wall clock of the tick, whole microseconds since the epoch. */
  wallUs: number;
  intervalUs: number;
  latenessNs: number;
  /** Ticks missed since this source started. */
  missedTicks: number;
  /** Monotonic clock when the reading began, nanoseconds. */
  beginNs: number;
  clockStep: boolean;
}

/** A stamp to be filled in before the first tick. Allocates: one per source. */
export function blankStamp(intervalUs = 0): TickStamp {
  return { tick: 0, wallUs: 0, intervalUs, latenessNs: 0, missedTicks: 0, beginNs: 0, clockStep: false };
}

interface PendingDefinition {
  readonly kind: number;
  readonly number: number;
  readonly generation: number;
  readonly text: Uint8Array;
}

const NO_TEXT = new Uint8Array(0);
const encoder = new TextEncoder();

export class RingProducer {
  readonly control: ControlBlock;
  readonly #cells: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #capacitySlots: number;
  readonly #maskSlots: number;
  /** A frame larger than this is cut at the next `breakIfLarge`, so that no tick needs the whole ring at once. */
  readonly #largeFrameSlots: number;
  readonly #doorbell: Doorbell | undefined;

  // Positions are int32 and wrap; only differences are compared. Invariant: tail <= cursor <= limit <= head + capacity.
  #tail: number;
  #cursor = 0;
  /** As far as the head last seen allows; looked at again when it is reached, not before. */
  #limit: number;
  #inFrame = false;
  /** The open frame did not fit: what is put from now on is only counted. */
  #dropping = false;
  #droppedInFrame = 0;
  /** The last frame did not fit; what it left over must not make the next one too large as well. */
  #lastDropped = false;
  #stamp: TickStamp | undefined;

  readonly #zones = new NumberPool();
  readonly #series = new NumberPool();
  #zoneOfSeries: Int32Array = new Int32Array(256).fill(-1);
  readonly #seriesOfZone: (Set<number> | undefined)[] = [];
  #pending: PendingDefinition[] = [];
  #pendingSlots = 0;
  #fillMaxSlots = 0;

  /** A memory serves one producer in its life: a second one would hand out the first one's numbers again. */
  constructor(memory: SharedArrayBuffer, doorbell?: Doorbell) {
    const views = mapRing(memory);
    this.control = new ControlBlock(memory);
    this.#cells = views.cells;
    this.#words = views.words;
    this.#bytes = views.bytes;
    this.#capacitySlots = views.capacitySlots;
    this.#maskSlots = views.capacitySlots - 1;
    this.#largeFrameSlots = views.capacitySlots >> 3;
    this.#doorbell = doorbell;
    this.#tail = Atomics.load(this.#cells, CELL.tail);
    this.#limit = this.#tail;
  }

  // -- definitions: queued here, visible with the next committed frame, before that frame's samples

  /**
   * Allocates.
   * @returns the zone's number, for `defineSeries` and `endZone`
   * @throws RangeError when its names would not fit into the ring
   */
  defineZone(zone: ZoneIdentity): number {
    const text = this.#encode(zoneText(zone));
    const number = this.#zones.take();
    this.#seriesOfZone[number] = new Set();
    this.#queue(DEFINITION_KIND.defineZone, number, this.#zones.generationOf(number), text);
    this.control.set('liveZones', this.#zones.live);
    return number;
  }

  /** Ends a zone and every series in it; their numbers are free for reuse. */
  endZone(zone: number): void {
    const series = this.#seriesOfZone[zone];
    if (series === undefined) throw new RangeError(`zone ${zone} is not defined`);
    for (const number of series) this.endSeries(number);
    this.#seriesOfZone[zone] = undefined;
    this.#queue(DEFINITION_KIND.endZone, zone, this.#zones.generationOf(zone), NO_TEXT);
    this.#zones.release(zone);
    this.control.set('liveZones', this.#zones.live);
  }

  /**
   * Allocates. May be called while a frame is open.
   * @param field path of the field in the packet, `disk.nread`
   * @param instance values of the element's key fields in schema order; none for a field that is not repeated
   * @returns the series' number, for `put` and `endSeries`
   * @throws RangeError when the zone is not defined, or the names would not fit into the ring
   */
  defineSeries(zone: number, field: string, instance: readonly string[] = []): number {
    const siblings = this.#seriesOfZone[zone];
    if (siblings === undefined) throw new RangeError(`zone ${zone} is not defined`);
    const text = this.#encode(seriesText(zone, field, instance));
    const number = this.#series.take();
    siblings.add(number);
    if (number >= this.#zoneOfSeries.length) {
      const grown = new Int32Array(this.#zoneOfSeries.length * 2).fill(-1);
      grown.set(this.#zoneOfSeries);
      this.#zoneOfSeries = grown;
    }
    this.#zoneOfSeries[number] = zone;
    this.#queue(DEFINITION_KIND.defineSeries, number, this.#series.generationOf(number), text);
    this.control.set('liveSeries', this.#series.live);
    return number;
  }

  endSeries(series: number): void {
    const zone = this.#zoneOfSeries[series] ?? -1;
    if (zone < 0) throw new RangeError(`series ${series} is not defined`);
    this.#seriesOfZone[zone]?.delete(series);
    this.#zoneOfSeries[series] = -1;
    this.#queue(DEFINITION_KIND.endSeries, series, this.#series.generationOf(series), NO_TEXT);
    this.#series.release(series);
    this.control.set('liveSeries', this.#series.live);
  }

  // -- frames

  /** Opens a frame for the tick in `stamp`, which must stay unchanged until the commit. Never blocks. */
  begin(stamp: TickStamp): void {
    if (this.#inFrame) throw new Error('a frame is open already');
    this.#inFrame = true;
    this.#stamp = stamp;
    this.#open();
    // What a dropped frame left over, or the first tick of a large tree, goes ahead in frames of its own.
    const waitingSlots = this.#lastDropped ? 0 : this.#largeFrameSlots;
    while (this.#pendingSlots > waitingSlots && this.#publish(FLAG.more, stamp.beginNs)) this.#open();
  }

  /**
   * Adds one sample: 64 bits as two uint32 halves. Never blocks, never allocates.
   * On a full ring the sample is counted as dropped and the whole frame will be.
   */
  put(series: number, low: number, high: number): void {
    if (this.#dropping || (this.#cursor === this.#limit && !this.#hasRoom(1))) {
      this.#droppedInFrame++;
      return;
    }
    const at = wordIndexOf(this.#cursor, this.#maskSlots);
    const words = this.#words;
    words[at + SAMPLE.series] = series;
    words[at + SAMPLE.generation] = this.#series.generationOf(series);
    words[at + SAMPLE.low] = low;
    words[at + SAMPLE.high] = high;
    this.#cursor = (this.#cursor + 1) | 0;
  }

  /** `put` for a whole, non-negative double below 2^53. */
  putNumber(series: number, value: number): void {
    this.put(series, lowOf(value), highOf(value));
  }

  /**
   * Commits what the open frame holds if it has grown large, and opens another of the same tick. A source with many
   * zones calls it between two zones: the reader gets them in pieces, each of them whole zones. After a piece that did
   * not fit the next one is tried again. Never blocks, never allocates.
   */
  breakIfLarge(nowNs: number): void {
    if (!this.#dropping && this.#frameSlots() + this.#pendingSlots <= this.#largeFrameSlots) return;
    this.#close(FLAG.more, nowNs);
    this.#open();
  }

  /**
   * Makes the frame visible, with the definitions that wait, and rings the doorbell. Never blocks.
   * @param endNs monotonic clock when the reading was complete
   * @returns false when the ring was full: the frame is dropped and counted
   */
  commit(endNs: number): boolean {
    if (!this.#inFrame) throw new Error('no frame is open');
    const stamp = this.#stamp as TickStamp;
    const committed = this.#close(0, endNs);
    this.#inFrame = false;
    this.#stamp = undefined;
    this.control.set('costUs', Math.round((endNs - stamp.beginNs) / 1000));
    return committed;
  }

  /** Discards the open frame: a reading that failed is not published. Its definitions wait for the next frame. */
  abandon(): void {
    this.#inFrame = false;
    this.#dropping = false;
    this.#droppedInFrame = 0;
    this.#cursor = this.#tail;
    this.#stamp = undefined;
  }

  #frameSlots(): number {
    return (this.#cursor - this.#tail) | 0;
  }

  #open(): void {
    this.#dropping = false;
    this.#droppedInFrame = 0;
    this.#cursor = this.#tail;
    if (this.#hasRoom(HEADER_SLOTS)) this.#cursor = (this.#tail + HEADER_SLOTS) | 0;
  }

  /** Whether `slots` are free behind the cursor; the frame is dropped when they are not. */
  #hasRoom(slots: number): boolean {
    if (((this.#limit - this.#cursor) | 0) >= slots) return true;
    this.#seeHead();
    this.#dropping = ((this.#limit - this.#cursor) | 0) < slots;
    return !this.#dropping;
  }

  /** Partner: the Atomics.store of head in the consumer's `take`. */
  #seeHead(): void {
    this.#limit = (Atomics.load(this.#cells, CELL.head) + this.#capacitySlots) | 0;
  }

  /** Ends the frame under way: publishes it or counts it as dropped. @returns whether it became visible */
  #close(flags: number, endNs: number): boolean {
    const samples = Math.max(0, this.#frameSlots() - HEADER_SLOTS) + this.#droppedInFrame;
    const published = this.#publish(flags, endNs);
    if (!published) {
      this.control.add('droppedFrames', 1);
      this.control.add('droppedSamples', samples);
    }
    // A dropped frame rings too: the ring is full, so there is something to take.
    this.#doorbell?.ring();
    return published;
  }

  /** @returns false, with `dropping` set and nothing visible, when the frame or its definitions do not fit */
  #publish(flags: number, endNs: number): boolean {
    const samples = this.#frameSlots() - HEADER_SLOTS;
    const definitions = this.#dropping ? 0 : this.#writeDefinitions(flags === FLAG.more && samples === 0);
    this.#lastDropped = this.#dropping;
    if (this.#dropping) return false;
    this.#writeHeader(flags, endNs, samples, definitions);
    this.#tail = this.#cursor;
    // Publishes every plain store above. Partner: the Atomics.load of tail in the consumer's `peek`.
    Atomics.store(this.#cells, CELL.tail, this.#tail);
    this.#forgetDefinitions(definitions);
    this.control.add('frames', 1);
    this.#noteFill();
    return true;
  }

  #noteFill(): void {
    if (this.#usedSlots() <= this.#fillMaxSlots) return;
    // The head last seen may be old: only a fresh one makes a record.
    this.#seeHead();
    this.#fillMaxSlots = Math.max(this.#fillMaxSlots, this.#usedSlots());
    this.control.set('fillMaxSlots', this.#fillMaxSlots);
  }

  /** Slots in use when the head was last seen. */
  #usedSlots(): number {
    return this.#capacitySlots - ((this.#limit - this.#tail) | 0);
  }

  /**
   * Writes waiting definitions behind the samples. A frame with samples needs all of them; one that only goes ahead
   * with definitions (`partial`) takes as many as make a large frame.
   * @returns how many were written; `dropping` is set, and the cursor where it was, when they did not fit
   */
  #writeDefinitions(partial: boolean): number {
    const start = this.#cursor;
    let written = 0;
    for (const definition of this.#pending) {
      const slots = 1 + slotsOfBytes(definition.text.length);
      if (partial && written > 0 && this.#frameSlots() + slots > this.#largeFrameSlots) break;
      if (!this.#hasRoom(slots)) {
        this.#cursor = start;
        return 0;
      }
      this.#writeDefinition(definition);
      written++;
    }
    return written;
  }

  #writeDefinition(definition: PendingDefinition): void {
    const at = wordIndexOf(this.#cursor, this.#maskSlots);
    const text = definition.text;
    this.#words[at + DEFINITION.kind] = definition.kind;
    this.#words[at + DEFINITION.number] = definition.number;
    this.#words[at + DEFINITION.generation] = definition.generation;
    this.#words[at + DEFINITION.textBytes] = text.length;
    this.#cursor = (this.#cursor + 1) | 0;
    const byteMask = this.#bytes.length - 1;
    const first = (this.#cursor & this.#maskSlots) * SLOT_BYTES;
    for (let i = 0; i < text.length; i++) this.#bytes[(first + i) & byteMask] = text[i]!;
    this.#cursor = (this.#cursor + slotsOfBytes(text.length)) | 0;
  }

  /** Slot by slot, since only a slot is contiguous; spelt out, since a call and a mask per word cost more than the store. */
  #writeHeader(flags: number, endNs: number, samples: number, definitions: number): void {
    const stamp = this.#stamp as TickStamp;
    const words = this.#words;
    const tail = this.#tail;
    let at = wordIndexOf(tail, this.#maskSlots);
    words[at + HEADER.lengthSlots] = this.#frameSlots();
    words[at + HEADER.flags] = flags | (stamp.clockStep ? FLAG.clockStep : 0);
    words[at + HEADER.tickLow] = lowOf(stamp.tick);
    words[at + HEADER.tickHigh] = highOf(stamp.tick);
    at = wordIndexOf(tail + 1, this.#maskSlots) - SLOT_WORDS;
    words[at + HEADER.intervalUs] = stamp.intervalUs;
    words[at + HEADER.latenessNs] = Math.min(Math.max(stamp.latenessNs, 0), 0xffffffff);
    words[at + HEADER.missedTicks] = stamp.missedTicks;
    words[at + HEADER.sampleCount] = samples;
    at = wordIndexOf(tail + 2, this.#maskSlots) - 2 * SLOT_WORDS;
    words[at + HEADER.wallUsLow] = lowOf(stamp.wallUs);
    words[at + HEADER.wallUsHigh] = highOf(stamp.wallUs);
    words[at + HEADER.beginNsLow] = lowOf(stamp.beginNs);
    words[at + HEADER.beginNsHigh] = highOf(stamp.beginNs);
    at = wordIndexOf(tail + 3, this.#maskSlots) - 3 * SLOT_WORDS;
    words[at + HEADER.endNsLow] = lowOf(endNs);
    words[at + HEADER.endNsHigh] = highOf(endNs);
    words[at + HEADER.definitionCount] = definitions;
    words[at + HEADER.reserved] = 0;
  }

  /** @throws RangeError when a frame with nothing else in it could not carry the text: it would wait for ever */
  #encode(text: string): Uint8Array {
    const bytes = encoder.encode(text);
    if (HEADER_SLOTS + 1 + slotsOfBytes(bytes.length) > this.#capacitySlots) {
      throw new RangeError(`a definition of ${bytes.length} bytes in a ring of ${this.#capacitySlots} slots`);
    }
    return bytes;
  }

  #queue(kind: number, number: number, generation: number, text: Uint8Array): void {
    this.#pending.push({ kind, number, generation, text });
    this.#pendingSlots += 1 + slotsOfBytes(text.length);
  }

  #forgetDefinitions(count: number): void {
    if (count === 0) return;
    for (let i = 0; i < count; i++) this.#pendingSlots -= 1 + slotsOfBytes(this.#pending[i]!.text.length);
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
  }
}
