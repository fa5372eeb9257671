// The source on the files of a real host that has cgroup v2 alone (test/fixtures/linux-v2-6.1/README.md): every field of
// every zone against what the test itself takes from the same files, by other means than the source's.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { source } from '../../src/workers/cgroup/source.js';
import { cgroupHierarchies, layoutOf, zonePathOf } from '../../src/workers/linux/cgroup-mounts.js';
import { PAGE_BYTES } from '../../src/workers/linux/page-size.js';
import { SourceHarness } from '../support/source-harness.js';

const RECORDING = fileURLToPath(new URL('../../../test/fixtures/linux-v2-6.1', import.meta.url));
const PATHS = { procfs: `${RECORDING}/proc`, sysfs: `${RECORDING}/sys`, cgroupfs: `${RECORDING}/cgroup` };
const SLICE = '/system.slice';
const WEB = '/system.slice/web.service';
/** The source takes the page size of the machine that it runs on, which need not be the recorded one's. */
const PAGE = BigInt(PAGE_BYTES);

type Values = Record<string, bigint>;

/** A zone's files as text. */
class Recorded {
  readonly #directory: string;

  constructor(zone: string) {
    this.#directory = `${PATHS.cgroupfs}${zone}`;
  }

  text(name: string): string {
    return readFileSync(`${this.#directory}/${name}`, 'utf8');
  }

  /** The value behind a key at the begin of a line. */
  keyed(name: string, key: string): bigint {
    const line = this.text(name)
      .split('\n')
      .find((text) => text.startsWith(`${key} `));
    assert.ok(line !== undefined, `${name} has no ${key}`);
    return BigInt(line.split(' ')[1]!);
  }

  /** A file's number; undefined for `max`. */
  limit(name: string): bigint | undefined {
    const text = this.text(name).trim();
    return text === 'max' ? undefined : BigInt(text);
  }
}

function cpuValues(zone: Recorded): Values {
  const stat = (key: string): bigint => zone.keyed('cpu.stat', key);
  return {
    'cpu.usage|': (stat('usage_usec') * 4999n) / 1_000_000n,
    'cpu_time.usage_ns|': stat('usage_usec') * 1000n,
    'cpu_time.user_ns|': stat('user_usec') * 1000n,
    'cpu_time.system_ns|': stat('system_usec') * 1000n,
    'cpu_time.periods|': stat('nr_periods'),
    'cpu_time.throttled_periods|': stat('nr_throttled'),
    'cpu_time.throttled_ns|': stat('throttled_usec') * 1000n,
  };
}

function memoryValues(zone: Recorded): Values {
  const stat = (key: string): bigint => zone.keyed('memory.stat', key);
  const memoryMax = zone.limit('memory.max');
  const swapMax = zone.limit('memory.swap.max');
  return {
    'mem.rss|': stat('anon') + stat('file_mapped'),
    'mem.anon|': stat('anon'),
    'mem.mapped|': stat('file_mapped'),
    'mem.cached|': stat('file'),
    'mem.shmem|': stat('shmem'),
    'mem.dirty|': stat('file_dirty'),
    'mem.writeback|': stat('file_writeback'),
    'mem.slab|': stat('slab'),
    'mem.pp_kernel|': stat('kernel') / PAGE,
    'mem.as_fault|': stat('pgfault'),
    'mem.maj_fault|': stat('pgmajfault'),
    'mem.pgin|': stat('workingset_refault_anon') + stat('workingset_refault_file'),
    'mem.usage|': BigInt(zone.text('memory.current')),
    'mem.swap|': BigInt(zone.text('memory.swap.current')),
    'mem.oom_kills|': zone.keyed('memory.events', 'oom_kill'),
    ...(memoryMax === undefined ? {} : { 'mem.physcap|': memoryMax }),
    ...(memoryMax === undefined || swapMax === undefined ? {} : { 'mem.swapcap|': memoryMax + swapMax }),
  };
}

/** Field by key of io.stat. */
const DISK_FIELDS = { rbytes: 'nread', wbytes: 'nwritten', rios: 'reads', wios: 'writes' };
const DISK_NAMES: Record<string, string> = { '254:0': 'vda', '254:16': 'vdb' };

function diskValues(zone: Recorded): Values {
  const values: Values = {};
  for (const line of zone.text('io.stat').trimEnd().split('\n')) {
    const [device, ...pairs] = line.trim().split(' ');
    for (const [key, value] of pairs.map((pair) => pair.split('='))) {
      const field = (DISK_FIELDS as Record<string, string>)[key!];
      if (field !== undefined) values[`disk.${field}|${DISK_NAMES[device!]}`] = BigInt(value!);
    }
  }
  return values;
}

