// Writes a packet: runs a plan's program over the cells, from their 32-bit halves straight to protobuf bytes. Main thread
// only, once per zone per tick: allocates nothing, throws nothing, makes no BigInt. The bytes equal protobufjs' (tested).

import { CELL_HIGH, CELL_ROUND, type CellStore } from './cells.js';
import { OP, type Plan } from './program.js';

/**
 * Encodes the cells that were written in `round`, and the plan's constants.
 * @param at where in `out` the packet begins
 * @returns where it ends, or -1 with nothing of use written when fewer than `plan.maxBytes` are left
 */
export function encodePacket(plan: Plan, cells: CellStore, round: number, out: Uint8Array, at: number): number {
  if (out.length - at < plan.maxBytes) return -1;
  const { ops, statics, chunks } = plan;
  const words = cells.words;
  /** Where the entry under way begins, where its content begins, and whether any cell of it was fresh. */
  let entryAt = 0;
  let bodyAt = 0;
  let fresh = false;
  let markAt = 0;
  let pc = 0;
  while (pc < ops.length) {
    switch (ops[pc]!) {
      case OP.VARINT64: {
        const word = ops[pc + 1]!;
        if (words[word + CELL_ROUND] === round) {
          fresh = true;
          at = writeTag(out, at, ops[pc + 2]!);
          at = writeVarint64(out, at, words[word]!, words[word + CELL_HIGH]!);
        }
        pc += 3;
        break;
      }
      case OP.VARINT32: {
        const word = ops[pc + 1]!;
        if (words[word + CELL_ROUND] === round) {
          fresh = true;
          at = writeTag(out, at, ops[pc + 2]!);
          at = writeVarint32(out, at, words[word]!);
        }
        pc += 3;
        break;
      }
      case OP.FIXED64: {
        const word = ops[pc + 1]!;
        if (words[word + CELL_ROUND] === round) {
          fresh = true;
          at = writeTag(out, at, ops[pc + 2]!);
          at = writeFixed32(out, at, words[word]!);
          at = writeFixed32(out, at, words[word + CELL_HIGH]!);
        }
        pc += 3;
        break;
      }
      case OP.BOOL: {
        const word = ops[pc + 1]!;
        if (words[word + CELL_ROUND] === round) {
          fresh = true;
          at = writeTag(out, at, ops[pc + 2]!);
          out[at++] = words[word] === 0 && words[word + CELL_HIGH] === 0 ? 0 : 1;
        }
        pc += 3;
        break;
      }
      case OP.STATIC: {
        const end = ops[pc + 1]! + ops[pc + 2]!;
        for (let from = ops[pc + 1]!; from < end; from++) out[at++] = statics[from]!;
        pc += 3;
        break;
      }
      case OP.CHUNK: {
        const chunk = chunks[ops[pc + 1]!]!;
        out.set(chunk, at);
        at += chunk.length;
        pc += 2;
        break;
      }
      case OP.BEGIN:
        entryAt = at;
        fresh = false;
        bodyAt = writeTag(out, at, ops[pc + 1]!) + 1;
        at = bodyAt;
        pc += 2;
        break;
      case OP.END:
        at = fresh ? endEntry(out, bodyAt, at) : entryAt;
        pc += 1;
        break;
      case OP.MARK:
        markAt = at;
        pc += 1;
        break;
      case OP.ENSURE:
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

function writeVarint32(out: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    out[at++] = value | 0x80;
    value >>>= 7;
  }
  out[at++] = value;
  return at;
}

function writeVarint64(out: Uint8Array, at: number, low: number, high: number): number {
  if (high === 0) return writeVarint32(out, at, low);
  out[at++] = low | 0x80;
  out[at++] = (low >>> 7) | 0x80;
  out[at++] = (low >>> 14) | 0x80;
  out[at++] = (low >>> 21) | 0x80;
  // The fifth byte has the last four bits of the low half and the first three of the high one.
  const middle = (low >>> 28) | ((high & 7) << 4);
  const rest = high >>> 3;
  if (rest === 0) {
    out[at++] = middle;
    return at;
  }
  out[at++] = middle | 0x80;
  return writeVarint32(out, at, rest);
}

function writeFixed32(out: Uint8Array, at: number, value: number): number {
  out[at++] = value;
  out[at++] = value >>> 8;
  out[at++] = value >>> 16;
  out[at++] = value >>> 24;
  return at;
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
