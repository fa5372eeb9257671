// Settings of the source procfs: `everyMs`, the least time between two readings of a file, by the file's name.

import type { SourceOptions } from '../source.js';

export interface EveryMs {
  readonly stat: number;
  readonly loadavg: number;
  readonly meminfo: number;
  readonly vmstat: number;
  readonly diskstats: number;
  readonly diskErrors: number;
  readonly netDev: number;
  readonly pressure: number;
}

/** 0: at every tick. vmstat costs as much as all others together; error counters of disks hardly ever move. */
const DEFAULTS: EveryMs = {
  stat: 0,
  loadavg: 0,
  meminfo: 0,
  vmstat: 100,
  diskstats: 0,
  diskErrors: 1000,
  netDev: 0,
  pressure: 0,
};

/** Unknown names and values that are no times are left to whoever checks the configuration. */
export function everyMsOf(options: SourceOptions): EveryMs {
  const wanted = (options['everyMs'] ?? {}) as Partial<Record<keyof EveryMs, unknown>>;
  const every = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof EveryMs)[]) {
    const value = wanted[name];
    if (typeof value === 'number' && value >= 0) (every as Record<keyof EveryMs, number>)[name] = value;
  }
  return every;
}
