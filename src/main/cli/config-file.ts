// Reads the TOML configuration file: which option each key means, and on which line it stands. Values are not checked here
// beyond their keys; a value's schema is the business of settings.ts.

import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { nearest } from './nearest.js';
import { inFile, OPTION_NAMES, type OptionName } from './options.js';
import { TomlLines } from './toml-lines.js';
import { UsageError } from './usage-error.js';

export interface FileValue {
  readonly value: unknown;
  /** `zonecast.toml:7: port`, for messages about the value; with the index of an item, that item's line. */
  label(item?: number): string;
}

export type FileValues = ReadonlyMap<OptionName, FileValue>;

/** @throws UsageError naming the file, and the line and key when it got that far */
export function readConfigFile(path: string): FileValues {
  return parseConfig(readText(path), path);
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path}: ${reason(error as NodeJS.ErrnoException)}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path}: is not UTF-8 text; give a TOML file`);
  }
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'no such file; give the path of a TOML file';
    case 'EACCES':
      return 'may not be read by this user; change its permissions';
    case 'EISDIR':
      return 'is a directory; give the path of a TOML file';
    default:
      return `can't be read: ${error.message}`;
  }
}

/** The values of a TOML text; `path` is only for messages. @throws UsageError */
export function parseConfig(text: string, path: string): FileValues {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split('\n', 1)[0]!.replace('Invalid TOML document: ', '');
    throw new UsageError(`${path}:${error.line}:${error.column}: ${what}`);
  }
  const lines = new TomlLines(text);
  const values = new Map<OptionName, FileValue>();
  collect(document, []);
  return values;

  function collect(table: Readonly<Record<string, unknown>>, prefix: readonly string[]): void {
    for (const [key, value] of Object.entries(table)) {
      const keys = [...prefix, key];
      const name = keys.join('.');
      if (isOption(name)) {
        values.set(name, {
          value,
          label: (item) => `${path}:${lines.find(item === undefined ? keys : [...keys, String(item)])}: ${name}`,
        });
      } else if (isTableOfOptions(name)) {
        if (!isTable(value))
          throw new UsageError(`${path}:${lines.find(keys)}: ${name}: is not a table; give [${name}]`);
        collect(value, keys);
      } else {
        throw new UsageError(`${path}:${lines.find(keys)}: ${name}: unknown key${hint(keys)}`);
      }
    }
  }
}

function isOption(name: string): name is OptionName {
  return OPTION_NAMES.some((known) => known === name && inFile(known));
}

function isTableOfOptions(name: string): boolean {
  return OPTION_NAMES.some((known) => known.startsWith(`${name}.`));
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What may stand in the key's place: one that is near to it in the same table, or all of that table. */
function hint(keys: readonly string[]): string {
  if (keys[0] === 'config') return '; a file can not name another one';
  const key = keys.at(-1)!;
  const prefix = keys
    .slice(0, -1)
    .map((parent) => `${parent}.`)
    .join('');
  const known = OPTION_NAMES.filter((name) => inFile(name) && name.startsWith(prefix));
  const siblings = [...new Set(known.map((name) => name.slice(prefix.length).split('.', 1)[0]!))];
  const meant = nearest(key, siblings);
  if (meant !== undefined) return `; did you mean ${prefix}${meant}?`;
  return prefix === '' ? '; docs/CONFIG.md lists the keys' : `; give ${siblings.join(', ')}`;
}
