// Who sent a packet and which of theirs it is, read from the frame without decoding it: what a consumer needs of every
// frame, also of those that it drops. Runs in consumers.

import { decodePacket, isProtobuf, PacketError } from './decode.js';
import { packetType } from './schema.js';

export interface PacketHeader {
  readonly name: string;
  /** Absent from publishers that only know fields 1 to 13. */
  readonly host: string | undefined;
  readonly epoch: bigint | undefined;
  readonly seq: bigint | undefined;
  readonly mono_ns: bigint | undefined;
}

const numberOf = (name: keyof PacketHeader): number => packetType.fields[name]!.id;
const NAME = numberOf('name');
const HOST = numberOf('host');
const EPOCH = numberOf('epoch');
const SEQ = numberOf('seq');
const MONO_NS = numberOf('mono_ns');

/**
 * Reads only the outermost tags and skips what it doesn't need: about a tenth of a decoding. A frame of the msgpack form is
 * decoded whole.
 * @returns undefined when the bytes can't be a packet; that they can does not mean that they decode
 */
export function peekHeader(bytes: Uint8Array): PacketHeader | undefined {
  try {
    if (isProtobuf(bytes)) return new Scan(bytes).header();
    const { name, host, epoch, seq, mono_ns } = decodePacket(bytes);
    return { name, host, epoch, seq, mono_ns };
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/** One pass over a protobuf message's outermost fields. */
class Scan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws PacketError */
  header(): PacketHeader {
    let name: string | undefined;
    let host: string | undefined;
    let epoch: bigint | undefined;
    let seq: bigint | undefined;
    let monoNs: bigint | undefined;
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint();
      const field = tag >>> 3;
      switch (tag & 7) {
        case 0:
          if (field === SEQ) seq = this.#varint64();
          else this.#varint();
          break;
        case 1: {
          const from = this.#skip(8);
          if (field === EPOCH) epoch = this.#view.getBigUint64(from, true);
          else if (field === MONO_NS) monoNs = this.#view.getBigUint64(from, true);
          break;
        }
        case 2: {
          const length = this.#varint();
          const from = this.#skip(length);
          if (field === NAME) name = this.#text(from, length);
          else if (field === HOST) host = this.#text(from, length);
          break;
        }
        case 5:
          this.#skip(4);
          break;
        default:
          throw new PacketError(`wire type ${tag & 7} is none of a packet's`);
      }
    }
    if (name === undefined) throw new PacketError('Packet without name');
    return { name, host, epoch, seq, mono_ns: monoNs };
  }

  /** @returns where the skipped bytes began */
  #skip(bytes: number): number {
    const from = this.#at;
    if (bytes > this.#bytes.length - from) throw new PacketError('a field reaches past the end');
    this.#at = from + bytes;
    return from;
  }

  /** The low 32 bits. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= bytes.length) throw new PacketError('ends within a number');
      const byte = bytes[this.#at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new PacketError('a number of more than ten bytes');
  }

  #varint64(): bigint {
    const from = this.#at;
    this.#varint();
    let value = 0n;
    for (let at = this.#at - 1; at >= from; at--) value = (value << 7n) | BigInt(this.#bytes[at]! & 0x7f);
    return BigInt.asUintN(64, value);
  }

  #text(from: number, length: number): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, length).toString();
  }
}
