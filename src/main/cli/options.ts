// The one list of the agent's options: from it come the flags, the environment's names, the keys of the configuration file,
// the defaults, the checks, the help text and docs/CONFIG.md. An option's key is its long flag without the dashes; a dot in
// it means a table in the file. Nothing here reads anything.

import { hostname } from 'node:os';
import type * as v from 'valibot';
import type { SourceName } from '../../workers/source.js';
import { LONGEST_INTERVAL_MS, type Option, option, optional } from './option.js';
import { SOURCE_OPTIONS } from './source-options.js';
import * as values from './values.js';

export const SOURCE_NAMES = ['procfs', 'cgroup', 'process', 'self'] as const satisfies readonly SourceName[];
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

function flagSwitch(rest: Pick<Option, 'help' | 'short' | 'fixed'>) {
  return option({ kind: 'switch', schema: values.onOrOff, allowed: 'true or false', fallback: false, ...rest });
}

function hostDirectory(fallback: string, what: string) {
  return option({
    kind: 'text',
    schema: values.directory,
    allowed: 'the path of a directory',
    fallback,
    placeholder: 'DIR',
    help: `where ${what} is mounted`,
    fixed: true,
  });
}

export const OPTIONS = {
  port: option({
    kind: 'number',
    schema: values.wholeNumber(1, 65_535),
    allowed: '1 to 65535',
    fallback: 7211,
    short: 'p',
    placeholder: 'PORT',
    help: 'TCP port that subscribers connect to',
  }),
  delay: option({
    kind: 'number',
    schema: values.fraction(0.5, LONGEST_INTERVAL_MS),
    allowed: `0.5 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback: 1000,
    short: 'd',
    placeholder: 'MS',
    help: 'milliseconds between ticks, fractions allowed',
  }),
  bind: option({
    kind: 'text',
    schema: values.bindAddress,
    allowed: "an IP address, the name of an interface, or '*' for all",
    fallback: '127.0.0.1',
    placeholder: 'ADDR',
    help: "address to bind the port to; '*' lets anyone who reaches it read",
  }),
  endpoint: optional({
    kind: 'list',
    schema: values.listOf(values.bindEndpoint),
    allowed: 'tcp://ADDR:PORT or ipc:///PATH',
    fallbackText: 'tcp://BIND:PORT',
    placeholder: 'URL',
    help: 'endpoint to bind in place of bind and port; repeatable',
  }),
  sources: option({
    kind: 'list',
    schema: values.listOf(values.oneOf(SOURCE_NAMES)),
    allowed: `any of ${SOURCE_NAMES.join(', ')}`,
    fallback: [...SOURCE_NAMES],
    placeholder: 'LIST',
    help: 'sources to run, separated by commas',
  }),
  format: option({
    kind: 'text',
    schema: values.oneOf(['protobuf', 'msgpack']),
    allowed: 'protobuf or msgpack',
    fallback: 'protobuf',
    placeholder: 'NAME',
    help: 'form of the packets',
    fixed: true,
  }),
  host: option({
    kind: 'text',
    schema: values.name,
    allowed: 'a name of 1 to 255 characters',
    fallback: hostname(),
    fallbackText: "this host's name",
    placeholder: 'NAME',
    help: 'name of this host in every packet',
    fixed: true,
  }),
  duration: optional({
    kind: 'text',
    schema: values.duration,
    allowed: '500ms, 10s, 2m or 1h, up to 576h',
    fallbackText: 'until stopped',
    placeholder: 'TIME',
    help: 'stop after this long',
    fixed: true,
  }),
  config: optional({
    kind: 'text',
    schema: values.name,
    allowed: 'the path of a TOML file',
    fallbackText: 'none',
    placeholder: 'FILE',
    help: 'read settings from this TOML file',
    only: 'command line and environment',
    fixed: true,
  }),
  verbose: flagSwitch({ short: 'v', help: 'print every packet and "Packet sent" on stdout', fixed: true }),
  vlite: flagSwitch({ help: 'print the UTC time and the profile ticks of every packet; -vlite will do', fixed: true }),
  quiet: flagSwitch({ short: 'q', help: 'sample and report, but bind and send nothing' }),
  'path.procfs': hostDirectory('/proc', 'procfs'),
  'path.sysfs': hostDirectory('/sys', 'sysfs'),
  'path.cgroupfs': hostDirectory('/sys/fs/cgroup', 'the cgroup tree'),
  'log-level': option({
    kind: 'text',
    schema: values.oneOf(LOG_LEVELS),
    allowed: LOG_LEVELS.join(', '),
    fallback: 'info',
    placeholder: 'LEVEL',
    help: 'least level of the log on stderr',
  }),
  'log-json': flagSwitch({ help: 'log JSON, one object a line', fixed: true }),
  'high-water-mark': option({
    kind: 'number',
    schema: values.wholeNumber(1, 10_000_000),
    allowed: '1 to 10000000',
    fallback: 1000,
    help: 'packets that one subscriber may lag behind before the socket drops for it',
    only: 'file and environment',
    fixed: true,
  }),
  ...SOURCE_OPTIONS,
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The merged and checked values, by option. */
export type Settings = {
  readonly [Name in OptionName]:
    | v.InferOutput<(typeof OPTIONS)[Name]['schema']>
    | (undefined extends (typeof OPTIONS)[Name]['fallback'] ? undefined : never);
};

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The option of that name, without its value's type. */
export function optionOf(name: OptionName): Option {
  return OPTIONS[name] as Option;
}

/** `path.procfs` to ZONECAST_PATH_PROCFS. */
export function environmentName(name: OptionName): string {
  return `ZONECAST_${name.toUpperCase().replaceAll(/[.-]/g, '_')}`;
}

export function hasFlag(name: OptionName): boolean {
  return optionOf(name).only !== 'file and environment';
}

export function inFile(name: OptionName): boolean {
  return optionOf(name).only !== 'command line and environment';
}

/** The default as documentation shows it; empty when there is none. */
export function fallbackText(name: OptionName): string {
  const { fallback, fallbackText: text } = optionOf(name);
  if (text !== undefined) return text;
  if (fallback === undefined) return '';
  return Array.isArray(fallback) ? fallback.join(',') : String(fallback);
}
