// The byte layout of one source's shared memory, derived once and asserted at load.
// Memory = control block (one cache-line pair per writer), then the ring: a power of two of 16-byte slots.
// The main thread creates the memory; one worker produces into it; the main thread consumes from it.
// Word = 4 bytes, slot = 4 words, position = slots since the start modulo 2^32, index = position masked by the capacity.

/** Bytes in a word, the unit of every cell. */
export const WORD_BYTES = 4;
/** Words in a slot. Everything takes whole slots, so no slot lies on both sides of the ring's end; frames and text do. */
export const SLOT_WORDS = 4;
export const SLOT_BYTES = SLOT_WORDS * WORD_BYTES;
/** Words between cells of different writers: two 64-byte lines, because x86 prefetches lines in pairs. */
export const LINE_WORDS = 32;

/** First words of the control block: one region per writer. */
export const REGION = {
  /** Written once, by whoever creates the memory. */
  constants: 0,
  /** Written by the consumer (main thread). */
  consumer: LINE_WORDS,
  /** Written by the producer (worker) at every commit. */
  producer: LINE_WORDS * 2,
  /** Written by the supervisor (main thread), rarely; the worker sleeps on its command cell. */
  command: LINE_WORDS * 3,
  /** Written by the worker: state and counters. */
  status: LINE_WORDS * 4,
} as const;

export const CONTROL_WORDS = LINE_WORDS * 5;
export const CONTROL_BYTES = CONTROL_WORDS * WORD_BYTES;

/** Word index of every cell in the control block. */
export const CELL = {
  /** Says that this is the memory of a ring. */
  magic: REGION.constants,
  /** Of this layout. */
  version: REGION.constants + 1,
  /** Slots of the ring, a power of two. */
  capacitySlots: REGION.constants + 2,

  /** Position of the oldest slot not yet consumed. */
  head: REGION.consumer,

  /** Position behind the newest committed frame. */
  tail: REGION.producer,

  /** Raised by one, with a notify, whenever another cell of this region changes. */
  command: REGION.command,
  /** 1 asks the worker to end. */
  stop: REGION.command + 1,
  /** Interval of the base tick in microseconds. */
  intervalUs: REGION.command + 2,

  /** 0 starting, 1 running, 2 stopped. */
  state: REGION.status,
  /** Raised at every turn of the worker's loop: one that stands still has hung. */
  heartbeat: REGION.status + 1,
  /** Readings begun. */
  ticks: REGION.status + 2,
  /** Ticks whose whole period went by without a reading. */
  missedTicks: REGION.status + 3,
  /** Readings that began later than a fifth of the interval. */
  lateTicks: REGION.status + 4,
  /** Frames committed. */
  frames: REGION.status + 5,
  /** Frames that did not fit into the ring. */
  droppedFrames: REGION.status + 6,
  /** Samples in them. */
  droppedSamples: REGION.status + 7,
  /** Files that could not be read. */
  readErrors: REGION.status + 8,
  /** Files whose content made no sense. */
  parseErrors: REGION.status + 9,
  /** Steps of the wall clock. */
  clockSteps: REGION.status + 10,
  /** The interval this source keeps at present, microseconds: a multiple of the base tick when it can't keep up. */
  cadenceUs: REGION.status + 11,
  /** Wall time of the last reading, microseconds. */
  costUs: REGION.status + 12,
  /** Series defined and not ended. */
  liveSeries: REGION.status + 13,
  /** Zones defined and not ended. */
  liveZones: REGION.status + 14,
  /** Events that a streaming source's tracer reported as lost. */
  lostEvents: REGION.status + 15,
  /** Most slots in use that the producer has seen. */
  fillMaxSlots: REGION.status + 16,
} as const;

export type CellName = keyof typeof CELL;
/** Counters and gauges that only the worker writes. */
export type StatusName =
  | 'heartbeat'
  | 'ticks'
  | 'missedTicks'
  | 'lateTicks'
  | 'frames'
  | 'droppedFrames'
  | 'droppedSamples'
  | 'readErrors'
  | 'parseErrors'
  | 'clockSteps'
  | 'cadenceUs'
  | 'costUs'
  | 'liveSeries'
  | 'liveZones'
  | 'lostEvents'
  | 'fillMaxSlots';

/** "zcr1" read as little-endian bytes. */
export const MAGIC = 0x3172637a;
export const VERSION = 1;

/** Words of a frame header, from the frame's first word. */
export const HEADER = {
  /** Slots of the whole frame, header included. */
  lengthSlots: 0,
  /** Bits, see below. */
  flags: 1,
  /** Tick number: wall-clock time of the tick divided by the interval. */
  tickLow: 2,
  /** High half. */
  tickHigh: 3,
  /** Interval of this source's ticks, microseconds. */
  intervalUs: 4,
  /** How late the reading began, nanoseconds, saturating. */
  latenessNs: 5,
  /** Ticks this source has missed since it started, modulo 2^32. */
  missedTicks: 6,
  /** Samples in this frame, right behind the header. */
  sampleCount: 7,
  /** Wall clock of the tick, microseconds since the epoch (a tick lies on whole microseconds). */
  wallUsLow: 8,
  /** High half. */
  wallUsHigh: 9,
  /** Begin of the reading on the monotonic clock, nanoseconds. */
  beginNsLow: 10,
  /** High half. */
  beginNsHigh: 11,
  /** End of the reading (of this piece of it) on the same clock. */
  endNsLow: 12,
  /** High half. */
  endNsHigh: 13,
  /** Definition records in this frame, behind its samples; they take effect before them. */
  definitionCount: 14,
  /** Always 0. */
  reserved: 15,
} as const;
export const HEADER_WORDS = 16;
export const HEADER_SLOTS = HEADER_WORDS / SLOT_WORDS;

