// The log on stderr: pino underneath, and for people one readable line per entry. The only user of pino. Entries are rare
// (start, changes of state, once a minute), so a line may cost what it likes.

import pino from 'pino';
import type { LOG_LEVELS } from './options.js';
import { hasControl } from './values.js';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the command line needs of the log; an AgentLog as well. */
export interface Log {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
  setLevel(level: LogLevel): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  /** Takes whole lines, with their newline. Must not throw. */
  readonly write: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const { write } = options;
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: options.json ? write : (line) => write(formatLine(line)) },
  );
  return {
    debug: (message, data) => logger.debug(data ?? {}, message),
    info: (message, data) => logger.info(data ?? {}, message),
    warn: (message, data) => logger.warn(data ?? {}, message),
    error: (message, data) => logger.error(data ?? {}, message),
    setLevel: (level) => {
      logger.level = level;
    },
  };
}

/** A line of pino's JSON to `HH:MM:SS.mmm level message key=value`, in the host's time zone, always one line. */
export function formatLine(json: string): string {
  const { level, time, msg, ...data } = JSON.parse(json) as Record<string, unknown>;
  const parts = [clock(new Date(String(time))), String(level).padEnd(5), oneLine(String(msg))];
  for (const [key, value] of Object.entries(data)) parts.push(`${key}=${showDatum(value)}`);
  return `${parts.join(' ')}\n`;
}

function clock(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}

/** A terminal obeys control characters, and names of zones are chosen by others. */
function oneLine(text: string): string {
  return hasControl(text) ? JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"') : text;
}

function showDatum(value: unknown): string {
  if (typeof value === 'string')
    return value === '' || /[\s"=]/.test(value) || hasControl(value) ? JSON.stringify(value) : value;
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}
