// What the values of options may be: valibot schemas whose messages complete the sentence "<value> <message>; give <allowed>",
// and the reading of values from text (command line, environment). Pure, but for two looks at the host (interfaces, directories).

import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import * as v from 'valibot';

/** How the text of an option is read before its schema looks at it. */
export type ValueKind = 'number' | 'text' | 'switch' | 'list';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

/** Text that isn't of its kind stays text, and the schema refuses it by name. */
export function readText(kind: ValueKind, text: string): unknown {
  const trimmed = text.trim();
  switch (kind) {
    case 'number':
      return NUMBER.test(trimmed) ? Number(trimmed) : text;
    case 'switch':
      return WORDS[trimmed.toLowerCase()] ?? text;
    case 'list':
      return splitList(text);
    case 'text':
      return text;
  }
}

/** `a, b` to [a, b]. An empty item stays, so that the schema can refuse it. */
export function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

const OUT_OF_RANGE = 'is out of range';

export function wholeNumber(least: number, most: number) {
  return v.pipe(
    v.number('is not a number'),
    v.minValue(least, OUT_OF_RANGE),
    v.maxValue(most, OUT_OF_RANGE),
    v.integer('is not a whole number'),
  );
}

export function fraction(least: number, most: number) {
  return v.pipe(v.number('is not a number'), v.minValue(least, OUT_OF_RANGE), v.maxValue(most, OUT_OF_RANGE));
}

export const onOrOff = v.boolean('is neither true nor false');

export function oneOf<const Names extends readonly string[]>(names: Names) {
  return v.picklist(names, 'is unknown');
}

/** A text without control characters. */
export const name = v.pipe(
  v.string('is not a text'),
  v.trim(),
  v.minLength(1, 'is empty'),
  v.maxLength(255, 'is too long'),
  v.check((text) => !hasControl(text), 'has a control character in it'),
);

/** At least one item; each must fit. Repeated items count once. */
export function listOf<Item extends string>(item: v.GenericSchema<unknown, Item>) {
  return v.pipe(
    v.array(item, 'is not a list'),
    v.minLength(1, 'is empty'),
    v.transform((items) => [...new Set(items)]),
  );
}

/** Patterns for the names of zones; an empty list takes or leaves out nothing. */
export const globs = v.array(v.pipe(v.string('is not a text'), v.minLength(1, 'is empty')), 'is not a list');

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Node's timers end there; 24 days are within. */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** `10s`, `500ms`, `1.5h` to milliseconds; NaN for anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  return match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!;
}

/** Text with a unit, to milliseconds. */
export const duration = v.pipe(
  v.string('has no unit'),
  v.check((text) => !Number.isNaN(parseDuration(text)), 'is not a duration'),
  v.check((text) => parseDuration(text) >= 1 && parseDuration(text) <= LONGEST_MS, OUT_OF_RANGE),
  v.transform(parseDuration),
);

export const directory = v.pipe(v.string('is not a text'), v.check(isDirectory, 'is not a directory'));

/** What to bind a port to: a numeric address (IPv6 with or without brackets), an interface's name, `*` or `localhost`. */
export const bindAddress = v.pipe(
  v.string('is not a text'),
  v.trim(),
  v.check((text) => bindHost(text) !== undefined, 'is neither an address nor an interface of this host'),
);

export const bindEndpoint = v.pipe(
  v.string('is not a text'),
  v.trim(),
  v.check((url) => hasTransport(url), 'is not a tcp:// or ipc:// endpoint'),
  v.check((url) => !isTcp(url) || portOf(url) !== undefined, 'has no port from 1 to 65535'),
  v.check(
    (url) => !isTcp(url) || bindHost(hostOf(url)) !== undefined,
    'is not at an address or interface of this host',
  ),
  v.check((url) => isTcp(url) || fitsSocketPath(url), 'needs a path of 1 to 107 bytes'),
  v.transform((url) => (isTcp(url) ? tcpEndpoint(hostOf(url), portOf(url)!) : url)),
);

/** Where `tail` connects: any host's name will do. */
export const connectEndpoint = v.pipe(
  v.string('is not a text'),
  v.trim(),
  v.check((url) => hasTransport(url), 'is not a tcp:// or ipc:// endpoint'),
  v.check((url) => !isTcp(url) || portOf(url) !== undefined, 'has no port from 1 to 65535'),
  v.check((url) => !isTcp(url) || connectHost(hostOf(url)), 'has no valid host'),
  v.check((url) => isTcp(url) || fitsSocketPath(url), 'needs a path of 1 to 107 bytes'),
);

/** `address` must have passed `bindAddress`; an IPv6 address gets its brackets. */
export function tcpEndpoint(address: string, port: number): string {
  return `tcp://${bindHost(address)}:${port}`;
}

/** Whether others than this host's own users can reach it. */
export function isReachable(endpoint: string): boolean {
  if (!isTcp(endpoint)) return false;
  const host = hostOf(endpoint);
  return !(host.startsWith('127.') || host === '[::1]' || host === 'lo' || host === 'lo0');
}

/** The host part as libzmq's bind takes it, or undefined when it would not. */
function bindHost(text: string): string | undefined {
  if (text === '*') return text;
  if (text === 'localhost') return '127.0.0.1';
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIP(bare) === 6) return `[${bare}]`;
  if (isIP(text) === 4) return text;
  return Object.hasOwn(networkInterfaces(), text) ? text : undefined;
}

function connectHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIP(host.slice(1, -1)) === 6;
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host);
}

function hasTransport(url: string): boolean {
  return isTcp(url) || url.startsWith('ipc://');
}

function isTcp(url: string): boolean {
  return url.startsWith('tcp://');
}

function hostOf(url: string): string {
  return url.slice('tcp://'.length, url.lastIndexOf(':'));
}

/** libzmq binds port 99999 to another one without a word. */
function portOf(url: string): number | undefined {
  const digits = url.slice(url.lastIndexOf(':') + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** sun_path holds 108 bytes with its terminating zero (unix(7)). */
function fitsSocketPath(url: string): boolean {
  const bytes = Buffer.byteLength(url) - 'ipc://'.length;
  return bytes >= 1 && bytes <= 107;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** How a refused value is shown: numbers bare, the rest as JSON, cut when long. */
export function showValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
