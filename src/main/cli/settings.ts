// Merges command line, environment, configuration file and defaults, in that order of precedence, and checks every value that
// was given, also one that another overrides. Then turns the settings into what the agent takes.

import * as v from 'valibot';
import type { AgentConfig, SourceConfig } from '../agent-config.js';
import { type FileValues, readConfigFile } from './config-file.js';
import { didYouMean } from './nearest.js';
import { environmentName, OPTION_NAMES, type OptionName, optionOf, type Settings } from './options.js';
import { UsageError } from './usage-error.js';
import { readText, showValue, splitList, tcpEndpoint } from './values.js';

/** What the command line gave, by option: text, a switch, or the texts of a repeatable option. */
export type FlagValues = Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ResolvedSettings {
  readonly settings: Settings;
  /** Where each value comes from: `--port`, `ZONECAST_PORT`, `zonecast.toml:7: port`, `default`. */
  readonly origins: Readonly<Record<OptionName, string>>;
  /** One line each, for the log. */
  readonly warnings: readonly string[];
}

/** @throws UsageError with one line that names the flag, the variable or the file, line and key */
export function resolveSettings(flags: FlagValues, environment: Environment): ResolvedSettings {
  const configPath = pick('config', flags, environment, undefined).value as string | undefined;
  const file = configPath === undefined ? undefined : readConfigFile(configPath);
  const settings: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const name of OPTION_NAMES) {
    const { value, origin } = pick(name, flags, environment, file);
    settings[name] = value;
    origins[name] = origin;
  }
  return {
    settings: settings as Settings,
    origins: origins as Record<OptionName, string>,
    warnings: unknownVariables(environment),
  };
}

interface Picked {
  readonly value: unknown;
  readonly origin: string;
}

function pick(name: OptionName, flags: FlagValues, environment: Environment, file: FileValues | undefined): Picked {
  const { kind, fallback } = optionOf(name);
  let picked: Picked = { value: fallback, origin: 'default' };
  const written = file?.get(name);
  if (written !== undefined) {
    const value = kind === 'list' && typeof written.value === 'string' ? splitList(written.value) : written.value;
    picked = { value: check(name, value, (item) => written.label(item)), origin: written.label() };
  }
  const variable = environmentName(name);
  const text = environment[variable];
  // Set but empty counts as not set, as is the custom: it is what `VAR=` in a unit file or a compose file leaves.
  if (text !== undefined && text !== '') {
    picked = { value: check(name, readText(kind, text), () => variable), origin: variable };
  }
  const given = flags[name];
  if (given !== undefined) {
    const flag = `--${name}`;
    picked = { value: check(name, readFlag(name, given), () => flag), origin: flag };
  }
  return picked;
}

function readFlag(name: OptionName, given: string | boolean | readonly string[]): unknown {
  const { kind } = optionOf(name);
  if (typeof given === 'boolean') return given;
  return typeof given === 'string' ? readText(kind, given) : given.flatMap(splitList);
}

/** Runs the option's schema. `label` says where the value stands. @throws UsageError */
function check(name: OptionName, value: unknown, label: (item?: number) => string): unknown {
  const { schema, allowed } = optionOf(name);
  return checkValue(schema, allowed, value, label);
}

/** Runs a schema whose messages complete "<value> …". @throws UsageError: `<label>: <value> is …; give <allowed>` */
export function checkValue<T>(
  schema: v.GenericSchema<unknown, T>,
  allowed: string,
  value: unknown,
  label: (item?: number) => string,
): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const key = issue.path?.[0]?.key;
  const place = label(typeof key === 'number' ? key : undefined);
  throw new UsageError(`${place}: ${showValue(issue.input)} ${issue.message}; give ${allowed}`);
}

function unknownVariables(environment: Environment): string[] {
  const known = OPTION_NAMES.map(environmentName);
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('ZONECAST_') && !known.includes(variable))
    .map((variable) => `environment variable ${variable} means nothing and is ignored${didYouMean(variable, known)}`);
}

/** What the agent takes. In quiet mode there are no endpoints. */
export function toAgentConfig(settings: Settings): AgentConfig {
  const endpoints = settings.endpoint ?? [tcpEndpoint(settings.bind, settings.port)];
  return {
    host: settings.host,
    intervalUs: Math.round(settings.delay * 1000),
    endpoints: settings.quiet ? [] : endpoints,
    format: settings.format,
    sources: settings.sources.map((name) => sourceConfig(name, settings)),
    paths: {
      procfs: settings['path.procfs'],
      sysfs: settings['path.sysfs'],
      cgroupfs: settings['path.cgroupfs'],
    },
    highWaterMark: settings['high-water-mark'],
  };
}

/** Gathers a source's settings; those without a value are left out, so that its own default holds. */
function sourceConfig(source: string, settings: Settings): SourceConfig {
  const options: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    const target = optionOf(name).source;
    const value = settings[name];
    if (target?.name !== source || value === undefined) continue;
    const [key, inner] = target.path;
    options[key] = inner === undefined ? value : { ...(options[key] as object), [inner]: value };
  }
  return { name: source, options };
}

/** `port: 7211 -> 7300 (zonecast.toml:3: port)`, one line per setting that differs. */
export function changedSettings(
  before: ResolvedSettings,
  after: ResolvedSettings,
): { name: OptionName; text: string }[] {
  return OPTION_NAMES.filter((name) => show(before, name) !== show(after, name)).map((name) => ({
    name,
    text: `${name}: ${show(before, name)} -> ${show(after, name)} (${after.origins[name]})`,
  }));
}

function show(resolved: ResolvedSettings, name: OptionName): string {
  return JSON.stringify(resolved.settings[name]) ?? 'none';
}
