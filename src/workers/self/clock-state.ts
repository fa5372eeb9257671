// What time daemons and tools say about how well the host's clock is known. Pure parsing; text in, numbers out.

export interface ClockState {
  readonly synchronized: boolean;
  /** Microseconds; undefined where the tool doesn't tell. */
  readonly estimatedErrorUs: number | undefined;
  readonly maxErrorUs: number | undefined;
}

/** A command that may be on this host, and how to read what it prints. Undefined: it said nothing of use. */
export interface ClockTool {
  readonly command: string;
  readonly args: readonly string[];
  parse(output: string): ClockState | undefined;
}

/** In the order of preference. */
export const CLOCK_TOOLS: readonly ClockTool[] = [
  { command: 'chronyc', args: ['-c', 'tracking'], parse: parseChrony },
  { command: 'adjtimex', args: ['--print'], parse: parseAdjtimex },
  { command: 'timedatectl', args: ['show', '--property=NTPSynchronized'], parse: parseTimedatectl },
];

/**
 * `chronyc -c tracking`: one line of comma-separated values in the order of the report (chronyc(1), "tracking"). The
 * bound on the error is the one that manual gives: |system time| + root dispersion + root delay / 2.
 */
export function parseChrony(output: string): ClockState | undefined {
  const columns = output.trim().split('\n')[0]?.split(',') ?? [];
  if (columns.length < 14) return undefined;
  const us = (column: number): number => Math.round(Math.abs(Number(columns[column])) * 1e6);
  const estimatedErrorUs = us(6);
  const maxErrorUs = us(4) + us(11) + Math.round(us(10) / 2);
  if (!Number.isFinite(estimatedErrorUs) || !Number.isFinite(maxErrorUs)) return undefined;
  const synchronized = columns[13]?.trim() !== 'Not synchronised';
  // Without a source the numbers are those of the local clock against itself.
  return synchronized
    ? { synchronized, estimatedErrorUs, maxErrorUs }
    : { synchronized, estimatedErrorUs: undefined, maxErrorUs: undefined };
}

/** `adjtimex --print`: lines `name: value`; status bit 0x40 is STA_UNSYNC (adjtimex(2)), errors are microseconds. */
export function parseAdjtimex(output: string): ClockState | undefined {
  const value = (name: string): number | undefined => {
    const match = new RegExp(`^\\s*${name}:\\s*(\\d+)`, 'm').exec(output);
    return match?.[1] === undefined ? undefined : Number(match[1]);
  };
  const status = value('status');
  if (status === undefined) return undefined;
  const synchronized = (status & 0x40) === 0;
  return { synchronized, estimatedErrorUs: value('esterror'), maxErrorUs: value('maxerror') };
}

/** `timedatectl show`: `NTPSynchronized=yes`. */
export function parseTimedatectl(output: string): ClockState | undefined {
  const match = /^NTPSynchronized=(yes|no)$/m.exec(output);
  if (match === null) return undefined;
  return { synchronized: match[1] === 'yes', estimatedErrorUs: undefined, maxErrorUs: undefined };
}
