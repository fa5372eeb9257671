// The agent as a whole: sources into rings, rings into packets, packets out of the socket. Main thread only.
// It sleeps on the doorbell that all workers ring. Whoever runs it (command line, test, bench) gives it plain settings.

import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentStats } from '../ring/agent-stats.js';
import { Doorbell } from '../ring/doorbell.js';
import type { AgentConfig, AgentStatus } from './agent-config.js';
import { Aggregator, RingCorruptIn } from './aggregator.js';
import type { Intake } from './intake.js';
import { LatencyHistogram } from './latency-histogram.js';
import { BindError, Publisher } from './publisher.js';
import type { SourceRecord } from './source-record.js';
import { Supervisor, type SupervisorOptions } from './supervisor.js';
import { toMsgpack } from './wire/msgpack.js';

export interface AgentLog {
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
}

export interface AgentHooks {
  /** Sees every packet right after it was sent (or, in quiet mode, would have been). */
  onPacket?(zone: string, bytes: Uint8Array, wallUs: number): void;
}

/** Why the agent could not start, in one line for the operator. Nothing is left running. */
export class AgentStartError extends Error {
  override readonly name = 'AgentStartError';
}

/** Doorbell rings answered in a row before the event loop gets a turn: signals and timers must not starve. */
const RINGS_PER_TURN = 8;

/** Monotonic clock at performance.now() = 0, so that the clocks of all threads agree. */
const monotonicOriginNs = Number(process.hrtime.bigint()) - performance.now() * 1e6;

function nowNs(): number {
  return monotonicOriginNs + performance.now() * 1e6;
}

export class Agent {
  readonly #log: AgentLog;
  readonly #hooks: AgentHooks;
  readonly #doorbell = new Doorbell();
  readonly #stats = new AgentStats();
  readonly #lateness = new LatencyHistogram();
  readonly #intakes = new Map<SourceRecord, Intake>();
  readonly #unknownFields = new Set<string>();
  readonly #supervisor: Supervisor;
  readonly #aggregator: Aggregator;
  readonly #startNs = nowNs();
  readonly #gcObserver: PerformanceObserver;
  #publisher: Publisher | undefined;
  #config: AgentConfig;
  #statsTimer: NodeJS.Timeout | undefined;
  #running = false;
  #loop: Promise<void> = Promise.resolve();

