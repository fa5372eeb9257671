// Writes a packet: runs a plan's program over the cells, from their 32-bit halves straight to protobuf bytes. Main thread
// only, once per zone per tick: allocates nothing, throws nothing, makes no BigInt. The bytes equal protobufjs' (tested).

import { CELL_HIGH, CELL_ROUND, type CellStore } from './cells.js';
import { OP, type Plan } from './program.js';

// Constants of this module are folded into the code; properties of an object are looked up, a tenth of a packet's cost.
const { VARINT32, FIXED64, LAST_CELL, STATIC, CHUNK, BEGIN, END, MARK, ENSURE } = OP;

/**
 * Encodes the cells that were written in `round`, and the plan's constants.
 * @param at where in `out` the packet begins
 * @returns where it ends, or -1, with nothing written, when fewer than `plan.maxBytes` are left
 */
export function encodePacket(plan: Plan, cells: CellStore, round: number, out: Uint8Array, at: number): number {
  if (out.length - at < plan.maxBytes) return -1;
  const { ops, statics, chunks } = plan;
  const words = cells.signed;
  const signedRound = round | 0;
  /** Of the entry under way: where it and its content begin, and whether any cell of it was fresh. */
  let entryAt = 0;
  let bodyAt = 0;
  let fresh = false;
  let markAt = 0;
  let pc = 0;
  while (pc < ops.length) {
    const op = ops[pc]!;
    if (op <= LAST_CELL) {
      const word = ops[pc + 1]!;
      if (words[word + CELL_ROUND] === signedRound) {
        fresh = true;
        at = writeTag(out, at, ops[pc + 2]!);
        let rest = words[word]!;
        const high = op === VARINT32 ? 0 : words[word + CELL_HIGH]!;
        if (op <= VARINT32) {
          if (high !== 0) {
            // The lowest 28 bits are four bytes; the next 32 are what is left, but for a value beyond 2^60.
            at = writeFourBytes(out, at, rest);
            rest = (rest >>> 28) | (high << 4);
            if (high >>> 28 !== 0) {
              at = writeFourBytes(out, at, rest);
              rest = (rest >>> 28) | ((high >>> 28) << 4);
            }
          }
          at = writeVarint32(out, at, rest);
        } else {
          at = op === FIXED64 ? writeFixed64(out, at, rest, high) : writeBool(out, at, rest | high);
        }
      }
      pc += 3;
      continue;
    }
    switch (op) {
      case STATIC:
        at = copyBytes(out, at, statics, ops[pc + 1]!, ops[pc + 2]!);
        pc += 3;
        break;
      case CHUNK: {
        const chunk = chunks[ops[pc + 1]!]!;
        out.set(chunk, at);
        at += chunk.length;
        pc += 2;
        break;
      }
      case BEGIN:
        entryAt = at;
        fresh = false;
        bodyAt = writeTag(out, at, ops[pc + 1]!) + 1;
        at = bodyAt;
        pc += 2;
        break;
      case END:
        at = fresh ? endEntry(out, bodyAt, at) : entryAt;
        pc += 1;
        break;
      case MARK:
        markAt = at;
        pc += 1;
        break;
      case ENSURE:
        if (at === markAt) {
          at = writeTag(out, at, ops[pc + 1]!);
          out[at++] = 0;
        }
        pc += 2;
        break;
    }
  }
  return at;
}

function writeTag(out: Uint8Array, at: number, tag: number): number {
  out[at++] = tag;
  if (tag > 0xff) out[at++] = tag >>> 8;
  return at;
}

// Values are int32 with the bits of a uint32, hence masks where one would compare. Unrolled, since a loop waits for each
// shift before the next: it took a sixth longer over a packet.
function writeVarint32(out: Uint8Array, at: number, value: number): number {
  if ((value & (-1 << 7)) === 0) {
    out[at] = value;
    return at + 1;
  }
  out[at] = value | 0x80;
  if ((value & (-1 << 14)) === 0) {
    out[at + 1] = value >>> 7;
    return at + 2;
  }
  out[at + 1] = (value >>> 7) | 0x80;
  if ((value & (-1 << 21)) === 0) {
    out[at + 2] = value >>> 14;
    return at + 3;
  }
  out[at + 2] = (value >>> 14) | 0x80;
  if ((value & (-1 << 28)) === 0) {
    out[at + 3] = value >>> 21;
    return at + 4;
  }
  out[at + 3] = (value >>> 21) | 0x80;
  out[at + 4] = value >>> 28;
  return at + 5;
}

/** 28 bits of a varint that goes on. */
function writeFourBytes(out: Uint8Array, at: number, value: number): number {
  out[at] = value | 0x80;
  out[at + 1] = (value >>> 7) | 0x80;
  out[at + 2] = (value >>> 14) | 0x80;
  out[at + 3] = (value >>> 21) | 0x80;
  return at + 4;
}

function writeFixed64(out: Uint8Array, at: number, low: number, high: number): number {
  out[at] = low;
  out[at + 1] = low >>> 8;
  out[at + 2] = low >>> 16;
  out[at + 3] = low >>> 24;
  out[at + 4] = high;
  out[at + 5] = high >>> 8;
  out[at + 6] = high >>> 16;
  out[at + 7] = high >>> 24;
  return at + 8;
}

function writeBool(out: Uint8Array, at: number, value: number): number {
  out[at] = value === 0 ? 0 : 1;
  return at + 1;
}

function copyBytes(out: Uint8Array, at: number, from: Uint8Array, offset: number, length: number): number {
  for (let byte = 0; byte < length; byte++) out[at + byte] = from[offset + byte]!;
  return at + length;
}

/** Fills in the length before `bodyAt`, for which one byte was kept. */
function endEntry(out: Uint8Array, bodyAt: number, end: number): number {
  const length = end - bodyAt;
  if (length > 0x7f) {
    const extra = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : 3;
    out.copyWithin(bodyAt + extra, bodyAt, end);
    end += extra;
  }
  writeVarint32(out, bodyAt - 1, length);
  return end;
}
