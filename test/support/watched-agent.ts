// An agent with the sources of misbehaving-entry.ts, without a socket: its packets are decoded, its log lines kept.

import { Agent, type AgentHooks, type AgentLog } from '../../src/main/agent.js';
import type { AgentConfig } from '../../src/main/agent-config.js';
import type { SupervisorOptions } from '../../src/main/supervisor.js';
import { decodePacket } from '../../src/main/wire/decode.js';
import type { Packet } from '../../src/main/wire/packet.js';

export const ENTRY = new URL('./misbehaving-entry.js', import.meta.url);
/** Long beside what a busy machine takes from a thread, so that a missed tick means that something waited for another. */
export const INTERVAL_US = 100_000;
export const TIMING = { backoffFirstMs: 100, backoffMaxMs: 400, hangMs: 600, healthyMs: 60_000, maxFailures: 100 };

export function configOf(...sources: string[]): AgentConfig {
  return {
    host: 'testhost',
    intervalUs: INTERVAL_US,
    endpoints: [],
    format: 'protobuf',
    sources: sources.map((name) => ({ name, options: {} })),
    paths: { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' },
    highWaterMark: 1000,
  };
}

export interface WatchedAgent {
  readonly agent: Agent;
  readonly packets: Packet[];
  readonly lines: string[];
}

/** @param hooks `onPacket` sees a packet after it was kept */
export function watch(
  config: AgentConfig,
  timing: object = TIMING,
  hooks: AgentHooks = {},
  entry: SupervisorOptions['entry'] = ENTRY,
): WatchedAgent {
  const packets: Packet[] = [];
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  const log: AgentLog = { info: write, warn: write, error: write };
  const onPacket = (zone: string, bytes: Uint8Array, wallUs: number): void => {
    packets.push(decodePacket(bytes));
    hooks.onPacket?.(zone, bytes, wallUs);
  };
  const agent = new Agent(config, log, { ...hooks, onPacket }, { entry, timing });
  return { agent, packets, lines };
}

export const sourceOf = (packet: Packet, name: string) => packet.source.find((source) => source.name === name);
