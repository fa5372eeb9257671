// The agent's settings once command line, environment and file have been merged and checked, and what it reports of itself.
// Plain data: whoever starts an Agent (the command line, a test, a bench) fills it in; nothing here reads anything.

import type { HostPaths, SourceOptions } from '../workers/source.js';

export type PacketFormat = 'protobuf' | 'msgpack';

export interface SourceConfig {
  readonly name: string;
  readonly options: SourceOptions;
}

export interface AgentConfig {
  /** Name of this host in every packet. */
  readonly host: string;
  /** Base tick in microseconds, 500 to 3,600,000,000. */
  readonly intervalUs: number;
  /** ZeroMQ endpoints to bind: `tcp://127.0.0.1:7211`, `tcp://[::1]:7211`, `ipc:///run/zonecast.sock`. Empty in quiet mode. */
  readonly endpoints: readonly string[];
  readonly format: PacketFormat;
  readonly sources: readonly SourceConfig[];
  readonly paths: HostPaths;
  /** Messages a slow subscriber may lag behind before the socket drops for it. */
  readonly highWaterMark: number;
}

export type SourceState = 'starting' | 'active' | 'degraded' | 'disabled' | 'failed';

export interface SourceStatus {
  readonly name: string;
  readonly state: SourceState;
  /** Why it is not active, or what it does without; empty when there is nothing to say. */
  readonly detail: string;
  readonly restarts: number;
  readonly missedTicks: number;
  readonly droppedSamples: number;
  readonly readErrors: number;
  readonly parseErrors: number;
  readonly costUs: number;
  readonly intervalUs: number;
}

/** A snapshot for the status line and the minute's log line. Totals since the start unless said. */
export interface AgentStatus {
  readonly uptimeMs: number;
  readonly zones: number;
  readonly packets: number;
  readonly packetBytes: number;
  readonly sendFailures: number;
  readonly missedTicks: number;
  readonly droppedSamples: number;
  /** Of the ticks since the last snapshot was taken. */
  readonly latenessP99Ns: number;
  readonly latenessMaxNs: number;
  readonly sources: readonly SourceStatus[];
}
