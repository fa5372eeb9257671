// What both sides of the stress tests agree on: the content of a frame as a function of its tick.

import type { ZoneIdentity } from '../../src/ring/definition.js';

export interface StressData {
  readonly role: 'flood' | 'stopInTheMiddle' | 'pingPong' | 'obey';
  readonly memory: SharedArrayBuffer;
  readonly doorbell: SharedArrayBuffer;
  /** Cells for barriers between the two threads. */
  readonly barrier: SharedArrayBuffer;
  readonly wholeFrames: number;
  readonly tornSamples: number;
  readonly rounds: number;
}

export const SERIES = 8;

export const ZONE: ZoneIdentity = {
  key: '/stress',
  name: 'stress',
  kind: 'cgroup',
  containerId: '',
  inode: '',
  owned: true,
};

/** A checksum of a sample's place: equal only for the same tick and index, but for one in 2^32. */
export function hash(tick: number, index: number): number {
  let value = Math.imul(tick ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  value ^= value >>> 15;
  value = Math.imul(value, 0x27d4eb2f);
  return (value ^ (value >>> 13)) >>> 0;
}

/** 0 to 39: with its header a frame fits a ring of 64 slots, and two of them often don't. */
export const expectedSamples = (tick: number): number => hash(tick, -2) % 40;
