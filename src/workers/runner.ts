// Runs one source in this thread until its control block says stop: open, then wait and sample, then close.
// The thread belongs to the source; between ticks it sleeps in Atomics.wait and its event loop stands still but for
// the turns taken before housekeeping. A reading that throws ends the task: the supervisor restarts it.

import { AgentStats } from '../ring/agent-stats.js';
import { Doorbell } from '../ring/doorbell.js';
import { RingProducer } from '../ring/producer.js';
import { Cadence } from './cadence.js';
import { Clock } from './clock.js';
import { sharpenTimers } from './linux/timer-slack.js';
import { Pacer } from './pacer.js';
import { type Source, type SourceContext, type SourceModule, SourceUnavailable } from './source.js';
import type { WorkerMessage, WorkerResult, WorkerTask } from './task.js';

export type RunTask = Extract<WorkerTask, { kind: 'run' }>;

/** Housekeeping is done no more often than this. */
const HOUSEKEEPING_EVERY_NS = 200e6;
/** From this interval on it is done shortly before a tick, so that a zone made just now is in its packet; below, after one. */
const HOUSEKEEPING_AHEAD_FROM_US = 50_000;
const HOUSEKEEPING_LEAD_US = 15_000;
/** At longer intervals it is done this often besides: events of the kernel must not pile up for an hour. */
const HOUSEKEEPING_AT_LEAST_US = 1_000_000;

/**
 * Runs a source. Resolves when it was asked to stop or can't run here; rejects with what the source threw.
 * @param clock of this thread; tests put their own here
 */
export async function runSource(module: SourceModule, task: RunTask, clock = new Clock()): Promise<WorkerResult> {
  const producer = new RingProducer(task.memory, new Doorbell(task.doorbell));
  const post = (message: WorkerMessage): void => task.port.postMessage(message);
  const context: SourceContext = {
    paths: task.paths,
    options: task.options,
    producer,
    agentStats: new AgentStats(task.agentStats),
    note: (detail) => post({ kind: 'note', detail }),
  };
  producer.control.setState('starting');
  sharpenTimers();
  let source: Source | undefined;
  try {
    source = module.open(context);
    post({ kind: 'opened', pace: module.pace });
    producer.control.setState('running');
    const pacer = new Pacer(producer.control, clock, ownIntervalUs(module, task));
    await new Run(module, source, producer, pacer, clock, context.note).toEnd();
    return { kind: 'stopped' };
  } catch (error) {
    if (error instanceof SourceUnavailable) {
      return { kind: 'unavailable', reason: error.message, remedy: error.remedy };
    }
    throw error;
  } finally {
    producer.abandon();
    source?.close();
    producer.control.setState('stopped');
  }
}

/** Interval of a source at its own pace, microseconds; 0 for one that follows the base tick. */
function ownIntervalUs(module: SourceModule, task: RunTask): number {
  if (module.pace === 'tick') return 0;
  const wanted = task.options['intervalMs'];
  const intervalMs = typeof wanted === 'number' && wanted > 0 ? wanted : (module.defaultIntervalMs ?? 1000);
  return Math.round(intervalMs * 1000);
}

/** The loop of one open source. */
class Run {
  readonly #module: SourceModule;
  readonly #source: Source;
  readonly #producer: RingProducer;
  readonly #pacer: Pacer;
  readonly #clock: Clock;
  readonly #note: (detail: string) => void;
  readonly #cadence = new Cadence();
  #baseUs = 0;
  #housekeepingDoneNs = 0;

  constructor(
    module: SourceModule,
    source: Source,
    producer: RingProducer,
    pacer: Pacer,
    clock: Clock,
    note: (detail: string) => void,
  ) {
    this.#module = module;
    this.#source = source;
    this.#producer = producer;
    this.#pacer = pacer;
    this.#clock = clock;
    this.#note = note;
  }

  async toEnd(): Promise<void> {
    const pacer = this.#pacer;
    const keepsHouse = this.#source.housekeep !== undefined;
    for (;;) {
      while (keepsHouse && pacer.cadenceUs >= HOUSEKEEPING_AHEAD_FROM_US) {
        const leadUs = this.#leadUs();
        if (leadUs === undefined) break;
        if (pacer.waitBefore(leadUs) === 'stop') return;
        await this.#keepHouse();
      }
      if (pacer.wait() === 'stop') return;
      this.#sample();
      if (keepsHouse && pacer.cadenceUs < HOUSEKEEPING_AHEAD_FROM_US && this.#housekeepingDue())
        await this.#keepHouse();
    }
  }

  #sample(): void {
    const stamp = this.#pacer.stamp;
    this.#producer.begin(stamp);
    this.#source.sample();
    const endNs = this.#clock.monotonicNs();
    this.#producer.commit(endNs);
    if (this.#module.pace === 'tick') this.#adapt((endNs - stamp.beginNs) / 1000);
  }

  #adapt(costUs: number): void {
    const pacer = this.#pacer;
    if (pacer.baseUs !== this.#baseUs) {
      this.#baseUs = pacer.baseUs;
      this.#cadence.reset();
    }
    const before = pacer.multiple;
    const multiple = this.#cadence.observe(costUs, pacer.baseUs, before);
    if (multiple === before) return;
    pacer.setMultiple(multiple);
    if (before === 1) {
      const ms = (us: number): string => `${Math.round(us / 10) / 100} ms`;
      this.#note(
        `reading takes ${ms(costUs)}, too long for a tick of ${ms(pacer.baseUs)}: reads every ${ms(pacer.cadenceUs)}`,
      );
    } else if (multiple === 1) this.#note('reads at every tick again');
  }

  #housekeepingDue(): boolean {
    return this.#clock.monotonicNs() - this.#housekeepingDoneNs >= HOUSEKEEPING_EVERY_NS;
  }

  /**
   * How long before the next tick housekeeping is to be done next: shortly before it, or whole steps of
   * HOUSEKEEPING_AT_LEAST_US earlier. Undefined when there is no room for it before the tick.
   */
  #leadUs(): number | undefined {
    const sinceNs = this.#clock.monotonicNs() - this.#housekeepingDoneNs;
    const notBeforeUs = Math.max(0, (HOUSEKEEPING_EVERY_NS - sinceNs) / 1000);
    const roomUs = this.#pacer.untilNextUs() - HOUSEKEEPING_LEAD_US - notBeforeUs;
    if (roomUs < 0) return undefined;
    return HOUSEKEEPING_LEAD_US + Math.floor(roomUs / HOUSEKEEPING_AT_LEAST_US) * HOUSEKEEPING_AT_LEAST_US;
  }

  async #keepHouse(): Promise<void> {
    // One turn of the event loop: what the kernel and the main thread have sent is delivered before housekeeping.
    await new Promise((resolve) => setImmediate(resolve));
    this.#source.housekeep?.();
    this.#housekeepingDoneNs = this.#clock.monotonicNs();
  }
}
