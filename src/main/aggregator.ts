// Turns frames from all rings into packets, tick by tick. A tick's packets go out when every source that keeps the base
// interval has committed it, or at a deadline within the tick; what comes later is in the next packet and marked late.
// Frames are taken in the order of their ticks, so a main thread that was held up loses no tick. Main thread only;
// it knows neither timers nor sockets.

import { RingCorrupt } from '../ring/consumer.js';
import { Arena } from './arena.js';
import { Intake, type IntakeOptions } from './intake.js';
import { LatencyHistogram } from './latency-histogram.js';
import { PacketHeader, type TickTime } from './packet-header.js';
import type { SourceRecord } from './source-record.js';
import { encodePacket } from './wire/encode.js';
import { compilePlan, isSeries, type Plan, type PlanConstant } from './wire/plan.js';
import { type Zone, ZoneTable } from './zone-table.js';

/** Takes a finished packet; its bytes are handed over for good. */
export type PacketSink = (zone: string, bytes: Uint8Array, wallUs: number) => void;

export interface AggregatorOptions {
  readonly host: string;
  /** Identifies this run of the publisher: nanoseconds since the epoch at its start. */
  readonly epoch: bigint;
  /** Monotonic clock at the start, nanoseconds. */
  readonly startNs: number;
  readonly intervalUs: number;
  readonly sink: PacketSink;
  /** A source has defined a series that the packet can't hold. */
  readonly onUnknownField: (source: string, field: string) => void;
  /** Called once per tick that went out, with the lateness of its latest source. */
  readonly onTick: (latenessNs: number) => void;
  /** Number of the first round, 1; tests begin near the last. */
  readonly firstRound?: number;
}

/** A tick waits for its sources this part of the interval … */
const DEADLINE_FRACTION = 0.2;
/** … but at least this long, or nearly the whole of a shorter interval: a worker's wake-up and reading take that. */
const DEADLINE_MIN_NS = 2e6;
const DEADLINE_MAX_FRACTION = 0.9;

/** Apart from this much, two clocks' ticks are of the same time base: what is more is a step of the wall clock. */
const STEP_MIN_US = 2000;

/** How often to look at rings that nobody rings for. */
const IDLE_MS = 1000;

/** Least interval of the packets that the agent sends while no source keeps the tick, and its patience at the start. */
const ALONE_US = 1e6;

/** A ring broke: its source is to be detached and restarted. */
export class RingCorruptIn extends Error {
  override readonly name = 'RingCorruptIn';
  readonly intake: Intake;
  constructor(intake: Intake, cause: RingCorrupt) {
    super(`ring of ${intake.record.name}: ${cause.message}`, { cause });
    this.intake = intake;
  }
}

export class Aggregator {
  readonly table = new ZoneTable();
  /** How long frames that were committed waited for this thread; whoever reads it resets it. */
  readonly frameDelay = new LatencyHistogram();
  readonly #options: AggregatorOptions;
  readonly #header: PacketHeader;
  readonly #arena = new Arena();
  #intervalUs: number;
  #intakes: Intake[] = [];
  #records: readonly SourceRecord[] = [];
  #sourceVersion = 0;
  /** Dropped by sources that are not configured any more. */
  #droppedBefore = 0;