/** Bits of the header's flags word. */
export const FLAG = {
  /** More frames of the same tick follow. */
  more: 1,
  /** The wall clock stepped since the last tick: tick numbers do not continue. */
  clockStep: 2,
} as const;

/** Words of a sample. */
export const SAMPLE = {
  /** Number of the series. */
  series: 0,
  /** Generation of that number: a reader ignores a sample of a use that has ended. */
  generation: 1,
  /** Low half of the value. */
  low: 2,
  /** High half of the value. */
  high: 3,
} as const;

/** Words of a definition record, followed by its text: UTF-8, fields parted by a NUL, padded to whole slots. */
export const DEFINITION = {
  /** One of the kinds below. */
  kind: 0,
  /** Zone or series number. */
  number: 1,
  /** Of that number: raised by one at each reuse. */
  generation: 2,
  /** Bytes of text that follow. */
  textBytes: 3,
} as const;

/** What a definition record says, and the fields of its text. */
export const DEFINITION_KIND = {
  /** Text: key, name, kind, container id, inode, 1 if owned. */
  defineZone: 1,
  /** No text. All its series have ended before. */
  endZone: 2,
  /** Text: zone number, field path, then the values of the element's key fields. */
  defineSeries: 3,
  /** No text. */
  endSeries: 4,
} as const;

export const MIN_CAPACITY_SLOTS = 64;
export const MAX_CAPACITY_SLOTS = 1 << 24;

/** Index of the first word of the slot at `position`, counted from the ring's first word. */
export const wordIndexOf = (position: number, maskSlots: number): number => (position & maskSlots) * SLOT_WORDS;

/** Slots that `bytes` (below 2^31) of text take. */
export const slotsOfBytes = (bytes: number): number => (bytes + SLOT_BYTES - 1) >>> 4;

/**
 * Creates the shared memory of one source.
 * @param capacitySlots a power of two; a slot is 16 bytes, so 65,536 slots are 1 MiB. Pages are touched only when used.
 * @throws RangeError when the capacity is not a power of two within the limits.
 */
export function createRingMemory(capacitySlots: number): SharedArrayBuffer {
  if (
    !Number.isInteger(capacitySlots) ||
    capacitySlots < MIN_CAPACITY_SLOTS ||
    capacitySlots > MAX_CAPACITY_SLOTS ||
    (capacitySlots & (capacitySlots - 1)) !== 0
  ) {
    throw new RangeError(
      `ring capacity must be a power of two of ${MIN_CAPACITY_SLOTS} to ${MAX_CAPACITY_SLOTS} slots, not ${capacitySlots}`,
    );
  }
  const memory = new SharedArrayBuffer(CONTROL_BYTES + capacitySlots * SLOT_BYTES);
  const words = new Int32Array(memory, 0, CONTROL_WORDS);
  words[CELL.version] = VERSION;
  words[CELL.capacitySlots] = capacitySlots;
  words[CELL.magic] = MAGIC;
  return memory;
}

/** The views of one memory. `cells` covers the control block, `words` and `bytes` the ring alone. */
export interface RingViews {
  readonly cells: Int32Array;
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly capacitySlots: number;
}

/** Maps `memory` and checks that it is one of ours. @throws TypeError when it is not. */
export function mapRing(memory: SharedArrayBuffer): RingViews {
  if (memory.byteLength < CONTROL_BYTES) throw new TypeError('not the memory of a ring');
  const cells = new Int32Array(memory, 0, CONTROL_WORDS);
  const capacitySlots = cells[CELL.capacitySlots]!;
  if (cells[CELL.magic] !== MAGIC || cells[CELL.version] !== VERSION) throw new TypeError('not the memory of a ring');
  if (memory.byteLength !== CONTROL_BYTES + capacitySlots * SLOT_BYTES) throw new TypeError('ring memory is cut short');
  return {
    cells,
    words: new Uint32Array(memory, CONTROL_BYTES, capacitySlots * SLOT_WORDS),
    bytes: new Uint8Array(memory, CONTROL_BYTES, capacitySlots * SLOT_BYTES),
    capacitySlots,
  };
}

/** Asserts what the rest of src/ring builds on; runs once, at load. */
function assertLayout(): void {
  const cells = Object.values(CELL);
  const sound =
    new Set(cells).size === cells.length &&
    Math.max(...cells) < CONTROL_WORDS &&
    HEADER_WORDS % SLOT_WORDS === 0 &&
    Math.max(...Object.values(HEADER)) < HEADER_WORDS &&
    Math.max(...Object.values(SAMPLE)) < SLOT_WORDS &&
    Math.max(...Object.values(DEFINITION)) < SLOT_WORDS &&
    CONTROL_BYTES % SLOT_BYTES === 0;
  if (!sound) throw new Error('ring layout is inconsistent');
}
assertLayout();
