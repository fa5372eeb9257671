// The main thread's end of a ring: single consumer. It owns `head`; the slots from `head` to `tail` are its to read.
// It never writes a slot. A frame is looked at with `peek` and taken with `take`; only then may the producer reuse it.

import { type Definition, parseSeriesText, parseZoneText } from './definition.js';
import {
  CELL,
  DEFINITION,
  DEFINITION_KIND,
  FLAG,
  HEADER,
  HEADER_SLOTS,
  mapRing,
  SLOT_BYTES,
  SLOT_WORDS,
  slotsOfBytes,
  wordIndexOf,
} from './layout.js';
import { toNumber } from './u64.js';

/** The header of the frame last peeked at. One object, overwritten by every `peek`. */
export interface FrameHeader {
  lengthSlots: number;
  more: boolean;
  clockStep: boolean;
  tick: number;
  wallUs: number;
  intervalUs: number;
  latenessNs: number;
  missedTicks: number;
  sampleCount: number;
  definitionCount: number;
  beginNs: number;
  endNs: number;
}

/** Where `take` delivers a frame. Definitions come first, in their order, then all samples in one call. */
export interface FrameVisitor {
  define(definition: Definition): void;
  /**
   * `count` samples of four words each (series, generation, low, high). Sample i begins at word
   * `((first + i) & maskSlots) * 4` of `words`. Valid only during the call.
   */
  samples(words: Uint32Array, first: number, count: number, maskSlots: number): void;
}

/** A frame that no producer of ours wrote: the memory is broken and the source must be restarted. */
export class RingCorrupt extends Error {
  override readonly name = 'RingCorrupt';
}

