// A packet as text for people and scripts: protobuf's text format, or one line of JSON. Both in schema order and with
// 64-bit values exact. Names come from anyone's containers: no control character of theirs reaches a terminal.

import type { Packet } from '../wire/packet.js';
import { isEnumField } from '../wire/schema.js';

/**
 * Protobuf's text format (https://protobuf.dev/reference/protobuf/textformat-spec/), a field a line:
 * `protoc --encode=PBMSG.Packet` makes the packet of it again.
 */
export function packetText(packet: Packet): string {
  return messageText('', packet, '');
}

/**
 * One object, no line break: protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/) with the schema's own
 * names. 64-bit integers are strings, enums names; absent fields and empty repeated ones are left out.
 */
export function packetJson(packet: Packet): string {
  const json = JSON.stringify(packet, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    return Array.isArray(value) && value.length === 0 ? undefined : value;
  });
  // JSON.stringify escapes those below 0x20 only.
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function messageText(path: string, message: object, indent: string): string {
  let text = '';
  for (const [name, field] of Object.entries(message)) {
    for (const value of Array.isArray(field) ? field : [field]) {
      if (typeof value === 'object') {
        text += `${indent}${name} {\n${messageText(`${name}.`, value, `${indent}  `)}${indent}}\n`;
      } else {
        const bare = typeof value !== 'string' || isEnumField(path + name);
        text += `${indent}${name}: ${bare ? value : quoted(value)}\n`;
      }
    }
  }
  return text;
}

function quoted(text: string): string {
  return `"${printable(text.replace(/["\\]/g, '\\$&'))}"`;
}

/** The text with its control characters as escapes. */
export function printable(text: string): string {
  return text.replace(/\n/g, '\\n').replace(/\p{Cc}/gu, octal);
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
