// Keeps every configured source running: one piscina pool of one thread for each, a fresh ring and pool at each start,
// restarts with backoff, an eye on heartbeats. Main thread only; the only file that knows piscina and the workers' URL.
// A pool is never used twice: one whose worker failed while starting never starts another.

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { AgentStats } from '../ring/agent-stats.js';
import { ControlBlock } from '../ring/control.js';
import type { Doorbell } from '../ring/doorbell.js';
import { createRingMemory } from '../ring/layout.js';
import type { HostPaths, Pace, ProbeReport } from '../workers/source.js';
import type { WorkerMessage, WorkerResult, WorkerTask } from '../workers/task.js';
import type { SourceConfig } from './agent-config.js';
import { Backoff } from './backoff.js';
import { SourceRecord } from './source-record.js';

const WORKER_ENTRY = new URL('../workers/entry.js', import.meta.url);

/** What the supervisor tells; all calls come on the main thread. */
export interface SupervisorEvents {
  /** The worker has opened its source: frames follow in `memory`. */
  opened(record: SourceRecord, memory: SharedArrayBuffer, pace: Pace): void;
  /** The worker has ended, however it ended. Called once for each `opened`. */
  ended(record: SourceRecord): void;
  /** Something to log: a change of state, or a note of the source itself. */
  notice(level: 'info' | 'warn' | 'error', record: SourceRecord, message: string): void;
}

export interface SupervisorOptions {
  readonly paths: HostPaths;
  readonly doorbell: Doorbell;
  readonly agentStats: AgentStats;
  readonly events: SupervisorEvents;
  /** The file that the workers load; tests give one with sources that misbehave. */
  readonly entry?: URL;
  readonly timing?: Partial<SupervisorTiming>;
}

export interface SupervisorTiming {
  /** First wait before a restart, doubled at each failure in a row. */
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** A heartbeat older than this means that the worker hangs … */
  readonly hangMs: number;
  /** … and so long may it take to open its source: some thousand cgroups are found and opened first. */
  readonly openMs: number;
  /** As long as this without a failure makes it healthy again. */
  readonly healthyMs: number;
  /** Failures in a row after which it is given up. */
  readonly maxFailures: number;
  /** How long `stop` waits for workers to end by themselves before it ends them. */
  readonly graceMs: number;
}

const TIMING: SupervisorTiming = {
  backoffFirstMs: 250,
  backoffMaxMs: 30_000,
  hangMs: 3000,
  openMs: 60_000,
  healthyMs: 60_000,
  maxFailures: 12,
  graceMs: 400,
};

/** How often heartbeats are looked at. */
const WATCH_MS = 250;

/** Slots of a source's ring: room for what it commits while the main thread is held up for some 100 ms. */
const CAPACITY_SLOTS: Readonly<Record<string, number>> = { self: 1 << 10, process: 1 << 15, cgroup: 1 << 17 };
const CAPACITY_DEFAULT_SLOTS = 1 << 15;

/** A worker that needs more is leaking. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 };

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #timing: SupervisorTiming;
  #hosts: SourceHost[] = [];
  #watch: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  get records(): readonly SourceRecord[] {
    return this.#hosts.map((host) => host.record);
  }

  /**
   * Makes the running sources those of `sources`: starts, stops and restarts only what differs. A source that goes on
   * with other options keeps its record. One call at a time; starts nothing once `stop` was called.
   * @returns names of what was started, stopped or restarted
   */
  async apply(sources: readonly SourceConfig[], intervalUs: number): Promise<string[]> {
    const changed: string[] = [];
    const kept: SourceHost[] = [];
    const leaving: Promise<void>[] = [];
    const before = this.#hosts;
    for (const host of before) {
      const wanted = sources.find((source) => source.name === host.record.name);
      if (wanted !== undefined && JSON.stringify(wanted.options) === JSON.stringify(host.config.options)) {
        host.setIntervalUs(intervalUs);
        kept.push(host);
      } else {
        changed.push(host.record.name);
        leaving.push(host.stop());
      }
    }
    await Promise.all(leaving);
    if (this.#stopped) return changed;
    this.#hosts = sources.map((source) => {
      const host = kept.find((other) => other.record.name === source.name);
      if (host !== undefined) return host;
      if (!changed.includes(source.name)) changed.push(source.name);
      const record = before.find((other) => other.record.name === source.name)?.record;
      return new SourceHost(source, record ?? new SourceRecord(source.name), intervalUs, this.#options, this.#timing);
    });
    this.#watch ??= setInterval(() => {
      for (const host of this.#hosts) host.checkHeartbeat();
    }, WATCH_MS);
    for (const host of this.#hosts) host.start();
    return changed;
  }

  /** The source's ring is broken, or it can't be trusted for another reason: ends its worker and starts anew. */
  fail(record: SourceRecord, reason: string): void {
    this.#hosts.find((host) => host.record === record)?.fail(reason);
  }

  /** Ends every worker: by its stop flag, and those that don't heed it by force. Resolves within some 0.6 s. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    const hosts = this.#hosts;
    this.#hosts = [];
    await Promise.all(hosts.map((host) => host.stop()));
  }
}

/** One run of a source's worker. */
interface Run {
  readonly pool: Piscina;
  readonly port: MessagePort;
  readonly control: ControlBlock;
  readonly done: Promise<void>;
  opened: boolean;
  heartbeat: number;
  /** Looks in a row at which the heartbeat stood still. */
  silentLooks: number;
  /** Once it is forgotten: settles when its thread has ended. */
  gone: Promise<void> | undefined;
}

