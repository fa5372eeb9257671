// The packets that encoder and msgpack benches work on: what a container's and a host's look like on a real machine, as a
// plan with its cells, and as the object that protobufjs takes (numbers, its fastest way, since all are below 2^53).

import { CellStore } from '../src/main/wire/cells.js';
import { encodePacket } from '../src/main/wire/encode.js';
import { compilePlan, type Plan, type PlanConstant, type PlanSeries } from '../src/main/wire/plan.js';
import { packetType } from '../src/main/wire/schema.js';
import { highOf, lowOf } from '../src/ring/u64.js';

export interface BenchPacket {
  readonly plan: Plan;
  readonly cells: CellStore;
  /** protobufjs' view of the same packet. */
  readonly message: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

export const ROUND = 1;

type Values = Readonly<Record<string, number>>;

const HEADER: Values = {
  time: 1_800_000_000,
  ticks: 123_456_789,
  threads: 41,
  processes: 7,
  seq: 1_234_567,
  time_ns: 1_800_000_000_000_000_000,
  mono_ns: 987_654_321_012_345,
  tick: 180_000_000_000,
  interval_us: 10_000,
  lateness_ns: 93_451,
  missed: 3,
  dropped: 0,
};
const PRESSURE: Values = { some_us: 123_456_789, full_us: 23_456_789, some_avg10: 312, full_avg10: 45 };
const NET: Values = { obytes64: 98_765_432_109, rbytes64: 123_456_789_012, opackets: 87_654_321, ipackets: 98_765_432 };
const NET_ERRORS: Values = { oerrors: 0, ierrors: 12, odrops: 3, idrops: 1 };
const DISK: Values = { nread: 12_345_678_901, nwritten: 98_765_432_109, reads: 1_234_567, writes: 7_654_321 };
const DISK_TIMES: Values = {
  rtime: 123_456_789_012,
  rlentime: 234_567_890_123,
  in_flight: 2,
  read_ns: 98_765_432_109,
  write_ns: 87_654_321_098,
};
const MEM: Values = { rss: 1_234_567_890, physcap: 4_294_967_296, swap: 123_456, swapcap: 4_294_967_296 };
const MEM_MORE: Values = {
  maj_fault: 1234,
  as_fault: 12_345_678,
  pgin: 1234,
  cached: 345_678_901,
  dirty: 1_234_567,
  anon: 987_654_321,
  shmem: 123_456,
  usage: 1_434_567_890,
};
const CPU_TIME: Values = { usage_ns: 98_765_432_109_876, user_ns: 78_765_432_109_876, system_ns: 20_000_000_000_000 };
const QUOTA: Values = { periods: 1_234_567, throttled_periods: 12_345, throttled_ns: 123_456_789_012 };
const CPU: Values = {
  usage: 493_827_160,
  user_ns: 78_765_432_109_876,
  nice_ns: 0,
  system_ns: 20_000_000_000_000,
  idle_ns: 987_654_321_098_765,
  iowait_ns: 1_234_567_890,
  irq_ns: 0,
  softirq_ns: 12_345_678_901,
  steal_ns: 0,
  guest_ns: 0,
};
const SOURCE: Values = {
  state: 1,
  cost_us: 214,
  lateness_ns: 93_451,
  interval_us: 10_000,
  restarts: 0,
  missed_ticks: 3,
  dropped_frames: 0,
  dropped_samples: 0,
  read_errors: 0,
  parse_errors: 0,
  lost_events: 0,
  clock_steps: 0,
  superseded_frames: 0,
  ring_fill_max: 31,
};

/** Entries of one field of the packet: key values, and the numbers of each. */
type Entries = readonly (readonly [readonly string[], Values])[];

function bench(
  name: string,
  texts: Readonly<Record<string, string | readonly string[]>>,
  fields: Readonly<Record<string, Entries>>,
): BenchPacket {
  const cells = new CellStore();
  const series: PlanSeries[] = [];
  const define = (field: string, instance: readonly string[], value: number) => {
    const cell = cells.allocate();
    cells.set(cell, lowOf(value), highOf(value), ROUND);
    series.push({ field, instance, cell });
  };
  for (const [field, value] of Object.entries(HEADER)) define(field, [], value);
  for (const [field, entries] of Object.entries(fields)) {
    for (const [instance, values] of entries) {
      for (const [leaf, value] of Object.entries(values)) define(`${field}.${leaf}`, instance, value);
    }
  }
  const constants: PlanConstant[] = Object.entries({ name, ...texts }).map(([field, value]) => ({
    field,
    instance: [],
    value,
  }));
  const plan = compilePlan({ series, constants, always: ['mem', 'net'] });
  const out = new Uint8Array(plan.maxBytes);
  const bytes = out.slice(0, encodePacket(plan, cells, ROUND, out, 0));
  const message = packetType.toObject(packetType.decode(bytes), { longs: Number });
  return { plan, cells, message, bytes };
}

/** A container's packet. */
export function zonePacket(): BenchPacket {
  return bench(
    'web-frontend-7',
    { host: 'node-17.example.org', kind: 'docker', id: '/system.slice/docker-0123456789abcdef.scope' },
    {
      mem: [[[], { ...MEM, ...MEM_MORE }]],
      net: [[['eth0'], { ...NET, ...NET_ERRORS }]],
      disk: [[['zone_vfs'], DISK]],
      pressure: ['cpu', 'memory', 'io'].map((resource) => [[resource], PRESSURE] as const),
      cpu_time: [[[], { ...CPU_TIME, ...QUOTA }]],
    },
  );
}

/** A host's packet: 64 cores, 8 disks, 6 interfaces, 200 zones. */
export function globalPacket(): BenchPacket {
  const numbered = (count: number, prefix: string, values: Values): Entries =>
    Array.from({ length: count }, (_, at) => [[`${prefix}${at}`], values] as const);
  return bench(
    'global',
    {
      host: 'node-17.example.org',
      kind: 'host',
      zonename: Array.from({ length: 200 }, (_, at) => `web-frontend-${at}`),
    },
    {
      cpu: numbered(64, '', CPU),
      mem: [[[], { ...MEM, ...MEM_MORE }]],
      net: numbered(6, 'eth', { ...NET, ...NET_ERRORS }),
      disk: numbered(8, 'nvme', { ...DISK, ...DISK_TIMES }),
      pressure: ['cpu', 'memory', 'io'].map((resource) => [[resource], PRESSURE] as const),
      source: ['procfs', 'cgroup', 'process', 'self'].map((source) => [[source], SOURCE] as const),
    },
  );
}