function threadValues(zone: Recorded): Values {
  const cap = zone.limit('pids.max');
  return {
    'threads|': BigInt(zone.text('pids.current')),
    ...(cap === undefined ? {} : { 'threads_cap|': cap }),
  };
}

function pressureValues(zone: Recorded): Values {
  const values: Values = {};
  for (const resource of ['cpu', 'memory', 'io']) {
    for (const line of zone.text(`${resource}.pressure`).trimEnd().split('\n')) {
      const [kind, average, , , total] = line.split(' ');
      values[`pressure.${kind}_us|${resource}`] = BigInt(total!.slice('total='.length));
      values[`pressure.${kind}_avg10|${resource}`] = BigInt(average!.slice('avg10='.length).replace('.', ''));
    }
  }
  return values;
}

function expected(path: string): Values {
  const zone = new Recorded(path);
  return {
    ...cpuValues(zone),
    ...memoryValues(zone),
    ...diskValues(zone),
    ...threadValues(zone),
    ...pressureValues(zone),
  };
}

const valuesOf = (harness: SourceHarness, zone: string): Values =>
  Object.fromEntries(harness.fieldsOf(zone).map((key) => [key, harness.values.get(`${zone}|${key}`)!]));

describe('source cgroup on a recorded host with cgroup v2 alone', () => {
  const harness = new SourceHarness(source, { paths: PATHS });
  after(() => harness.close());
  harness.sample();

  it('finds the zones, with their names and kinds', () => {
    const found = [...harness.zones.values()].map(({ key, name, kind, owned }) => [key, name, kind, owned]);
    assert.deepEqual(found, [
      [SLICE, 'system.slice', 'systemd', true],
      [WEB, 'web.service', 'systemd', true],
    ]);
  });

  for (const zone of [SLICE, WEB]) {
    it(`puts every field of ${zone}, exactly`, () => {
      assert.deepEqual(valuesOf(harness, zone), expected(zone));
    });
  }

  it('leaves no field unread but the network, which was not recorded; counts no error and notes nothing', () => {
    const { control } = harness.producer;
    assert.deepEqual([control.get('parseErrors'), control.get('readErrors'), harness.stray], [0, 0, 0]);
    assert.deepEqual(harness.notes, []);
    const elementKeys = ['cpu.core', 'disk.instance', 'net.instance', 'pressure.resource'];
    const put = new Set(harness.fieldsOf(WEB).map((key) => key.split('|')[0]));
    const missing = source.fields.filter(({ path }) => !put.has(path) && !elementKeys.includes(path));
    assert.deepEqual(
      missing.filter(({ path }) => !path.startsWith('net.')).map(({ path }) => path),
      [],
    );
  });

  it('has figures to go by: throttling, a kill, swap, traffic, pressure, and limits that are and are not set', () => {
    const web = expected(WEB);
    const positive = [
      'cpu_time.throttled_ns|',
      'mem.mapped|',
      'mem.dirty|',
      'mem.swap|',
      'mem.pgin|',
      'mem.oom_kills|',
      'disk.nwritten|vda',
      'disk.nread|vdb',
      'pressure.full_avg10|cpu',
      'threads_cap|',
      'mem.swapcap|',
    ];
    assert.deepEqual(
      positive.filter((key) => !(web[key]! > 0n)),
      [],
    );
    assert.match(new Recorded(WEB).text('io.stat'), /^254:32 $/m);
    const slice = expected(SLICE);
    for (const key of ['mem.physcap|', 'mem.swapcap|', 'threads_cap|']) assert.equal(slice[key], undefined);
  });

  it('reads the mounts, and in which zone a process is', () => {
    const hierarchies = cgroupHierarchies(PATHS);
    assert.equal(layoutOf(hierarchies), 'v2');
    assert.deepEqual(
      hierarchies.map(({ directory, root }) => [directory, root]),
      [[PATHS.cgroupfs, '/']],
    );
    const members = new Recorded(WEB).text('cgroup.procs').trim().split('\n');
    assert.equal(members.length, 3);
    for (const pid of members) {
      assert.equal(zonePathOf(readFileSync(`${PATHS.procfs}/${pid}/cgroup`, 'utf8'), hierarchies), WEB);
    }
    assert.equal(zonePathOf(readFileSync(`${PATHS.procfs}/1/cgroup`, 'utf8'), hierarchies), '/');
    assert.equal(existsSync(`${PATHS.cgroupfs}/memory.current`), false, 'a real root has no memory.current');
  });
});