class SourceHost {
  readonly record: SourceRecord;
  readonly config: SourceConfig;
  readonly #options: SupervisorOptions;
  readonly #timing: SupervisorTiming;
  readonly #backoff: Backoff;
  #intervalUs: number;
  #run: Run | undefined;
  #restart: NodeJS.Timeout | undefined;
  #healthy: NodeJS.Timeout | undefined;
  #started = false;
  #stopping = false;

  constructor(
    config: SourceConfig,
    record: SourceRecord,
    intervalUs: number,
    options: SupervisorOptions,
    timing: SupervisorTiming,
  ) {
    this.config = config;
    this.record = record;
    this.#intervalUs = intervalUs;
    this.#options = options;
    this.#timing = timing;
    this.#backoff = new Backoff({ firstMs: timing.backoffFirstMs, maxMs: timing.backoffMaxMs });
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#launch();
  }

  setIntervalUs(intervalUs: number): void {
    if (intervalUs === this.#intervalUs) return;
    this.#intervalUs = intervalUs;
    this.#run?.control.setIntervalUs(intervalUs);
  }

  /**
   * To be called every WATCH_MS. Counts looks, not time: a process that was stopped, or a main thread that was held up,
   * comes back to heartbeats that are old although nothing hangs.
   */
  checkHeartbeat(): void {
    const run = this.#run;
    if (run === undefined) return;
    const heartbeat = run.control.get('heartbeat');
    if (heartbeat !== run.heartbeat) {
      run.heartbeat = heartbeat;
      run.silentLooks = 0;
      return;
    }
    const silentMs = ++run.silentLooks * WATCH_MS;
    if (silentMs > (run.opened ? this.#timing.hangMs : this.#timing.openMs))
      this.fail(`no heartbeat for ${silentMs} ms`);
  }

  fail(reason: string): void {
    const run = this.#run;
    if (run === undefined || this.#stopping) return;
    this.#end(run);
    this.#degrade(reason);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const run = this.#run;
    if (run === undefined) return;
    run.control.requestStop();
    await settledWithin(run.done, this.#timing.graceMs);
    this.#end(run);
    if (run.gone !== undefined) await settledWithin(run.gone, this.#timing.graceMs / 2);
  }

  #launch(): void {
    this.record.state = 'starting';
    this.record.detail = '';
    try {
      this.#run = this.#begin();
    } catch (error) {
      // No memory for its ring, or the host has no thread to give: that may pass.
      this.#degrade(`its worker can't be started: ${reasonOf(error)}`);
    }
  }

  #begin(): Run {
    const capacitySlots = CAPACITY_SLOTS[this.record.name] ?? CAPACITY_DEFAULT_SLOTS;
    const memory = createRingMemory(capacitySlots);
    const control = new ControlBlock(memory);
    control.setIntervalUs(this.#intervalUs);
    const pool = new Piscina({
      filename: (this.#options.entry ?? WORKER_ENTRY).href,
      // With a minimum of one, the pool takes the worker for ready at once and a failed start rejects the task.
      minThreads: 1,
      maxThreads: 1,
      atomics: 'disabled',
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: RESOURCE_LIMITS,
    });
    // What a worker does after its task has ended concerns nobody; without a listener it would end the process.
    pool.on('error', () => {});
    const { port1, port2 } = new MessageChannel();
    const task: WorkerTask = {
      kind: 'run',
      source: this.config.name,
      paths: this.#options.paths,
      options: this.config.options,
      memory,
      doorbell: this.#options.doorbell.memory,
      agentStats: this.#options.agentStats.memory,
      port: port2,
    };
    const result = pool.run(task, { transferList: [port2] }) as Promise<WorkerResult>;
    const run: Run = {
      pool,
      port: port1,
      control,
      opened: false,
      heartbeat: 0,
      silentLooks: 0,
      gone: undefined,
      done: result.then(
        (value) => this.#resolved(run, value),
        (error: unknown) => this.#rejected(run, error),
      ),
    };
    this.record.attach(control, capacitySlots);
    port1.on('message', (message: WorkerMessage) => this.#received(run, memory, message));
    return run;
  }

  #received(run: Run, memory: SharedArrayBuffer, message: WorkerMessage): void {
    if (run !== this.#run) return;
    if (message.kind === 'note') {
      this.record.detail = message.detail;
      this.#notice('warn', message.detail);
      return;
    }
    run.opened = true;
    run.silentLooks = 0;
    this.record.state = 'active';
    this.#healthy = setTimeout(() => this.#backoff.reset(), this.#timing.healthyMs);
    this.#healthy.unref();
    if (this.record.restarts > 0) this.#notice('info', `active again after restart ${this.record.restarts}`);
    this.#options.events.opened(this.record, memory, message.pace);
  }

  #resolved(run: Run, result: WorkerResult): void {
    if (run !== this.#run) return;
    this.#end(run);
    if (this.#stopping) return;
    if (result.kind === 'unavailable') {
      this.record.state = 'disabled';
      this.record.detail = `${result.reason}; ${result.remedy}`;
      this.#notice('warn', `disabled: ${this.record.detail}`);
    } else {
      this.#degrade('it ended by itself');
    }
  }

  #rejected(run: Run, error: unknown): void {
    if (run !== this.#run) return;
    this.#end(run);
    if (!this.#stopping) this.#degrade(reasonOf(error));
  }

  /** Forgets the run and ends its thread: whatever it still does is not heard any more. */
  #end(run: Run): void {
    if (run !== this.#run) return;
    this.#run = undefined;
    // Once only: a pool that is destroyed again while its worker exits starts another worker, for good.
    run.gone = run.pool.destroy().catch(() => {});
    clearTimeout(this.#healthy);
    run.port.close();
    if (run.opened) this.#options.events.ended(this.record);
    this.record.retire();
  }

  #degrade(reason: string): void {
    const waitMs = this.#backoff.fail();
    this.record.detail = reason;
    if (this.#backoff.failures >= this.#timing.maxFailures) {
      this.record.state = 'failed';
      this.#notice('error', `given up after ${this.#backoff.failures} failures in a row: ${reason}`);
      return;
    }
    this.record.state = 'degraded';
    this.#notice('warn', `failed: ${reason}; restart in ${waitMs} ms`);
    this.#restart = setTimeout(() => {
      this.record.restarts++;
      this.#launch();
    }, waitMs);
  }

  #notice(level: 'info' | 'warn' | 'error', message: string): void {
    this.#options.events.notice(level, this.record, message);
  }
}

/** Asks each source, in a worker, what this host lets it do. */
export async function probeSources(
  sources: readonly SourceConfig[],
  paths: HostPaths,
): Promise<{ name: string; report: ProbeReport }[]> {
  const pool = new Piscina({ filename: WORKER_ENTRY.href, maxThreads: 1, atomics: 'disabled' });
  try {
    const reports: { name: string; report: ProbeReport }[] = [];
    for (const { name, options } of sources) {
      const task: WorkerTask = { kind: 'probe', source: name, paths, options };
      const result = (await pool.run(task)) as WorkerResult;
      if (result.kind === 'report') reports.push({ name, report: result.report });
    }
    return reports;
  } finally {
    await pool.destroy();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise.catch(() => {}), timeout]);
  clearTimeout(timer);
}
