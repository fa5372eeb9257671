// The source `self`: what the agent itself costs and does, and how well the host's clock is known; as part of the zone
// `global`. At its own slow pace; the numbers of the main thread come through shared memory (src/ring/agent-stats.ts).

import type { AgentStatName, AgentStats } from '../../ring/agent-stats.js';
import { HOST_ZONE } from '../../ring/definition.js';
import type { RingProducer } from '../../ring/producer.js';
import type { HostPaths, ProbeReport, Source, SourceContext, SourceModule, SourceOptions } from '../source.js';
import { ClockInquiry, clockTools } from './clock-inquiry.js';
import type { ClockState } from './clock-state.js';
import { SELF_FIELDS } from './fields.js';

const CLOCK_EVERY_MS = 60_000;

/** Fields that the main thread publishes as they are. */
const OF_MAIN: readonly (readonly [field: string, stat: AgentStatName])[] = [
  ['agent.heap_used', 'heapUsedBytes'],
  ['agent.heap_total', 'heapTotalBytes'],
  ['agent.external', 'externalBytes'],
  ['agent.gc_count', 'gcCount'],
  ['agent.gc_ns', 'gcNs'],
  ['agent.gc_max_ns', 'gcMaxNs'],
  ['agent.loop_delay_p50_ns', 'loopDelayP50Ns'],
  ['agent.loop_delay_p99_ns', 'loopDelayP99Ns'],
  ['agent.loop_delay_max_ns', 'loopDelayMaxNs'],
  ['agent.packets', 'packets'],
  ['agent.packet_bytes', 'packetBytes'],
  ['agent.send_failures', 'sendFailures'],
  ['agent.zones', 'zones'],
];

class SelfSource implements Source {
  readonly #producer: RingProducer;
  readonly #stats: AgentStats | undefined;
  readonly #inquiry = new ClockInquiry();
  readonly #clockEveryMs: number;
  readonly #userUs: number;
  readonly #systemUs: number;
  readonly #rss: number;
  readonly #ofMain: readonly { readonly series: number; readonly stat: AgentStatName }[];
  readonly #synchronized: number;
  readonly #estimatedErrorUs: number;
  readonly #maxErrorUs: number;
  #askAtMs = 0;

  constructor(context: SourceContext) {
    const producer = context.producer;
    const zone = producer.defineZone(HOST_ZONE);
    const series = (field: string): number => producer.defineSeries(zone, field);
    this.#producer = producer;
    this.#stats = context.agentStats;
    this.#clockEveryMs = clockEveryMs(context.options);
    this.#userUs = series('agent.cpu_user_us');
    this.#systemUs = series('agent.cpu_system_us');
    this.#rss = series('agent.rss');
    this.#ofMain = this.#stats === undefined ? [] : OF_MAIN.map(([field, stat]) => ({ series: series(field), stat }));
    this.#synchronized = series('clock.synchronized');
    this.#estimatedErrorUs = series('clock.estimated_error_us');
    this.#maxErrorUs = series('clock.max_error_us');
  }

  sample(): void {
    const usage = process.resourceUsage();
    this.#producer.putNumber(this.#userUs, usage.userCPUTime);
    this.#producer.putNumber(this.#systemUs, usage.systemCPUTime);
    this.#producer.putNumber(this.#rss, process.memoryUsage.rss());
    for (const { series, stat } of this.#ofMain) {
      this.#producer.putNumber(series, Math.round((this.#stats as AgentStats).get(stat)));
    }
    const clock = this.#inquiry.take();
    if (clock !== undefined) this.#putClock(clock);
  }

  housekeep(): void {
    const nowMs = performance.now();
    if (nowMs < this.#askAtMs) return;
    this.#askAtMs = nowMs + this.#clockEveryMs;
    this.#inquiry.ask();
  }

  close(): void {
    this.#inquiry.close();
  }

  #putClock(clock: ClockState): void {
    this.#producer.put(this.#synchronized, clock.synchronized ? 1 : 0, 0);
    if (clock.estimatedErrorUs !== undefined) this.#producer.putNumber(this.#estimatedErrorUs, clock.estimatedErrorUs);
    if (clock.maxErrorUs !== undefined) this.#producer.putNumber(this.#maxErrorUs, clock.maxErrorUs);
  }
}

/** Option `clockEveryMs`: how often the host's clock is asked after; a minute unless told. */
function clockEveryMs(options: SourceOptions): number {
  const wanted = options['clockEveryMs'];
  return typeof wanted === 'number' && wanted > 0 ? wanted : CLOCK_EVERY_MS;
}

export const source: SourceModule = {
  name: 'self',
  pace: 'own',
  defaultIntervalMs: 1000,
  fields: SELF_FIELDS,
  probe(_paths: HostPaths): ProbeReport {
    if (clockTools().length > 0) return { available: true, shortfalls: [] };
    return {
      available: true,
      shortfalls: [
        {
          what: 'clock',
          why: 'none of chronyc, adjtimex and timedatectl is installed',
          remedy: 'install chrony or adjtimex',
        },
      ],
    };
  },
  open: (context: SourceContext): Source => new SelfSource(context),
};
