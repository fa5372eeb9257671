// The source procfs on files that are missing, cut, garbled or larger than usual, and on cores, disks and interfaces
// that come and go: what is doubtful is left out and counted, all else goes on.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { source as procfs } from '../../src/workers/procfs/source.js';
import { SourceUnavailable } from '../../src/workers/source.js';
import { HostTree, type SourceReader } from './host-tree.js';

const trees: HostTree[] = [];
after(() => {
  for (const tree of trees) tree.delete();
});

function setUp(prepare: (tree: HostTree) => void = () => {}): { tree: HostTree; reader: SourceReader } {
  const tree = new HostTree();
  trees.push(tree);
  prepare(tree);
  return { tree, reader: tree.open() };
}

const errorsOf = (reader: SourceReader): [read: number, parse: number] => [
  reader.producer.control.get('readErrors'),
  reader.producer.control.get('parseErrors'),
];

/** A field that each file alone provides. */
const FIELD_OF_FILE: Readonly<Record<string, string>> = {
  'proc/stat': 'cpu.usage[1]',
  'proc/loadavg': 'load.avg1',
  'proc/meminfo': 'mem.physcap',
  'proc/vmstat': 'mem.as_fault',
  'proc/diskstats': 'disk.nread[vda]',
  'proc/net/dev': 'net.rbytes64[eth0]',
  'proc/pressure/cpu': 'pressure.some_us[cpu]',
  'proc/pressure/memory': 'pressure.some_us[memory]',
  'proc/pressure/io': 'pressure.some_us[io]',
};

test('a file that is missing is counted, noted once, and leaves only its own fields absent', () => {
  for (const [file, field] of Object.entries(FIELD_OF_FILE)) {
    if (file === 'proc/stat') continue;
    const { reader } = setUp((tree) => tree.remove(file));
    const values = reader.tick();
    reader.tick();
    assert.equal(values.has(field), false, file);
    for (const other of Object.values(FIELD_OF_FILE)) {
      if (other !== field) assert.ok(values.has(other), `${other} without ${file}`);
    }
    assert.ok(errorsOf(reader)[0] >= 1);
    assert.deepEqual(reader.notes, [`can't read ${reader.notes[0]?.slice(11, -8)}: ENOENT`]);
    assert.ok(reader.notes[0]?.includes(file));
  }
});

test('without stat there is nothing to stand on', () => {
  const tree = new HostTree();
  trees.push(tree);
  tree.remove('proc/stat');
  assert.throws(() => tree.open(), SourceUnavailable);
  const report = procfs.probe(tree.paths, {});
  assert.equal(report.available, false);
  assert.match(report.why ?? '', /ENOENT/);
});

test('what a host lacks is told as shortfalls', () => {
  const tree = new HostTree();
  trees.push(tree);
  tree.remove('proc/pressure');
  tree.remove('proc/vmstat');
  const report = procfs.probe(tree.paths, {});
  assert.equal(report.available, true);
  assert.deepEqual(
    report.shortfalls.map((shortfall) => shortfall.what),
    ['cpuqueue per core', 'vm, mem faults', 'pressure'],
  );
});

test('a file that comes back is read again', async () => {
  const { tree, reader } = setUp((tree) => tree.remove('proc/loadavg'));
  assert.equal(reader.tick().has('load.avg1'), false);
  tree.write('proc/loadavg', '1.00 2.00 3.00 1/50 99\n');
  const deadline = performance.now() + 10_000;
  let values = reader.tick();
  while (!values.has('load.avg1') && performance.now() < deadline) values = reader.tick();
  assert.equal(values.get('load.avg1'), 100n);
});

