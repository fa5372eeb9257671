// The agent as a whole: sources into rings, rings into packets, packets out of the socket. Main thread only.
// It sleeps on the doorbell that all workers ring. Whoever runs it (command line, test, bench) gives it plain settings.

import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentStats } from '../ring/agent-stats.js';
import { Doorbell } from '../ring/doorbell.js';
import { monotonicClock } from '../ring/monotonic-clock.js';
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
  /** No packet goes out any more, because of a defect: stop the agent. Without this hook the process ends uncaught. */
  onFailure?(error: unknown): void;
}

/** Why the agent could not start, in one line for the operator. Nothing is left running. */
export class AgentStartError extends Error {
  override readonly name = 'AgentStartError';
}

/** So long frames are taken without a pause before the event loop gets a turn: signals and timers must not starve. */
const TURN_NS = 10e6;
/** Ticks sent before that is looked at, when more are waiting. */
const TICKS_PER_DRAIN = 1;

const nowNs = monotonicClock();

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
  #stopped = false;
  #failed = false;
  #loop: Promise<void> = Promise.resolve();
  /** Start and changes of settings, one after the other. */
  #changes: Promise<unknown> = Promise.resolve();

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
        ended: (record) => {
          try {
            this.#detach(record);
          } catch (error) {
            this.#fail(error);
          }
          // A tick may have waited for nobody else.
          this.#doorbell.ring();
        },
        notice: (level, record, message) => this.#log[level](`${record.name}: ${message}`),
      },
    });
    this.#gcObserver = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#countGc(entry.duration * 1e6);
    });
  }

  /** Binds the socket, then starts the sources. @throws AgentStartError */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  /**
   * Takes over new settings. What did not change goes on without missing a tick.
   * @returns what changed, in words
   * @throws AgentStartError when a new endpoint can't be bound; the old settings then stay
   */
  reconfigure(config: AgentConfig): Promise<string[]> {
    return this.#inTurn(() => this.#reconfigure(config));
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }

  async #start(): Promise<void> {
    if (this.#stopped) return;
    await this.#rebind(this.#config.endpoints);
    if (this.#stopped) return;
    this.#gcObserver.observe({ entryTypes: ['gc'] });
    this.#statsTimer = setInterval(() => this.#publishStats(), 1000);
    this.#running = true;
    await this.#supervisor.apply(this.#config.sources, this.#config.intervalUs);
    this.#aggregator.setRecords(this.#supervisor.records);
    this.#loop = this.#run().catch((error: unknown) => this.#fail(error));
  }

  async #reconfigure(config: AgentConfig): Promise<string[]> {
    if (!this.#running) return [];
    const fixed = (['host', 'format', 'paths', 'highWaterMark'] as const).filter(
      (key) => JSON.stringify(config[key]) !== JSON.stringify(this.#config[key]),
    );
    const changes = fixed.map((key) => `${key} needs a restart of the agent and stays as it was`);
    changes.push(...(await this.#rebind(config.endpoints)));
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
      droppedSamples: this.#aggregator.droppedSamples,
      latenessP99Ns: this.#lateness.quantileNs(0.99),
      latenessMaxNs: this.#lateness.maxNs,
      sources,
    };
    this.#lateness.reset();
    return status;
  }

  /** Ends sources and socket, within a second whatever the sources do, also in the middle of a start or a change. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#running = false;
    clearInterval(this.#statsTimer);
    this.#gcObserver.disconnect();
    await this.#supervisor.stop();
    await this.#changes;
    this.#doorbell.ring();
    await this.#loop;
    this.#publisher?.close();
  }

  async #run(): Promise<void> {
    let turnNs = nowNs();
    while (this.#running) {
      const seen = this.#doorbell.count;
      const waitMs = this.#drain();
      const woken = this.#doorbell.wait(seen, waitMs);
      if (typeof woken !== 'string') await woken;
      else if (nowNs() - turnNs > TURN_NS) await turn();
      else continue;
      turnNs = nowNs();
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#running = false;
    if (this.#hooks.onFailure === undefined) throw error;
    this.#hooks.onFailure(error);
  }

  #drain(): number {
    try {
      return this.#aggregator.drain(nowNs(), Date.now() * 1000, TICKS_PER_DRAIN);
    } catch (error) {
      if (!(error instanceof RingCorruptIn)) throw error;
      this.#detach(error.intake.record);
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
    // What is still taken from the rings while the sources are stopped may be half a tick.
    if (this.#failed) return;
    const message = this.#config.format === 'msgpack' ? toMsgpack(bytes) : bytes;
    this.#publisher?.send(message);
    this.#stats.add('packets', 1);
    this.#stats.add('packetBytes', message.length);
    this.#hooks.onPacket?.(zone, message, wallUs);
  }

  /** Makes the bound endpoints those of `endpoints`. @returns what changed, in words. @throws AgentStartError */
  async #rebind(endpoints: readonly string[]): Promise<string[]> {
    if (this.#publisher === undefined && endpoints.length === 0) return [];
    const publisher =
      this.#publisher ??
      new Publisher({
        highWaterMark: this.#config.highWaterMark,
        onSendFailure: () => this.#stats.add('sendFailures', 1),
      });
    try {
      const { added, removed } = await publisher.rebind(endpoints);
      this.#publisher = publisher;
      return [...added.map((endpoint) => `bound ${endpoint}`), ...removed.map((endpoint) => `unbound ${endpoint}`)];
    } catch (error) {
      if (this.#publisher === undefined) publisher.close();
      throw error instanceof BindError ? new AgentStartError(error.message) : error;
    }
  }

  #unknownField(source: string, field: string): void {
    const name = `${source} ${field}`;
    if (this.#unknownFields.has(name)) return;
    this.#unknownFields.add(name);
    this.#log.error(`${source}: the packet can't hold a series ${field} as it was defined; its samples are dropped`);
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