/** A leading byte-order mark is part of the name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class RingConsumer {
  readonly header: FrameHeader = {
    lengthSlots: 0,
    more: false,
    clockStep: false,
    tick: 0,
    wallUs: 0,
    intervalUs: 0,
    latenessNs: 0,
    missedTicks: 0,
    sampleCount: 0,
    definitionCount: 0,
    beginNs: 0,
    endNs: 0,
  };
  readonly capacitySlots: number;
  readonly #cells: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #maskSlots: number;
  #head: number;
  #tail: number;

  constructor(memory: SharedArrayBuffer) {
    const views = mapRing(memory);
    this.#cells = views.cells;
    this.#words = views.words;
    this.#bytes = views.bytes;
    this.capacitySlots = views.capacitySlots;
    this.#maskSlots = views.capacitySlots - 1;
    this.#head = Atomics.load(this.#cells, CELL.head);
    this.#tail = this.#head;
  }

  /** Slots committed and not yet taken. */
  get usedSlots(): number {
    return (Atomics.load(this.#cells, CELL.tail) - this.#head) | 0;
  }

  /**
   * Reads the oldest frame's header into `header`. Never blocks, never allocates.
   * @returns false when the ring is empty
   * @throws RingCorrupt
   */
  peek(): boolean {
    if (this.#head === this.#tail) {
      // Partner: the Atomics.store of tail in the producer's commit.
      this.#tail = Atomics.load(this.#cells, CELL.tail);
      if (this.#head === this.#tail) return false;
    }
    const header = this.header;
    const words = this.#words;
    const head = this.#head;
    const available = (this.#tail - head) | 0;
    let at = wordIndexOf(head, this.#maskSlots);
    header.lengthSlots = words[at + HEADER.lengthSlots]!;
    if (header.lengthSlots < HEADER_SLOTS || header.lengthSlots > available) {
      throw new RingCorrupt(`a frame of ${header.lengthSlots} slots where ${available} are committed`);
    }
    const flags = words[at + HEADER.flags]!;
    header.more = (flags & FLAG.more) !== 0;
    header.clockStep = (flags & FLAG.clockStep) !== 0;
    header.tick = toNumber(words[at + HEADER.tickLow]!, words[at + HEADER.tickHigh]!);
    // Slot by slot, since only a slot is contiguous.
    at = wordIndexOf(head + 1, this.#maskSlots) - SLOT_WORDS;
    header.intervalUs = words[at + HEADER.intervalUs]!;
    header.latenessNs = words[at + HEADER.latenessNs]!;
    header.missedTicks = words[at + HEADER.missedTicks]!;
    header.sampleCount = words[at + HEADER.sampleCount]!;
    at = wordIndexOf(head + 2, this.#maskSlots) - 2 * SLOT_WORDS;
    header.wallUs = toNumber(words[at + HEADER.wallUsLow]!, words[at + HEADER.wallUsHigh]!);
    header.beginNs = toNumber(words[at + HEADER.beginNsLow]!, words[at + HEADER.beginNsHigh]!);
    at = wordIndexOf(head + 3, this.#maskSlots) - 3 * SLOT_WORDS;
    header.endNs = toNumber(words[at + HEADER.endNsLow]!, words[at + HEADER.endNsHigh]!);
    header.definitionCount = words[at + HEADER.definitionCount]!;
    if (header.sampleCount > header.lengthSlots - HEADER_SLOTS) {
      throw new RingCorrupt(`${header.sampleCount} samples in a frame of ${header.lengthSlots} slots`);
    }
    return true;
  }

  /**
   * Delivers the frame last peeked at, then frees its slots. Allocates only for definitions.
   * @throws RingCorrupt; Error when no frame has been peeked at since the last `take`
   */
  take(visitor: FrameVisitor): void {
    const { lengthSlots, sampleCount, definitionCount } = this.header;
    if (lengthSlots === 0) throw new Error('no frame has been peeked at');
    const first = (this.#head + HEADER_SLOTS) | 0;
    this.#visitDefinitions(visitor, (first + sampleCount) | 0, definitionCount);
    if (sampleCount > 0) visitor.samples(this.#words, first, sampleCount, this.#maskSlots);
    this.header.lengthSlots = 0;
    this.#head = (this.#head + lengthSlots) | 0;
    // Frees the slots. Partner: the Atomics.load of head in the producer's `#makeRoom`.
    Atomics.store(this.#cells, CELL.head, this.#head);
  }

  #visitDefinitions(visitor: FrameVisitor, from: number, count: number): void {
    const end = (this.#head + this.header.lengthSlots) | 0;
    let position = from;
    for (let i = 0; i < count; i++) {
      const textSlots = ((end - position) | 0) - 1;
      const at = wordIndexOf(position, this.#maskSlots);
      const textBytes = this.#words[at + DEFINITION.textBytes]!;
      if (textBytes > textSlots * SLOT_BYTES) throw new RingCorrupt('a definition lies outside its frame');
      visitor.define(
        this.#definition(
          this.#words[at + DEFINITION.kind]!,
          this.#words[at + DEFINITION.number]!,
          this.#words[at + DEFINITION.generation]!,
          this.#text(position + 1, textBytes),
        ),
      );
      position = (position + 1 + slotsOfBytes(textBytes)) | 0;
    }
    if (position !== end) throw new RingCorrupt('a frame is longer than what is in it');
  }

  #definition(kind: number, number: number, generation: number, text: string): Definition {
    switch (kind) {
      case DEFINITION_KIND.defineZone:
        return { kind: 'defineZone', number, generation, zone: parseZoneText(text) };
      case DEFINITION_KIND.endZone:
        return { kind: 'endZone', number, generation };
      case DEFINITION_KIND.defineSeries:
        return { kind: 'defineSeries', number, generation, ...parseSeriesText(text) };
      case DEFINITION_KIND.endSeries:
        return { kind: 'endSeries', number, generation };
      default:
        throw new RingCorrupt(`a definition of kind ${kind}`);
    }
  }

  /** Copies the text out of shared memory: TextDecoder takes no view of it, and it may wrap. */
  #text(position: number, textBytes: number): string {
    const first = (position & this.#maskSlots) * SLOT_BYTES;
    const byteMask = this.#bytes.length - 1;
    const copy = new Uint8Array(textBytes);
    for (let i = 0; i < textBytes; i++) copy[i] = this.#bytes[(first + i) & byteMask]!;
    return decoder.decode(copy);
  }
}
