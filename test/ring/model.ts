// The frames of a ring in plain arrays: what fits, what is dropped, what arrives, in which order. Knows sizes in slots,
// nothing of positions or bytes.

import type { Definition } from '../../src/ring/definition.js';
import { HEADER_SLOTS, SLOT_BYTES } from '../../src/ring/layout.js';

export type Sample = readonly [series: number, generation: number, low: number, high: number];

export interface ModelFrame {
  readonly tick: number;
  readonly more: boolean;
  readonly endNs: number;
  readonly definitions: readonly Definition[];
  readonly samples: readonly Sample[];
  readonly slots: number;
}

const sizeOf = (definition: Definition): number => 1 + Math.ceil(Buffer.byteLength(textOf(definition)) / SLOT_BYTES);

function textOf(definition: Definition): string {
  switch (definition.kind) {
    case 'defineZone': {
      const { key, name, kind, containerId, inode, owned } = definition.zone;
      return [key, name, kind, containerId, inode, owned ? '1' : '0'].join('|');
    }
    case 'defineSeries':
      return [definition.zone, definition.field, ...definition.instance].join('|');
    default:
      return '';
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

export class FrameModel {
  /** Committed and not yet taken, oldest first. */
  readonly queue: ModelFrame[] = [];
  /** Definitions that no frame has carried yet. */
  waiting: Definition[] = [];
  readonly counts = { frames: 0, droppedFrames: 0, droppedSamples: 0 };
  pieces = 0;
  readonly #capacity: number;
  #samples: Sample[] | undefined;
  #full = false;
  #refused = 0;
  #leftOver = false;
  #tick = 0;

  constructor(capacitySlots: number) {
    this.#capacity = capacitySlots;
  }

  get isOpen(): boolean {
    return this.#samples !== undefined;
  }

  get usedSlots(): number {
    return sum(this.queue.map((frame) => frame.slots));
  }

  begin(tick: number, nowNs: number): void {
    this.#tick = tick;
    this.#open();
    const keep = this.#leftOver ? 0 : this.#largeSlots;
    while (sum(this.waiting.map(sizeOf)) > keep) {
      const ahead = this.#goAhead();
      if (this.#full || !this.#fits([], ahead)) {
        this.#full = true;
        this.#leftOver = true;
        break;
      }
      this.#publish(true, nowNs, ahead);
      this.#open();
    }
  }

  put(sample: Sample): void {
    const samples = this.#samples ?? [];
    this.#full ||= !this.#fits([...samples, sample], []);
    if (this.#full) this.#refused++;
    else samples.push(sample);
  }

  breakIfLarge(nowNs: number): void {
    const samples = this.#samples ?? [];
    if (!this.#full && slotsOf(samples, this.waiting) <= this.#largeSlots) return;
    this.#close(true, nowNs);
    this.#open();
    this.pieces++;
  }

  commit(nowNs: number): boolean {
    const fits = this.#close(false, nowNs);
    this.#samples = undefined;
    return fits;
  }

  abandon(): void {
    this.#samples = undefined;
  }

  get #largeSlots(): number {
    return this.#capacity / 8;
  }

  #open(): void {
    this.#samples = [];
    this.#refused = 0;
    this.#full = !this.#fits([], []);
  }

  #fits(samples: readonly Sample[], definitions: readonly Definition[]): boolean {
    return this.usedSlots + slotsOf(samples, definitions) <= this.#capacity;
  }

  /** The definitions that make a large frame by themselves: at least one, else as many as a large frame holds. */
  #goAhead(): Definition[] {
    let slots = HEADER_SLOTS;
    const beyond = this.waiting.findIndex((definition, i) => {
      slots += sizeOf(definition);
      return i > 0 && slots > this.#largeSlots;
    });
    return this.waiting.slice(0, beyond < 0 ? undefined : beyond);
  }

  #close(more: boolean, nowNs: number): boolean {
    const samples = this.#samples ?? [];
    const definitions = more && samples.length === 0 ? this.#goAhead() : this.waiting;
    const fits = !this.#full && this.#fits(samples, definitions);
    if (fits) {
      this.#publish(more, nowNs, definitions);
    } else {
      this.#leftOver = true;
      this.counts.droppedFrames++;
      this.counts.droppedSamples += samples.length + this.#refused;
    }
    return fits;
  }

  #publish(more: boolean, endNs: number, definitions: readonly Definition[]): void {
    const samples = this.#samples ?? [];
    this.queue.push({ tick: this.#tick, more, endNs, definitions, samples, slots: slotsOf(samples, definitions) });
    this.waiting = this.waiting.slice(definitions.length);
    this.#leftOver = false;
    this.counts.frames++;
  }
}

function slotsOf(samples: readonly Sample[], definitions: readonly Definition[]): number {
  return HEADER_SLOTS + samples.length + sum(definitions.map(sizeOf));
}