  /** Raised after every tick that went out; a cell is in a packet if it was written in the packet's round. */
  #round: number;
  #ticksSent = 0;
  /** The tick that is being gathered; meaningless while `#gathering` is false. */
  readonly #time: TickTime = { tick: 0, wallUs: 0, monoNs: 0, intervalUs: 0, latenessNs: 0 };
  #gathering = false;
  #stepped = false;
  #lastWallUs = -1;
  #lastMonoNs = -1;
  #lastIntervalUs = 0;
  #missedTicks = 0;
  #nowNs = 0;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#intervalUs = options.intervalUs;
    this.#round = options.firstRound ?? 1;
    this.#header = new PacketHeader(this.table.cells, options.startNs);
  }

  /** Ticks for which no packet went out. */
  get missedTicks(): number {
    return this.#missedTicks;
  }

  /** Samples that did not get into a packet because a ring was full or their series is not defined. */
  get droppedSamples(): number {
    let dropped = this.#droppedBefore;
    for (const record of this.#records) dropped += record.droppedSamples;
    return dropped;
  }

  setInterval(intervalUs: number): void {
    this.#intervalUs = intervalUs;
    for (const intake of this.#intakes) intake.awaited = false;
  }

  /** All configured sources, running or not: the host's packet tells of each. */
  setRecords(records: readonly SourceRecord[]): void {
    for (const record of this.#records) if (!records.includes(record)) this.#droppedBefore += record.droppedSamples;
    this.#records = records;
    this.#header.setSources(records);
    this.table.global.plan = undefined;
  }

  attach(options: Pick<IntakeOptions, 'record' | 'memory' | 'pace'>): Intake {
    const intake = new Intake({
      ...options,
      table: this.table,
      isSeries,
      onUnknownField: (field) => this.#options.onUnknownField(options.record.name, field),
    });
    this.#intakes.push(intake);
    return intake;
  }

  /** The source has ended: takes what had been committed, its own in its turn, then forgets what it had defined. */
  detach(intake: Intake): void {
    if (!this.#intakes.includes(intake)) return;
    try {
      // Of the others' frames those that belong before or beside its own; newer ones may never come to an end.
      for (let next = this.#oldest(); next !== undefined; next = this.#oldest()) {
        const { wallUs, monoNs } = this.#time;
        if (!guarded(intake, peek) && !(this.#gathering && !this.#isNewer(next, wallUs, monoNs))) break;
        this.#take(next);
      }
    } catch (error) {
      // A broken ring is why it is detached: what lies behind the break is lost, and its restart is logged.
      if (!(error instanceof RingCorruptIn)) throw error;
    }
    this.#intakes = this.#intakes.filter((other) => other !== intake);
    intake.end();
  }

  /**
   * Takes every committed frame and sends the ticks that are complete.
   * @param nowNs monotonic clock
   * @param wallUs wall clock, for the ticks that no source drives
   * @param ticksMax ends after so many ticks, so that whoever is behind gets to do something else
   * @returns milliseconds after which to call again even if no doorbell rings
   * @throws RingCorruptIn
   */
  drain(nowNs: number, wallUs: number, ticksMax = Number.POSITIVE_INFINITY): number {
    this.#nowNs = nowNs;
    if (!this.#takeFrames(ticksMax)) return 0;
    if (this.#gathering) {
      const waitNs = this.#time.monoNs + this.#deadlineNs() - nowNs;
      if (waitNs > 0 && !this.#complete()) return waitNs / 1e6;
      this.#send();
    }
    return this.#intakes.some((intake) => intake.awaited) ? IDLE_MS : this.#driveAlone(nowNs, wallUs);
  }

  /** @returns false when frames are left because `ticksMax` ticks went out */
  #takeFrames(ticksMax: number): boolean {
    const last = this.#ticksSent + ticksMax;
    for (;;) {
      const next = this.#oldest();
      if (next === undefined) return true;
      if (this.#ticksSent >= last) return false;
      this.#take(next);
    }
  }

  #deadlineNs(): number {
    const intervalNs = this.#intervalUs * 1000;
    return Math.max(intervalNs * DEADLINE_FRACTION, Math.min(DEADLINE_MIN_NS, intervalNs * DEADLINE_MAX_FRACTION));
  }

  /**
   * With no source that keeps the tick, the host's packet still goes out about once a second, so that consumers see
   * the agent alive and why it has nothing to say.
   */
  #driveAlone(nowNs: number, wallUs: number): number {
    if (nowNs - this.#options.startNs < ALONE_US * 1000) return IDLE_MS;
    const gridUs = Math.ceil(ALONE_US / this.#intervalUs) * this.#intervalUs;
    const tickUs = Math.floor(wallUs / gridUs) * gridUs;
    const silent = this.#lastMonoNs < 0 || nowNs - this.#lastMonoNs > gridUs * 900;
    if (silent && tickUs !== this.#lastWallUs) {
      this.#gather(tickUs, tickUs / this.#intervalUs, nowNs - (wallUs - tickUs) * 1000);
      this.#send();
    }
    return Math.max(1, (tickUs + gridUs - wallUs) / 1000);
  }

  /** The intake whose next frame was due first. Those at a slower pace go ahead: nobody waits for their ticks. */
  #oldest(): Intake | undefined {
    let oldest: Intake | undefined;
    for (const intake of this.#intakes) {
      if (!guarded(intake, peek)) continue;
      if (!this.#followsTick(intake)) return intake;
      if (oldest === undefined || this.#isNewer(oldest, intake.consumer.header.wallUs, dueNsOf(intake)))
        oldest = intake;
    }
    return oldest;
  }

  /** Whether the intake's next frame is of a tick that packets go out for: by its nature, or by its present interval. */
  #followsTick(intake: Intake): boolean {
    return intake.pace === 'tick' || intake.consumer.header.intervalUs === this.#intervalUs;
  }

  /** Whether the intake's next frame is of a later tick than the one given. */
  #isNewer(intake: Intake, wallUs: number, monoNs: number): boolean {
    return this.#usBetween(wallUs, monoNs, intake.consumer.header.wallUs, dueNsOf(intake)) > 0;
  }

  /** Microseconds from one tick to another, each given by both clocks. */
  #usBetween(fromWallUs: number, fromMonoNs: number, toWallUs: number, toMonoNs: number): number {
    const wallUs = toWallUs - fromWallUs;
    const monoUs = (toMonoNs - fromMonoNs) / 1000;
    // The wall clock names the tick, unless it stepped between the two: then the monotonic clock decides.
    return Math.abs(wallUs - monoUs) > Math.max(this.#intervalUs, STEP_MIN_US) ? monoUs : wallUs;
  }

  #take(intake: Intake): void {
    const header = intake.consumer.header;
    const record = intake.record;
    const late = this.#followsTick(intake) && !this.#place(intake);
    record.beginNs = header.beginNs;
    record.endNs = header.endNs;
    record.latenessNs = header.latenessNs;
    record.late = late;
    intake.round = this.#round;
    guarded(intake, take);
    if (header.more) return;
    if (intake.lastRound === this.#round && header.wallUs !== intake.lastWallUs) record.supersededFrames++;
    this.frameDelay.record(Math.max(0, this.#nowNs - header.endNs));
    intake.lastRound = this.#round;
    intake.lastWallUs = header.wallUs;
    intake.awaited = header.intervalUs === this.#intervalUs;
    if (this.#gathering && this.#complete()) this.#send();
  }

  /** Begins or joins the tick of the intake's next frame. @returns false when that tick has gone out already */
  #place(intake: Intake): boolean {
    const header = intake.consumer.header;
    if (this.#gathering && this.#isNewer(intake, this.#time.wallUs, this.#time.monoNs)) this.#send();
    if (!this.#gathering) {
      if (this.#lastWallUs >= 0 && !this.#isNewer(intake, this.#lastWallUs, this.#lastMonoNs)) return false;
      this.#gather(header.wallUs, header.tick, dueNsOf(intake));
    } else if (header.wallUs !== this.#time.wallUs) {
      return false;
    }
    if (header.clockStep) this.#stepped = true;
    this.#time.latenessNs = Math.max(this.#time.latenessNs, header.latenessNs);
    return true;
  }

  #gather(wallUs: number, tick: number, monoNs: number): void {
    this.#gathering = true;
    this.#stepped = false;
    this.#time.wallUs = wallUs;
    this.#time.tick = tick;
    this.#time.monoNs = monoNs;
    // Not always the present interval: frames from before a change may still be in the rings.
    this.#time.intervalUs = Math.round(wallUs / tick);
    this.#time.latenessNs = 0;
  }

  #complete(): boolean {
    for (const intake of this.#intakes) {
      if (intake.awaited && intake.lastWallUs !== this.#time.wallUs) return false;
    }
    return true;
  }

  /** Sends the packets of the tick that is being gathered: the host's first, then every zone with a new value. */
  #send(): void {
    this.#gathering = false;
    this.#countMissed();
    const round = this.#round;
    this.#header.stamp(this.#time, this.#missedTicks, this.droppedSamples, round);
    this.#header.stampSources(round);
    if (this.#header.sourceVersion !== this.#sourceVersion) {
      this.#sourceVersion = this.#header.sourceVersion;
      this.table.global.plan = undefined;
    }
    const freshRounds = this.table.freshRounds;
    for (const zone of this.table.published) {
      if (zone === this.table.global || freshRounds[zone.slot] === round) this.#sendZone(zone, round);
    }
    this.#ticksSent++;
    this.#round = (round + 1) >>> 0;
    if (this.#round === 0) this.#beginRoundsAnew();
    this.#options.onTick(this.#time.latenessNs);
  }

  /** After 2^32 ticks, a month at the fastest: what was written in the round of the same number must not pass for new. */
  #beginRoundsAnew(): void {
    this.#round = 1;
    this.table.forgetRounds();
    for (const intake of this.#intakes) intake.lastRound = 0;
  }

  #sendZone(zone: Zone, round: number): void {
    const plan = zone.plan ?? this.#compile(zone);
    zone.seq++;
    this.#header.stampSequence(zone.seq, round);
    this.#arena.reserve(plan.maxBytes);
    const end = encodePacket(plan, this.table.cells, round, this.#arena.slab, this.#arena.at);
    if (end < 0) throw new Error(`the packet of ${zone.name} exceeds its plan's ${plan.maxBytes} bytes`);
    this.#options.sink(zone.name, this.#arena.handOver(end), this.#time.wallUs);
  }

  #countMissed(): void {
    const { wallUs, monoNs, intervalUs } = this.#time;
    if (this.#lastWallUs >= 0 && !this.#stepped && intervalUs === this.#lastIntervalUs) {
      const sinceUs = this.#usBetween(this.#lastWallUs, this.#lastMonoNs, wallUs, monoNs);
      this.#missedTicks += Math.max(0, Math.round(sinceUs / intervalUs) - 1);
    }
    this.#lastWallUs = wallUs;
    this.#lastMonoNs = monoNs;
    this.#lastIntervalUs = intervalUs;
  }

  #compile(zone: Zone): Plan {
    const isGlobal = zone === this.table.global;
    const constant = (field: string, value: PlanConstant['value']): PlanConstant => ({ field, instance: [], value });
    const constants = [
      constant('name', zone.name),
      constant('host', this.#options.host),
      constant('epoch', this.#options.epoch),
      constant('kind', zone.kind),
    ];
    if (isGlobal) constants.push(constant('zonename', this.table.names), ...this.#header.sourceConstants);
    else constants.push(constant('id', zone.key));
    if (zone.inode !== '') constants.push(constant('inode', BigInt(zone.inode)));
    if (zone.containerId !== '') constants.push(constant('container_id', zone.containerId));
    zone.plan = compilePlan({
      series: [...this.#header.series, ...zone.series.values(), ...(isGlobal ? this.#header.sourceSeries : [])],
      constants,
      always: isGlobal ? ['mem'] : ['mem', 'net'],
    });
    return zone.plan;
  }
}

/** When the frame last peeked at was due, on the monotonic clock, nanoseconds. */
function dueNsOf(intake: Intake): number {
  return intake.consumer.header.beginNs - intake.consumer.header.latenessNs;
}

const peek = (intake: Intake): boolean => intake.consumer.peek();
const take = (intake: Intake): void => intake.consumer.take(intake);

/** Calls `step`, and says whose ring it was if it turns out broken. @throws RingCorruptIn */
function guarded<Result>(intake: Intake, step: (intake: Intake) => Result): Result {
  try {
    return step(intake);
  } catch (error) {
    throw error instanceof RingCorrupt ? new RingCorruptIn(intake, error) : error;
  }
}
