// A zone's CPU time: cpuacct.usage_percpu, cpuacct.stat and cpu.stat of cgroup v1, cpu.stat of cgroup v2
// (kernel: Documentation/admin-guide/cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst, admin-guide/cgroup-v2.rst).

import { mulHigh, mulLow, TWO_32 } from '../../ring/u64.js';
import { FlatKeyed } from '../linux/flat-keyed.js';
import { ticksOfNs } from '../linux/profile-ticks.js';
import type { Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { FlatFile } from './flat-file.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

const CORE_FIELDS = ['cpu.usage'];
/** The one element of a zone whose time isn't split by core. */
const NO_CORE = [''];
const NS_PER_US = 1000;

/** Nanoseconds per core on one line, all possible cores in their order. */
export class CpuPerCore extends ZoneFile {
  readonly #cores: SeriesSet[] = [];
  readonly #total: SeriesSet;

  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings);
    this.#total = new SeriesSet(target, ['cpu_time.usage_ns']);
  }

  endSeries(): void {
    for (const core of this.#cores) core.end();
    this.#total.end();
  }

  protected parse(scanner: Scanner): boolean {
    let low = 0;
    let high = 0;
    let core = 0;
    for (; scanner.unsigned(); core++) {
      const sum = low + scanner.low;
      low = sum >>> 0;
      high = (high + scanner.high + (sum >= TWO_32 ? 1 : 0)) >>> 0;
      this.#putCore(core, scanner.number);
    }
    if (core === 0) return false;
    this.#total.put(0, low, high);
    return true;
  }

  /** Many machines have more possible cores than real ones: a core on which the zone never ran gets no series. */
  #putCore(core: number, ns: number): void {
    let series = this.#cores[core];
    if (series === undefined) {
      series = new SeriesSet(this.target, CORE_FIELDS, [String(core)]);
      this.#cores[core] = series;
    }
    if (ns > 0 || series.has(0)) series.putNumber(0, ticksOfNs(ns));
  }
}

const ACCOUNT_KEYS = new FlatKeyed(['user', 'system']);

/** User and system time in USER_HZ, which is 100 on every Linux. */
export class CpuAccount extends FlatFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, ACCOUNT_KEYS, ['cpu_time.user_ns', 'cpu_time.system_ns']);
  }

  protected putValues(): void {
    this.#put(0);
    this.#put(1);
  }

  #put(index: number): void {
    if (this.keys.found[index] === 0) return;
    const steps = this.keys.number(index) * 10_000;
    this.series.put(index, mulLow(steps, 1000), mulHigh(steps, 1000));
  }
}

const BANDWIDTH_FIELDS = ['cpu_time.periods', 'cpu_time.throttled_periods', 'cpu_time.throttled_ns'];
const BANDWIDTH_KEYS = new FlatKeyed(['nr_periods', 'nr_throttled', 'throttled_time']);

/** Quota enforcement, v1: times are nanoseconds. */
export class CpuBandwidth extends FlatFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, BANDWIDTH_KEYS, BANDWIDTH_FIELDS);
  }

  protected putValues(): void {
    for (let i = 0; i < BANDWIDTH_FIELDS.length; i++) this.putKey(i, i);
  }
}

const STAT_V2_KEYS = new FlatKeyed([
  'usage_usec',
  'user_usec',
  'system_usec',
  'nr_periods',
  'nr_throttled',
  'throttled_usec',
]);

/** All of it in one file, v2: times are microseconds; the last three only where the cpu controller is enabled. */
export class CpuStatV2 extends FlatFile {
  readonly #cpu: SeriesSet;

  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, STAT_V2_KEYS, [
      'cpu_time.usage_ns',
      'cpu_time.user_ns',
      'cpu_time.system_ns',
      ...BANDWIDTH_FIELDS,
    ]);
    this.#cpu = new SeriesSet(target, CORE_FIELDS, NO_CORE);
  }

  override endSeries(): void {
    super.endSeries();
    this.#cpu.end();
  }

  protected putValues(): void {
    for (let i = 0; i < 3; i++) this.putScaled(i, i, NS_PER_US);
    this.putKey(3, 3);
    this.putKey(4, 4);
    this.putScaled(5, 5, NS_PER_US);
    if (this.keys.found[0] === 1) this.#cpu.putNumber(0, ticksOfNs(this.keys.number(0) * NS_PER_US));
  }
}
