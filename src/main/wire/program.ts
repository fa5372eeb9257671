// The flat program that a plan is compiled to, and its builder: operations as integers, and the bytes that never change
// laid out ready to copy. Knows the wire format of a field, nothing of zones. Building allocates; the program is constant.

import protobuf from 'protobufjs';
import { CELL_WORDS } from './cells.js';

/** The plan can't be made: a defect of whoever asked for it, named in the message. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/**
 * Operations. `word` is the cell's first word in CellStore.words; `tag` is the field's tag as varint bytes, the first in
 * the low byte. Cell operations write nothing unless the cell is fresh; they come first, and the varints before the others.
 */
export const OP = {
  /** word, tag: 64-bit varint. */
  VARINT64: 0,
  /** word, tag: the low half as a varint, for uint32 (which wraps) and enums. */
  VARINT32: 1,
  /** word, tag: eight bytes, little endian. */
  FIXED64: 2,
  /** word, tag: 1 unless the cell is 0. */
  BOOL: 3,
  /** Up to here they are cell operations. */
  LAST_CELL: 3,
  /** offset, length in `statics`. */
  STATIC: 4,
  /** index of `chunks`. */
  CHUNK: 5,
  /** tag: an entry begins. */
  BEGIN: 6,
  /** The entry ends: its length is filled in, or it is taken back when no cell of it was fresh. */
  END: 7,
  /** The entries of a field begin. */
  MARK: 8,
  /** tag: writes an empty entry when none was written since MARK. */
  ENSURE: 9,
} as const;

export interface Plan {
  /** Operations, each followed by its operands. */
  readonly ops: Int32Array;
  /** What OP.STATIC copies from. */
  readonly statics: Uint8Array;
  /** What OP.CHUNK copies whole. */
  readonly chunks: readonly Uint8Array[];
  /** No packet of this plan is longer. */
  readonly maxBytes: number;
}

export type ConstantValue = string | number | bigint | readonly string[];

const CELL_OPS: Readonly<Record<string, number>> = {
  uint64: OP.VARINT64,
  uint32: OP.VARINT32,
  fixed64: OP.FIXED64,
  bool: OP.BOOL,
};

/** Longest value that each cell operation writes, by its number. */
const CELL_OP_BYTES = [10, 5, 8, 1];

/** From this length on a memmove beats copying byte by byte. */
const CHUNK_BYTES = 128;

/** A tag is kept in two bytes. */
const FIELD_MAX = 2047;

/** Longest length prefix that is accounted for: an entry stays below 256 MiB. */
const LENGTH_BYTES = 4;

/** @returns the operation that encodes a cell as this field, or undefined for one that is not numeric */
export function cellOp(field: protobuf.Field): number | undefined {
  if (field.repeated) return undefined;
  return field.resolvedType instanceof protobuf.Enum ? OP.VARINT32 : CELL_OPS[field.type];
}

export class ProgramBuilder {
  readonly #ops: number[] = [];
  readonly #statics: number[] = [];
  readonly #chunks: Uint8Array[] = [];
  /** Static bytes since the last operation. */
  #pending: number[] = [];
  #maxBytes = 0;

  cell(field: protobuf.Field, cell: number): void {
    this.#flush();
    const op = cellOp(field)!;
    this.#ops.push(op, cell * CELL_WORDS, this.#tag(field, op === OP.FIXED64 ? 1 : 0));
    this.#maxBytes += CELL_OP_BYTES[op]!;
  }

  /** @throws PlanError for a value that the field can't hold */
  constant(field: protobuf.Field, value: ConstantValue): void {
    if (field.repeated !== Array.isArray(value)) {
      throw new PlanError(`${field.name} ${field.repeated ? 'needs' : "can't be"} an array`);
    }
    for (const one of Array.isArray(value) ? value : [value]) this.#constant(field, one);
  }

  begin(field: protobuf.Field): void {
    this.#flush();
    this.#ops.push(OP.BEGIN, this.#tag(field, 2));
    this.#maxBytes += LENGTH_BYTES;
  }

  end(): void {
    this.#flush();
    this.#ops.push(OP.END);
  }

  mark(): void {
    this.#flush();
    this.#ops.push(OP.MARK);
  }

  ensure(field: protobuf.Field): void {
    this.#ops.push(OP.ENSURE, this.#tag(field, 2));
    this.#maxBytes += 1;
  }

  finish(): Plan {
    this.#flush();
    return {
      ops: Int32Array.from(this.#ops),
      statics: Uint8Array.from(this.#statics),
      chunks: this.#chunks,
      maxBytes: this.#maxBytes,
    };
  }

  /** The tag as one operand. No byte of a varint but a lone first one is 0, so its length need not be told. */
  #tag(field: protobuf.Field, wireType: number): number {
    if (field.id > FIELD_MAX) throw new PlanError(`field numbers end at ${FIELD_MAX} here`);
    const tag = tagOf(field, wireType);
    this.#maxBytes += tag < 0x80 ? 1 : 2;
    return tag < 0x80 ? tag : (tag & 0x7f) | 0x80 | ((tag >>> 7) << 8);
  }

  #constant(field: protobuf.Field, value: string | number | bigint): void {
    const bytes = this.#pending;
    if (field.type === 'string') {
      if (typeof value !== 'string') throw new PlanError(`${field.name} must be a string, got ${value}`);
      const text = Buffer.from(value);
      pushVarint(bytes, tagOf(field, 2));
      pushVarint(bytes, text.length);
      for (const byte of text) bytes.push(byte);
      return;
    }
    const op = cellOp(field);
    if (op === undefined) throw new PlanError(`${field.name} is ${field.type}: no constant can be one`);
    const number = wholeNumber(field, value);
    pushVarint(bytes, tagOf(field, op === OP.FIXED64 ? 1 : 0));
    if (op === OP.FIXED64) for (let at = 0n; at < 64n; at += 8n) bytes.push(Number((number >> at) & 0xffn));
    else pushVarint64(bytes, number);
  }

  #flush(): void {
    const bytes = this.#pending;
    if (bytes.length === 0) return;
    if (bytes.length >= CHUNK_BYTES) {
      this.#ops.push(OP.CHUNK, this.#chunks.length);
      this.#chunks.push(Uint8Array.from(bytes));
    } else {
      this.#ops.push(OP.STATIC, this.#statics.length, bytes.length);
      for (const byte of bytes) this.#statics.push(byte);
    }
    this.#maxBytes += bytes.length;
    this.#pending = [];
  }
}

/** The value of a constant as the field holds it. */
function wholeNumber(field: protobuf.Field, value: string | number | bigint): bigint {
  const named = field.resolvedType instanceof protobuf.Enum ? field.resolvedType.values[value as string] : undefined;
  const text = String(named ?? value);
  const limit = field.type === 'bool' ? 2n : cellOp(field) === OP.VARINT32 ? 1n << 32n : 1n << 64n;
  if (!/^\d+$/.test(text) || BigInt(text) >= limit) throw new PlanError(`${field.name} can't be ${text}`);
  return BigInt(text);
}

/** https://protobuf.dev/programming-guides/encoding/: number and wire type in one varint. */
function tagOf(field: protobuf.Field, wireType: number): number {
  return field.id * 8 + wireType;
}

/** @param value below 2^32 */
function pushVarint(bytes: number[], value: number): void {
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) {
      bytes.push(rest);
      return;
    }
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function pushVarint64(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest >= 1n << 28n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  pushVarint(bytes, Number(rest));
}