test('a file cut at any byte gives right values or none, and never stops the others', () => {
  const files = Object.keys(FIELD_OF_FILE);
  const { tree, reader } = setUp();
  const whole = reader.tick();
  const texts = new Map(files.map((file) => [file, tree.read(file)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (file, share) => {
        const text = texts.get(file)!;
        tree.write(file, text.slice(0, Math.floor(text.length * share)));
        const values = reader.tick();
        tree.write(file, text);
        for (const [name, value] of values) {
          if (!name.startsWith('cpuqueue')) assert.equal(value, whole.get(name), `${name} of ${file} cut at ${share}`);
        }
        for (const [other, field] of Object.entries(FIELD_OF_FILE)) {
          if (other !== file) assert.ok(values.has(field), `${field} while ${file} is cut`);
        }
      },
    ),
    { numRuns: 300 },
  );
  const values = reader.tick();
  for (const field of Object.values(FIELD_OF_FILE)) assert.ok(values.has(field), `${field} once all is well again`);
});

test('a file of arbitrary bytes is counted and harms no other', () => {
  const files = Object.keys(FIELD_OF_FILE);
  const { tree, reader } = setUp();
  const texts = new Map(files.map((file) => [file, tree.read(file)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.uint8Array({ maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (file, garbage, share) => {
        const text = texts.get(file)!;
        const at = Math.floor(text.length * share);
        tree.write(file, text.slice(0, at) + Buffer.from(garbage).toString('latin1') + text.slice(at));
        const values = reader.tick();
        tree.write(file, text);
        for (const [other, field] of Object.entries(FIELD_OF_FILE)) {
          if (other !== file) assert.ok(values.has(field), `${field} while ${file} is garbled`);
        }
      },
    ),
    { numRuns: 300 },
  );
  const [readErrors, parseErrors] = errorsOf(reader);
  assert.equal(readErrors, 0);
  assert.ok(parseErrors > 50, `${parseErrors} of 300 noticed`);
  assert.ok(reader.notes.length <= files.length, 'each file is noted once');
});

test('an empty file is garbled', () => {
  for (const [file, field] of Object.entries(FIELD_OF_FILE)) {
    const { tree, reader } = setUp();
    reader.tick();
    tree.write(file, '');
    assert.equal(reader.tick().has(field), false, file);
    // A host without disks has an empty list of them, so that one is none.
    assert.equal(errorsOf(reader)[1], file === 'proc/diskstats' ? 0 : 1, file);
  }
});

test('counters beyond 2^53 keep every bit', () => {
  const huge = 2n ** 64n - 12_345n;
  const { reader } = setUp((tree) => {
    tree.edit('proc/net/dev', (text) => text.replace('686036737', String(huge)));
    tree.edit('proc/stat', (text) => text.replace('ctxt 5081305', `ctxt ${huge}`));
    tree.edit('proc/diskstats', (text) => text.replace('25581714', String(2n ** 53n - 1n)));
  });
  const values = reader.tick();
  assert.equal(values.get('net.rbytes64[eth0]'), huge);
  assert.equal(values.get('kernel.context_switches'), huge);
  assert.equal(values.get('disk.nread[vda]'), (2n ** 53n - 1n) * 512n);
});

test('cores that go offline end their series and begin new ones when they are back', () => {
  const { tree, reader } = setUp();
  const text = tree.read('proc/stat');
  reader.tick();
  const before = reader.series.size;
  tree.write('proc/stat', text.replace(/^cpu1 .*\n/m, ''));
  assert.equal(reader.tick().has('cpu.usage[1]'), false);
  assert.equal([...reader.series.values()].includes('cpu.usage[1]'), false);
  tree.write('proc/stat', text);
  assert.equal(reader.tick().has('cpu.usage[1]'), true);
  assert.equal(reader.series.size, before);
  assert.deepEqual(errorsOf(reader), [0, 0]);
});

test('interfaces come and go in any order, for ever, without growth', () => {
  const { tree, reader } = setUp();
  const header = tree.read('proc/net/dev').split('\n').slice(0, 2).join('\n');
  const row = (name: string, bytes: number): string =>
    `${name.padStart(6)}: ${bytes} 1 0 0 0 0 0 0 ${bytes} 1 0 0 0 0 0 0\n`;
  const fixed = [...reader.tick().keys()].filter((name) => !name.startsWith('net.')).length;
  const name = fc.integer({ min: 0, max: 12 }).map((i) => (i === 0 ? 'lo' : `veth${i}`));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 13 }), (names) => {
      tree.write('proc/net/dev', `${header}\n${names.map((name, i) => row(name, i + 1)).join('')}`);
      const values = reader.tick();
      for (const [i, name] of names.entries()) {
        assert.equal(values.get(`net.rbytes64[${name}]`), name === 'lo' ? undefined : BigInt(i + 1));
      }
      const interfaces = names.filter((name) => name !== 'lo').length;
      assert.equal(reader.series.size, fixed + interfaces * 8);
      assert.equal(reader.producer.control.get('liveSeries'), reader.series.size);
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(errorsOf(reader), [0, 0]);
});

test('a garbled interface costs only itself, a cut list only what is behind the cut; neither ends a series', () => {
  const { tree, reader } = setUp();
  tree.edit('proc/net/dev', (text) => `${text}  veth1: ${'1 '.repeat(15)}1\n  veth2: ${'2 '.repeat(15)}2\n`);
  const whole = reader.tick();
  const text = tree.read('proc/net/dev');
  const series = reader.series.size;
  for (const [altered, absent] of [
    [text.replace('veth1: 1 1', 'veth1: 1 x'), ['net.rbytes64[veth1]']],
    [text.slice(0, text.indexOf('veth1: 1 1') + 10), ['net.rbytes64[veth1]', 'net.rbytes64[veth2]']],
  ] as const) {
    tree.write('proc/net/dev', altered);
    const names = [...whole.keys()].filter((name) => name.startsWith('net.rbytes64'));
    const values = reader.tick();
    assert.deepEqual(
      names.filter((name) => !values.has(name)),
      absent,
    );
    assert.equal(reader.series.size, series);
  }
  assert.deepEqual(errorsOf(reader), [0, 2]);
  tree.write('proc/net/dev', text);
  assert.deepEqual([...reader.tick().keys()], [...whole.keys()]);
});

test('lists longer than a page: 300 disks and 300 interfaces', () => {
  const { reader } = setUp((tree) => {
    const disk = (i: number): string => `   8 ${i * 16} sd${i} ${i} 0 ${i} 0 0 0 0 0 0 0 0\n`;
    tree.write('proc/diskstats', Array.from({ length: 300 }, (_, i) => disk(i)).join(''));
    for (let i = 0; i < 300; i++) tree.write(`sys/block/sd${i}/size`, '1\n');
    tree.edit('proc/net/dev', (text) => {
      const row = (i: number): string => `veth${i}: ${i} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
      return text + Array.from({ length: 300 }, (_, i) => row(i)).join('');
    });
  });
  for (let tick = 0; tick < 3; tick++) {
    const values = reader.tick();
    for (let i = 0; i < 300; i++) {
      assert.equal(values.get(`disk.reads[sd${i}]`), BigInt(i));
      assert.equal(values.get(`net.rbytes64[veth${i}]`), BigInt(i));
    }
  }
});

test('partitions, stacked and virtual devices are no disks: told by sysfs, else by their names', () => {
  const names = [
    'sda',
    'sda1',
    'nvme0n1',
    'nvme0n1p1',
    'nvme0c0n1',
    'mmcblk0',
    'mmcblk0p2',
    'dm-0',
    'md127',
    'sr0',
    'vdb',
  ];
  const text = names.map((name, i) => `   8 ${i} ${name} 1 0 8 1 1 0 8 1 0 1 1\n`).join('');
  const disks = ['sda', 'nvme0n1', 'mmcblk0', 'vdb'];
  const seen = (reader: SourceReader): string[] =>
    [...reader.tick().keys()].filter((name) => name.startsWith('disk.reads')).map((name) => name.slice(11, -1));
  const byName = setUp((tree) => tree.write('proc/diskstats', text));
  assert.deepEqual(seen(byName.reader), disks);
  const bySysfs = setUp((tree) => {
    tree.write('proc/diskstats', text.replace('vdb', 'cciss/c0d0'));
    for (const name of ['sda', 'nvme0n1', 'nvme0c0n1', 'dm-0', 'cciss!c0d0'])
      tree.write(`sys/block/${name}/size`, '1\n');
  });
  assert.deepEqual(seen(bySysfs.reader), ['sda', 'nvme0n1', 'cciss/c0d0']);
});

test('milliseconds of diskstats that wrap at 2^32 go on as totals', () => {
  const row = (busy: number, weighted: number): string => `   8 0 sda 1 0 8 1 1 0 8 1 0 ${busy} ${weighted}\n`;
  const { tree, reader } = setUp((tree) => tree.write('proc/diskstats', row(4_294_967_290, 4_294_967_000)));
  assert.equal(reader.tick().get('disk.rtime[sda]'), 4_294_967_290n * 1_000_000n);
  tree.write('proc/diskstats', row(10, 500));
  const values = reader.tick();
  assert.equal(values.get('disk.rtime[sda]'), (2n ** 32n + 10n) * 1_000_000n);
  assert.equal(values.get('disk.rlentime[sda]'), (2n ** 32n + 500n) * 1_000_000n);
});

test('errors of a SCSI disk come from sysfs, at their own cadence', () => {
  const { tree, reader } = setUp((tree) => {
    tree.write('proc/diskstats', '   8 0 sda 1 0 8 1 1 0 8 1 0 1 1\n');
    tree.write('sys/block/sda/device/ioerr_cnt', '0x1f\n');
    tree.write('sys/block/sda/device/iotmo_cnt', '0x2\n');
  });
  const values = reader.tick();
  assert.equal(values.get('disk.harderror[sda]'), 31n);
  assert.equal(values.get('disk.tranerror[sda]'), 2n);
  tree.write('sys/block/sda/device/ioerr_cnt', 'none\n');
  assert.equal(reader.tick().has('disk.harderror[sda]'), false);
  assert.deepEqual(errorsOf(reader), [0, 1]);
  tree.write('proc/diskstats', '');
  reader.tick();
  assert.equal(
    [...reader.series.values()].some((name) => name.startsWith('disk.')),
    false,
  );
});

test('a file with a cadence of its own is read no more often', () => {
  const tree = new HostTree();
  trees.push(tree);
  const reader = tree.open({ everyMs: { vmstat: 3_600_000 } });
  assert.equal(reader.tick().has('mem.as_fault'), true);
  for (let i = 0; i < 20; i++) {
    const values = reader.tick();
    assert.equal(values.has('mem.as_fault'), false);
    assert.equal(values.has('mem.physcap'), true);
  }
});

test('the queue is counted by length, as often as it was seen', () => {
  const { tree, reader } = setUp();
  const text = tree.read('proc/stat');
  const lengths = [1, 1, 3, 0, 1, 3, 900, 300];
  let values = new Map<string, bigint>();
  for (const running of lengths) {
    tree.write('proc/stat', text.replace('procs_running 1', `procs_running ${running}`));
    values = reader.tick();
  }
  const queue = Object.fromEntries([...values].filter(([name]) => name.startsWith('cpuqueue')));
  assert.deepEqual(queue, {
    // 0 cannot happen while the reader runs, and is no negative length.
    'cpuqueue.amount[0,0]': 4n,
    'cpuqueue.amount[0,2]': 2n,
    'cpuqueue.amount[0,255]': 2n,
  });
});
