// The one list of the agent's options: from it come the flags, the environment's names, the keys of the configuration file,
// the defaults, the checks, the help text and docs/CONFIG.md. An option's key is its long flag without the dashes; a dot in
// it means a table in the file. Nothing here reads anything.

import { hostname } from 'node:os';
import type * as v from 'valibot';
import type { SourceName } from '../../workers/source.js';
import * as values from './values.js';

export interface Option<T = unknown> {
  readonly kind: values.ValueKind;
  readonly schema: v.GenericSchema<unknown, T>;
  /** Completes "give …" in an error message and stands in the documentation. */
  readonly allowed: string;
  readonly fallback: NoInfer<T> | undefined;
  /** How the default is shown where its value would not do. */
  readonly fallbackText?: string;
  readonly help: string;
  /** Placeholder of the value in help; a switch has none. */
  readonly placeholder?: string;
  readonly short?: string;
  /** Where it can stand; absent: everywhere. */
  readonly only?: 'file and environment' | 'command line and environment';
  /** A setting of one source: where in its options the value goes. */
  readonly source?: { readonly name: SourceName; readonly path: readonly [key: string, inner?: string] };
  /** True when SIGHUP can't change it while the agent runs. */
  readonly fixed?: true;
}

/** An option that always has a value. */
function option<T>(definition: Option<T> & { readonly fallback: NoInfer<T> }): Option<T> & { readonly fallback: T } {
  return definition;
}

/** An option that may be left without a value. */
function optional<T>(definition: Omit<Option<T>, 'fallback'>): Option<T> & { readonly fallback: undefined } {
  return { ...definition, fallback: undefined };
}

export const SOURCE_NAMES = ['procfs', 'cgroup', 'process', 'self'] as const satisfies readonly SourceName[];
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const LONGEST_INTERVAL_MS = 3_600_000;

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

/** Interval of a source with a pace of its own. */
function sourceInterval(source: SourceName, fallback: number, help: string) {
  return option({
    kind: 'number',
    schema: values.wholeNumber(10, LONGEST_INTERVAL_MS),
    allowed: `10 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback,
    help,
    only: 'file and environment',
    source: { name: source, path: ['intervalMs'] },
  });
}

/** Slower cadence of some of a source's files. */
function every(source: SourceName, group: string, fallback: number, what: string) {
  return option({
    kind: 'number',
    schema: values.wholeNumber(0, LONGEST_INTERVAL_MS),
    allowed: `0 to ${LONGEST_INTERVAL_MS} milliseconds`,
    fallback,
    help: `least milliseconds between readings of ${what}; 0: every tick`,
    only: 'file and environment',
    source: { name: source, path: ['everyMs', group] },
  });
}

function globList(path: string, help: string) {
  return optional({
    kind: 'list',
    schema: values.globs,
    allowed: 'a list of patterns',
    help,
    only: 'file and environment',
    source: { name: 'cgroup', path: [path] },
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
  'procfs.every.vmstat': every('procfs', 'vmstat', 100, 'vmstat'),
  'cgroup.include': globList('include', 'patterns (`*`, `?`) of paths or names of the zones to take; default all'),
  'cgroup.exclude': globList('exclude', 'patterns of zones to leave out; beats include'),
  'cgroup.every.cpu': every('cgroup', 'cpu', 0, 'the CPU files of each zone'),
  'cgroup.every.memory': every('cgroup', 'memory', 0, 'the memory files'),
  'cgroup.every.io': every('cgroup', 'io', 0, 'the block I/O files'),
  'cgroup.every.pids': every('cgroup', 'pids', 0, 'the numbers of threads'),
  'cgroup.every.pressure': every('cgroup', 'pressure', 0, 'the pressure files'),
  'cgroup.every.net': every('cgroup', 'net', 0, 'the interfaces of each zone'),
  'cgroup.every.events': every('cgroup', 'events', 1000, 'out-of-memory kills, kernel memory and uncounted threads'),
  'cgroup.every.caps': every('cgroup', 'caps', 1000, 'limits'),
  'cgroup.every.membership': every('cgroup', 'membership', 1000, "the process that stands for a zone's network"),
  'process.interval': sourceInterval('process', 1000, 'milliseconds between looks at the processes'),
  'process.top': option({
    kind: 'number',
    schema: values.wholeNumber(0, 1000),
    allowed: '0 to 1000',
    fallback: 10,
    help: 'busiest processes to list in the packet of each zone',
    only: 'file and environment',
    source: { name: 'process', path: ['top'] },
  }),
  'self.interval': sourceInterval('self', 1000, "milliseconds between readings of the agent's own costs"),
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