  /** @param supervision other workers or timing than the product's, for tests */
  constructor(
    config: AgentConfig,
    log: AgentLog,
    hooks: AgentHooks = {},
    supervision: Pick<SupervisorOptions, 'entry' | 'timing'> = {},
  ) {
    this.#config = config;
    this.#log = log;
    this.#hooks = hooks;
    this.#aggregator = new Aggregator({
      host: config.host,
      epoch: BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n),
      startNs: this.#startNs,
      intervalUs: config.intervalUs,
      sink: (zone, bytes, wallUs) => this.#publish(zone, bytes, wallUs),
      onUnknownField: (source, field) => this.#unknownField(source, field),
      onTick: (latenessNs) => this.#lateness.record(latenessNs),
    });
    this.#supervisor = new Supervisor({
      ...supervision,
      paths: config.paths,
      doorbell: this.#doorbell,
      agentStats: this.#stats,
      events: {
        opened: (record, memory, pace) => {
          this.#intakes.set(record, this.#aggregator.attach({ record, memory, pace }));
          // Frames may be there already, and their ring went unheard.
          this.#doorbell.ring();
        },
        ended: (record) => this.#detach(record),
        notice: (level, record, message) => this.#log[level](`${record.name}: ${message}`),
      },
    });
    this.#gcObserver = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#countGc(entry.duration * 1e6);
    });
  }

  /** Binds the socket, then starts the sources. @throws AgentStartError */
  async start(): Promise<void> {
    await this.#bind(this.#config);
    this.#gcObserver.observe({ entryTypes: ['gc'] });
    this.#statsTimer = setInterval(() => this.#publishStats(), 1000);
    this.#running = true;
    await this.#supervisor.apply(this.#config.sources, this.#config.intervalUs);
    this.#aggregator.setRecords(this.#supervisor.records);
    this.#loop = this.#run();
  }

  /**
   * Takes over new settings. What did not change goes on without missing a tick.
   * @returns what changed, in words
   * @throws AgentStartError when a new endpoint can't be bound; the old settings then stay
   */
  async reconfigure(config: AgentConfig): Promise<string[]> {
    const fixed = (['host', 'format', 'paths', 'highWaterMark'] as const).filter(
      (key) => JSON.stringify(config[key]) !== JSON.stringify(this.#config[key]),
    );
    const changes = fixed.map((key) => `${key} needs a restart of the agent and stays as it was`);
    changes.push(...(await this.#rebind(config)));
    if (config.intervalUs !== this.#config.intervalUs) {
      changes.push(`interval ${config.intervalUs / 1000} ms`);
      this.#aggregator.setInterval(config.intervalUs);
    }
    const sources = await this.#supervisor.apply(config.sources, config.intervalUs);
    this.#aggregator.setRecords(this.#supervisor.records);
    changes.push(...sources.map((name) => `source ${name}`));
    const { host, format, paths, highWaterMark } = this.#config;
    this.#config = { ...config, host, format, paths, highWaterMark };
    return changes;
  }

  /** Totals since the start; the lateness figures are of the time since the last call. */
  status(): AgentStatus {
    const sources = this.#supervisor.records.map((record) => record.status());
    const status: AgentStatus = {
      uptimeMs: Math.round((nowNs() - this.#startNs) / 1e6),
      zones: this.#aggregator.table.published.length,
      packets: this.#stats.get('packets'),
      packetBytes: this.#stats.get('packetBytes'),
      sendFailures: this.#stats.get('sendFailures'),
      missedTicks: this.#aggregator.missedTicks,
      droppedSamples: sources.reduce((sum, source) => sum + source.droppedSamples, 0),
      latenessP99Ns: this.#lateness.quantileNs(0.99),
      latenessMaxNs: this.#lateness.maxNs,
      sources,
    };
    this.#lateness.reset();
    return status;
  }

  /** Ends sources and socket, within a second whatever the sources do. */
  async stop(): Promise<void> {
    this.#running = false;
    clearInterval(this.#statsTimer);
    this.#gcObserver.disconnect();
    await this.#supervisor.stop();
    this.#doorbell.ring();
    await this.#loop;
    this.#publisher?.close();
  }

  async #run(): Promise<void> {
    let inARow = 0;
    while (this.#running) {
      const seen = this.#doorbell.count;
      const waitMs = this.#drain();
      const woken = this.#doorbell.wait(seen, waitMs);
      if (typeof woken !== 'string') {
        await woken;
        inARow = 0;
      } else if (++inARow >= RINGS_PER_TURN) {
        await turn();
        inARow = 0;
      }
    }
  }

  #drain(): number {
    try {
      return this.#aggregator.drain(nowNs(), Date.now() * 1000);
    } catch (error) {
      if (!(error instanceof RingCorruptIn)) throw error;
      this.#supervisor.fail(error.intake.record, error.message);
      return 0;
    }
  }

  #detach(record: SourceRecord): void {
    const intake = this.#intakes.get(record);
    if (intake === undefined) return;
    this.#intakes.delete(record);
    this.#aggregator.detach(intake);
  }

  #publish(zone: string, bytes: Uint8Array, wallUs: number): void {
    const message = this.#config.format === 'msgpack' ? toMsgpack(bytes) : bytes;
    this.#publisher?.send(message);
    this.#stats.add('packets', 1);
    this.#stats.add('packetBytes', message.length);
    this.#hooks.onPacket?.(zone, message, wallUs);
  }

  async #bind(config: AgentConfig): Promise<void> {
    if (config.endpoints.length === 0) return;
    const publisher = new Publisher({
      highWaterMark: config.highWaterMark,
      onSendFailure: () => this.#stats.add('sendFailures', 1),
    });
    try {
      for (const endpoint of config.endpoints) await publisher.bind(endpoint);
    } catch (error) {
      publisher.close();
      throw error instanceof BindError ? new AgentStartError(error.message) : error;
    }
    this.#publisher = publisher;
  }

  async #rebind(config: AgentConfig): Promise<string[]> {
    const before = this.#publisher?.endpoints ?? [];
    const added = config.endpoints.filter((endpoint) => !before.includes(endpoint));
    const removed = before.filter((endpoint) => !config.endpoints.includes(endpoint));
    if (this.#publisher === undefined) {
      await this.#bind(config);
    } else {
      try {
        for (const endpoint of added) await this.#publisher.bind(endpoint);
      } catch (error) {
        for (const endpoint of added) {
          if (this.#publisher.endpoints.includes(endpoint)) await this.#publisher.unbind(endpoint);
        }
        throw error instanceof BindError ? new AgentStartError(error.message) : error;
      }
      for (const endpoint of removed) await this.#publisher.unbind(endpoint);
    }
    return [...added.map((endpoint) => `bound ${endpoint}`), ...removed.map((endpoint) => `unbound ${endpoint}`)];
  }

  #unknownField(source: string, field: string): void {
    const name = `${source} ${field}`;
    if (this.#unknownFields.has(name)) return;
    this.#unknownFields.add(name);
    this.#log.error(`${source}: the packet has no field ${field}; its samples are dropped`);
  }

  #countGc(ns: number): void {
    this.#stats.add('gcCount', 1);
    this.#stats.add('gcNs', ns);
    if (ns > this.#stats.get('gcMaxNs')) this.#stats.set('gcMaxNs', ns);
  }

  /** Once a second, for the source `self`. */
  #publishStats(): void {
    const memory = process.memoryUsage();
    this.#stats.set('heapUsedBytes', memory.heapUsed);
    this.#stats.set('heapTotalBytes', memory.heapTotal);
    this.#stats.set('externalBytes', memory.external);
    this.#stats.set('zones', this.#aggregator.table.published.length);
    this.#stats.set('missedTicks', this.#aggregator.missedTicks);
    const delay = this.#aggregator.frameDelay;
    this.#stats.set('loopDelayP50Ns', delay.quantileNs(0.5));
    this.#stats.set('loopDelayP99Ns', delay.quantileNs(0.99));
    this.#stats.set('loopDelayMaxNs', delay.maxNs);
    delay.reset();
  }
}
