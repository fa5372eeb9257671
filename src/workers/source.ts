// The contract of a source: what it declares, what it may touch, how it is opened, sampled and closed.
// Every method runs in the source's own worker thread. A source knows nothing of packets, sockets or other sources' zones.

import type { AgentStats } from '../ring/agent-stats.js';
import type { RingProducer } from '../ring/producer.js';

/** Names of the sources that ship. */
export type SourceName = 'procfs' | 'cgroup' | 'process' | 'self';

/** Where the kernel's files are; other roots serve fixture trees and agents inside containers. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly cgroupfs: string;
}

export type Unit =
  | 'bytes'
  | 'pages'
  | 'packets'
  | 'operations'
  | 'errors'
  | 'faults'
  | 'nanoseconds'
  | 'microseconds'
  | 'profile ticks (4999 Hz)'
  | 'hundredths'
  | 'hundredths of a percent'
  | 'threads'
  | 'processes'
  | 'periods'
  | 'events'
  | 'times seen'
  | 'core'
  | 'id'
  | 'none';

/** What a source says of one field it can fill, for docs/FIELDS.md and for `zonecast doctor`. */
export interface FieldDeclaration {
  /** Path in the packet's schema: `mem.rss`, `disk.nread`, `threads`. A path the schema lacks is a defect (tested). */
  readonly path: string;
  /** Counters are running totals; gauges are the value at the reading. */
  readonly kind: 'counter' | 'gauge';
  readonly unit: Unit;
  /** In whose packets: the host's (`global`), the zones', or both. */
  readonly scope: 'global' | 'zone' | 'both';
  /** The file and column it comes from, per platform: `linux`, `linux cgroup v1`, `linux cgroup v2`. */
  readonly origin: Readonly<Record<string, string>>;
  /** When the field is absent, in one sentence. */
  readonly absent: string;
}

/** Settings of one source, plain data (it crosses to the worker). Keys are the source's own; see its file. */
export type SourceOptions = Readonly<Record<string, unknown>>;

/** What a source gets to work with. */
export interface SourceContext {
  readonly paths: HostPaths;
  readonly options: SourceOptions;
  readonly producer: RingProducer;
  /** Numbers of the agent's main thread, for the source `self`; absent where a test opens a source by itself. */
  readonly agentStats?: AgentStats;
  /** Tells the supervisor, which logs it once and shows it in the source's status. Allocates: not per tick. */
  readonly note: (detail: string) => void;
}

/** Thrown by `open` when this host, kernel or user can't run the source at all: no restart would help. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
  /** What the operator can do about it, in one sentence. */
  readonly remedy: string;
  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/** A part of a source that this host or user can't provide, while the rest runs. */
export interface Shortfall {
  /** What is missing, in the words of docs/FIELDS.md: `cpuqueue per core`. */
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** What `zonecast doctor` shows of a source. */
export interface ProbeReport {
  readonly available: boolean;
  /** Why not, when unavailable. */
  readonly why?: string;
  readonly remedy?: string;
  readonly shortfalls: readonly Shortfall[];
}

/**
 * `tick`: sampled at every base tick and waited for by the aggregator.
 * `own`: sampled at its own, slower interval (option `intervalMs`, default `defaultIntervalMs`); never waited for.
 */
export type Pace = 'tick' | 'own';

/** The fixed part of a source: declarations apart from reading. */
export interface SourceModule {
  readonly name: string;
  readonly pace: Pace;
  /** For pace `own`. */
  readonly defaultIntervalMs?: number;
  readonly fields: readonly FieldDeclaration[];
  /** Looks, without side effects, at what this host offers. Never throws. */
  probe(paths: HostPaths, options: SourceOptions): ProbeReport;
  /**
   * Opens descriptors and defines what is there from the start.
   * @throws SourceUnavailable when no restart would help; anything else is an error that a restart may mend
   */
  open(context: SourceContext): Source;
}

/** An open source. */
export interface Source {
  /**
   * Reads once and puts samples into the open frame. Must not allocate per tick in the steady state, must not block
   * beyond its reads. A reading that fails puts nothing for its fields and counts `readErrors` or `parseErrors`.
   */
  sample(): void;
  /** Housekeeping between ticks (discovery, caches); at most a few per second, after the event loop has turned once. */
  housekeep?(): void;
  close(): void;
}
