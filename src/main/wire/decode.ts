// From the bytes of a frame to a typed packet, for either wire form. Runs in consumers, on bytes that anyone may have
// sent: whatever they are, the result is a packet of the schema's types or a PacketError. Never for the agent's hot path.

import { Unpackr } from 'msgpackr';
import protobuf from 'protobufjs';
import type { Packet } from './packet.js';
import { packetType } from './schema.js';

/** These bytes are no packet, and why. */
export class PacketError extends Error {
  override readonly name = 'PacketError';
}

/** The protobuf form begins with the tag of field 1. */
export const PROTOBUF_PREFIX = 0x0a;

/** The msgpack form is a map of 16-bit size. */
export const MSGPACK_PREFIX = 0xde;

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });

const repeatedNames = packetType.fieldsArray.filter(({ repeated }) => repeated).map(({ name }) => name);

type Fields = Record<string, unknown>;

interface Reader {
  readonly name: string;
  readonly required: boolean;
  readonly repeated: boolean;
  /** @throws PacketError for a value of another type */
  readonly read: (value: unknown) => unknown;
}

/**
 * @param bytes one frame, in the protobuf or the msgpack form: the first byte tells. Not kept
 * @returns the packet; the same for either form. Fields that this copy of the schema lacks are skipped
 * @throws PacketError
 */
export function decodePacket(bytes: Uint8Array): Packet {
  if (bytes.length === 0) throw new PacketError('an empty message is no packet');
  try {
    return (isProtobuf(bytes) ? fromProtobuf(bytes) : readPacket(unpackr.unpack(bytes))) as unknown as Packet;
  } catch (error) {
    if (error instanceof PacketError) throw error;
    throw new PacketError(`no packet: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** True for the protobuf form, false for the msgpack form: the first byte tells. */
export function isProtobuf(bytes: Uint8Array): boolean {
  return bytes[0] === PROTOBUF_PREFIX;
}

function fromProtobuf(bytes: Uint8Array): Fields {
  const fields = packetType.toObject(packetType.decode(bytes), { longs: BigInt, enums: String });
  // Behind the others, so that those which hold something stay in schema order.
  for (const name of repeatedNames) fields[name] ??= [];
  return fields;
}

const readPacket = messageReader(packetType);

/** @returns a function that makes a checked copy of what msgpack unpacked */
function messageReader(type: protobuf.Type): (value: unknown) => Fields {
  const readers = [...type.fieldsArray].sort((a, b) => a.id - b.id).map(fieldReader);
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new PacketError(`${type.name} is no message`);
    const fields = value as Fields;
    const result: Fields = {};
    for (const { name, required, repeated, read } of readers) {
      if (Object.hasOwn(fields, name)) {
        const field = fields[name];
        if (!repeated) result[name] = read(field);
        else if (Array.isArray(field)) result[name] = field.map(read);
        else throw new PacketError(`${type.name}.${name} is no array`);
      } else if (repeated) {
        result[name] = [];
      } else if (required) {
        throw new PacketError(`${type.name} without ${name}`);
      }
    }
    return result;
  };
}

function fieldReader(field: protobuf.Field): Reader {
  const { name, required, repeated } = field;
  return { name, required, repeated, read: valueReader(field) };
}

function valueReader(field: protobuf.Field): (value: unknown) => unknown {
  const type = field.resolvedType;
  if (type instanceof protobuf.Type) return messageReader(type);
  const wrong = (value: unknown) => new PacketError(`${field.name} can't be ${typeof value} ${String(value)}`);
  if (type instanceof protobuf.Enum) {
    return (value) => {
      if (typeof value !== 'string' || type.values[value] === undefined) throw wrong(value);
      return value;
    };
  }
  switch (field.type) {
    case 'string':
      return (value) => {
        if (typeof value !== 'string') throw wrong(value);
        return value;
      };
    case 'bool':
      return (value) => {
        if (typeof value !== 'boolean') throw wrong(value);
        return value;
      };
    case 'uint32':
      return (value) => {
        if (typeof value !== 'number' || value >>> 0 !== value) throw wrong(value);
        return value;
      };
    case 'uint64':
    case 'fixed64':
      return (value) => {
        if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value) return value;
        if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
        throw wrong(value);
      };
    default:
      throw new TypeError(`no reader for ${field.type}`);
  }
}
