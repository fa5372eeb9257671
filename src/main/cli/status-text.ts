// What the agent says of itself in one line: the terminal's status line and the minute's log entry. Pure functions.

import type { AgentStatus, SourceStatus } from '../agent-config.js';

/** Rates between two snapshots. */
export interface Rates {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** Zero when no time has passed. */
export function ratesBetween(before: AgentStatus, now: AgentStatus): Rates {
  const seconds = (now.uptimeMs - before.uptimeMs) / 1000;
  if (seconds <= 0) return { packetsPerSecond: 0, bytesPerSecond: 0 };
  return {
    packetsPerSecond: (now.packets - before.packets) / seconds,
    bytesPerSecond: (now.packetBytes - before.packetBytes) / seconds,
  };
}

/**
 * The status line, at most `columns` wide. The narrower it is, the shorter the words; then what matters least goes: first
 * sources that are well, then the rates. Losses and sources in trouble stay longest.
 */
export function statusLine(now: AgentStatus, rates: Rates, columns: number): string {
  for (const parts of [wide(now, rates), medium(now, rates), narrow(now)]) {
    const line = parts.join('  ');
    if (line.length <= columns) return line;
  }
  const line = narrow(now).join(' ');
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

function wide(now: AgentStatus, rates: Rates): string[] {
  return [
    `${now.zones} zones`,
    `${count(rates.packetsPerSecond)} packets/s`,
    `${kilobytes(rates.bytesPerSecond)} kB/s`,
    `late p99 ${time(now.latenessP99Ns)} max ${time(now.latenessMaxNs)}`,
    `missed ${count(now.missedTicks)}`,
    `dropped ${count(now.droppedSamples)}`,
    ...unsent(now),
    now.sources.map((source) => `${source.name} ${source.state}`).join(', '),
  ];
}

function medium(now: AgentStatus, rates: Rates): string[] {
  return [
    `${now.zones} zones`,
    `${count(rates.packetsPerSecond)} pkt/s`,
    `${kilobytes(rates.bytesPerSecond)} kB/s`,
    `p99 ${time(now.latenessP99Ns)}`,
    `missed ${count(now.missedTicks)}`,
    `dropped ${count(now.droppedSamples)}`,
    ...unsent(now),
    ...(troubled(now).length > 0 ? troubled(now) : ['all active']),
  ];
}

function narrow(now: AgentStatus): string[] {
  return [
    `z ${now.zones}`,
    `p99 ${time(now.latenessP99Ns)}`,
    `miss ${count(now.missedTicks)}`,
    `drop ${count(now.droppedSamples)}`,
    ...unsent(now),
    ...troubled(now),
  ];
}

function unsent(now: AgentStatus): string[] {
  return now.sendFailures === 0 ? [] : [`unsent ${count(now.sendFailures)}`];
}

function troubled(now: AgentStatus): string[] {
  return now.sources.filter(({ state }) => state !== 'active').map((source) => `${source.name} ${source.state}`);
}

/** At most five characters up to a billion: 999, 12.3k, 4.56M. */
export function count(value: number): string {
  if (value < 9999.5) return String(Math.round(value));
  if (value < 999_500) return `${(value / 1000).toPrecision(3)}k`;
  if (value < 999_500_000) return `${(value / 1e6).toPrecision(3)}M`;
  return `${(value / 1e9).toPrecision(3)}G`;
}

function kilobytes(bytes: number): string {
  const kilo = bytes / 1000;
  return kilo < 10 ? kilo.toFixed(1) : count(kilo);
}

/** Nanoseconds with a unit that fits: 850 ns would say too much, so microseconds are the least. */
export function time(ns: number): string {
  if (ns < 9_999_500) return `${Math.round(ns / 1000)} us`;
  if (ns < 9_999_500_000) return `${Math.round(ns / 1e6)} ms`;
  return `${Math.round(ns / 1e9)} s`;
}

/** For the log: the figures since the last entry's snapshot, and the totals that should be zero. */
export function summaryData(before: AgentStatus, now: AgentStatus): object {
  const rates = ratesBetween(before, now);
  return {
    zones: now.zones,
    packetsPerSecond: Math.round(rates.packetsPerSecond * 10) / 10,
    kBPerSecond: Math.round(rates.bytesPerSecond / 100) / 10,
    latenessP99Us: Math.round(now.latenessP99Ns / 1000),
    latenessMaxUs: Math.round(now.latenessMaxNs / 1000),
    missedTicks: now.missedTicks,
    droppedSamples: now.droppedSamples,
    sendFailures: now.sendFailures,
    sources: sourceStates(now.sources),
  };
}

/** `procfs active, cgroup degraded (3 restarts)`. */
export function sourceStates(sources: readonly SourceStatus[]): string {
  return sources
    .map(({ name, state, restarts }) => `${name} ${state}${restarts > 0 ? ` (${restarts} restarts)` : ''}`)
    .join(', ');
}
