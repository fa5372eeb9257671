// The source on made-up trees: exact values from v2 and v1 files, what is absent, what is garbled, names, networks.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { source } from '../../src/workers/cgroup/source.js';
import { KernelFile } from '../../src/workers/linux/kernel-file.js';
import { PAGE_BYTES } from '../../src/workers/linux/page-size.js';
import { SourceUnavailable } from '../../src/workers/source.js';
import { CgroupTree, NO_PROCESSES, netDev, v2Files } from '../support/cgroup-tree.js';
import { SourceHarness } from '../support/source-harness.js';

const trees: CgroupTree[] = [];
after(() => {
  for (const tree of trees) tree.delete();
});

function newTree(): CgroupTree {
  const tree = new CgroupTree();
  trees.push(tree);
  return tree;
}

/** A v2 host with a service in a slice. */
function v2Host(): CgroupTree {
  const tree = newTree();
  tree.fill('cgroup', { 'cgroup.controllers': 'cpu io memory pids\n', 'cgroup.procs': '1\n' });
  tree.fill('cgroup/system.slice', v2Files());
  tree.fill('cgroup/system.slice/web.service', v2Files());
  tree.link('sys/dev/block/254:0', '../../devices/pci/block/vda');
  tree.write('proc/diskstats', '   7       0 loop0 0 0\n   8      16 sdb 1 2 3\n');
  return tree;
}

function open(tree: CgroupTree, options: Record<string, unknown> = {}): SourceHarness {
  return new SourceHarness(source, { paths: tree.paths, options });
}

const WEB = '/system.slice/web.service';

/** Every field of `v2Files()`, as it must come out. */
const V2_VALUES: Readonly<Record<string, bigint>> = {
  'cpu.usage|': 14997n,
  'cpu_time.usage_ns|': 3_000_001_000n,
  'cpu_time.user_ns|': 2_000_000_000n,
  'cpu_time.system_ns|': 1_000_001_000n,
  'cpu_time.periods|': 10n,
  'cpu_time.throttled_periods|': 3n,
  'cpu_time.throttled_ns|': 250_000_000n,
  'mem.rss|': 10485760n + 2097152n,
  'mem.anon|': 10485760n,
  'mem.mapped|': 2097152n,
  'mem.cached|': 20971520n,
  'mem.shmem|': 1048576n,
  'mem.dirty|': 12288n,
  'mem.writeback|': 4096n,
  'mem.slab|': 1000000n,
  'mem.pp_kernel|': BigInt(Math.floor(8388608 / PAGE_BYTES)),
  'mem.as_fault|': 4294967299n,
  'mem.maj_fault|': 55n,
  'mem.pgin|': 15n,
  'mem.usage|': 50331648n,
  'mem.swap|': 4096n,
  'mem.physcap|': 104857600n,
  'mem.swapcap|': 104857600n + 52428800n,
  'mem.oom_kills|': 4n,
  'disk.nread|vda': 1000n,
  'disk.nwritten|vda': 2000n,
  'disk.reads|vda': 3n,
  'disk.writes|vda': 4n,
  'disk.nread|sdb': 18446744073709551615n,
  'disk.nwritten|sdb': 0n,
  'disk.reads|sdb': 1n,
  'disk.writes|sdb': 0n,
  'threads|': 12n,
  'threads_cap|': 100n,
  'pressure.some_us|cpu': 123456n,
  'pressure.full_us|cpu': 99n,
  'pressure.some_avg10|cpu': 125n,
  'pressure.full_avg10|cpu': 0n,
  'pressure.some_us|memory': 1n,
  'pressure.full_us|memory': 2n,
  'pressure.some_avg10|memory': 0n,
  'pressure.full_avg10|memory': 0n,
  'pressure.some_us|io': 18446744073709551615n,
  'pressure.full_us|io': 3n,
  'pressure.some_avg10|io': 10000n,
  'pressure.full_avg10|io': 1234n,
};

const valuesOf = (harness: SourceHarness, zone: string): Record<string, bigint> =>
  Object.fromEntries(
    [...harness.values]
      .filter(([key]) => key.startsWith(`${zone}|`))
      .map(([key, value]) => [key.slice(zone.length + 1), value]),
  );

describe('source cgroup on cgroup v2', () => {
  it('puts every field, exactly', () => {
    const harness = open(v2Host());
    harness.sample();
    assert.deepEqual([...harness.zones.keys()], ['/system.slice', WEB]);
    assert.deepEqual(valuesOf(harness, WEB), V2_VALUES);
    const { name, kind, owned, inode } = harness.zones.get(WEB)!;
    assert.deepEqual([name, kind, owned], ['web.service', 'systemd', true]);
    assert.match(inode, /^\d+$/);
    assert.deepEqual([harness.producer.control.get('readErrors'), harness.producer.control.get('parseErrors')], [0, 0]);
    harness.close();
  });

  it('declares every field that it puts, and puts every field that it declares', () => {
    const tree = v2Host();
    tree.write('cgroup/system.slice/web.service/cgroup.procs', '100\n');
    tree.process(1, { namespace: 1 });
    tree.process(100, { namespace: 2 });
    tree.write('proc/100/net/dev', netDev({ eth0: 1 }));
    const harness = open(tree);
    harness.sample();
    const put = new Set(harness.fieldsOf(WEB).map((key) => key.split('|')[0]!));
    const keys = ['cpu.core', 'disk.instance', 'net.instance', 'pressure.resource'];
    const declared = new Set(source.fields.map(({ path }) => path));
    assert.deepEqual(
      [...put].filter((path) => !declared.has(path)),
      [],
    );
    assert.deepEqual(
      [...declared].filter((path) => !put.has(path) && !keys.includes(path)),
      [],
    );
    harness.close();
  });

  it('leaves out what has no limit and no swap', () => {
    const tree = v2Host();
    tree.fill('cgroup/system.slice/web.service', { 'memory.max': 'max\n', 'pids.max': 'max\n' });
    tree.remove('cgroup/system.slice/web.service/memory.swap.current');
    tree.write('cgroup/system.slice/memory.swap.max', 'max\n');
    const harness = open(tree);
    harness.sample();
    for (const field of ['mem.physcap', 'mem.swapcap', 'threads_cap', 'mem.swap']) {
      assert.equal(harness.value(WEB, field), undefined, field);
    }
    assert.equal(harness.value('/system.slice', 'mem.physcap'), 104857600n);
    assert.equal(harness.value('/system.slice', 'mem.swapcap'), undefined);
    assert.equal(harness.producer.control.get('parseErrors'), 0);
    harness.close();
  });

  it('does with older kernels: no line kernel, no refaults by kind, no controllers', () => {
    const tree = v2Host();
    tree.remove(`cgroup${WEB}`);
    tree.fill(`cgroup${WEB}`, {
      'cgroup.procs': '1\n2\n',
      'cgroup.threads': '1\n2\n3\n',
      'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n',
      'memory.stat': `anon 1\nfile 2\nkernel_stack ${PAGE_BYTES}\npagetables ${PAGE_BYTES}\nslab ${3 * PAGE_BYTES}\nfile_mapped 4\npgfault 5\npgmajfault 6\n`,
    });
    const harness = open(tree);
    harness.sample();
    assert.deepEqual(valuesOf(harness, WEB), {
      'cpu.usage|': 0n,
      'cpu_time.usage_ns|': 5000n,
      'cpu_time.user_ns|': 3000n,
      'cpu_time.system_ns|': 2000n,
      'mem.rss|': 5n,
      'mem.anon|': 1n,
      'mem.mapped|': 4n,
      'mem.cached|': 2n,
      'mem.as_fault|': 5n,
      'mem.maj_fault|': 6n,
      'mem.pgin|': 6n,
      'mem.slab|': BigInt(3 * PAGE_BYTES),
      'mem.pp_kernel|': 5n,
      'threads|': 3n,
    });
    harness.close();
  });

  it('counts garbled files, puts nothing for them and goes on', () => {
    const tree = v2Host();
    tree.fill(`cgroup${WEB}`, { 'cpu.stat': 'usage_usec x\n', 'memory.current': '', 'io.stat': '254:0 rbytes=\n' });
    const harness = open(tree);
    harness.sample();
    assert.equal(harness.producer.control.get('parseErrors'), 3);
    for (const field of ['cpu.usage', 'cpu_time.usage_ns', 'mem.usage'])
      assert.equal(harness.value(WEB, field), undefined);
    assert.equal(harness.value(WEB, 'mem.anon'), 10485760n);
    assert.equal(harness.value('/system.slice', 'cpu.usage'), 14997n);
    harness.close();
  });

  it('reads limits and kills once a second, the rest every time', () => {
    const harness = open(v2Host());
    harness.sample();
    harness.sample();
    const slow = ['mem.oom_kills|', 'mem.physcap|', 'mem.swapcap|', 'threads_cap|'];
    assert.deepEqual(
      harness.fieldsOf(WEB).sort(),
      Object.keys(V2_VALUES)
        .filter((key) => !slow.includes(key))
        .sort(),
    );
    harness.close();
    const eager = open(v2Host(), { everyMs: { caps: 0, events: 0 } });
    eager.sample();
    eager.sample();
    assert.deepEqual(eager.fieldsOf(WEB).sort(), Object.keys(V2_VALUES).sort());
    eager.close();
  });

  it('ends the series of a disk that is gone, and only those', () => {
    const tree = v2Host();
    const harness = open(tree);
    harness.sample();
    const before = harness.producer.control.get('liveSeries');
    tree.write(`cgroup${WEB}/io.stat`, '254:0 rbytes=1001 wbytes=2000 rios=3 wios=4 dbytes=5 dios=6\n');
    harness.sample();
    assert.equal(harness.value(WEB, 'disk.nread', 'vda'), 1001n);
    assert.equal(harness.value(WEB, 'disk.nread', 'sdb'), undefined);
    assert.equal(harness.value('/system.slice', 'disk.reads', 'sdb'), 1n);
    assert.equal(harness.producer.control.get('liveSeries'), before - 4);
    harness.close();
  });

  it('reads disks without figures, which some kernels put on the line of the next, and a file that is cut', () => {
    const tree = v2Host();
    const figures = 'rbytes=7 wbytes=6 rios=5 wios=4 dbytes=0 dios=0';
    const disksOf = (text: string): Record<string, bigint> => {
      tree.write(`cgroup${WEB}/io.stat`, text);
      const harness = open(tree);
      harness.sample();
      harness.close();
      const disks = Object.entries(valuesOf(harness, WEB)).filter(([key]) => key.startsWith('disk.'));
      return { ...Object.fromEntries(disks), parseErrors: BigInt(harness.producer.control.get('parseErrors')) };
    };
    const vda = { 'disk.nread|vda': 7n, 'disk.nwritten|vda': 6n, 'disk.reads|vda': 5n, 'disk.writes|vda': 4n };
    assert.deepEqual(disksOf(`8:16 7:1 254:0 ${figures}\n`), { ...vda, parseErrors: 0n });
    assert.deepEqual(disksOf(`8:16 \n254:0 ${figures}\n7:1 \n`), { ...vda, parseErrors: 0n });
    assert.deepEqual(disksOf(`254:0 ${figures}\n8:16 `), { ...vda, parseErrors: 0n });
    assert.deepEqual(disksOf('254:0 rbytes=7 wbytes=6'), { 'disk.nread|vda': 7n, parseErrors: 1n });
    assert.deepEqual(disksOf('254:0 rbytes=7 wby'), { 'disk.nread|vda': 7n, parseErrors: 1n });
  });

  it('finds the files of controllers that are switched on later', async () => {
    const tree = v2Host();
    for (const file of ['memory.stat', 'memory.current', 'memory.max']) tree.remove(`cgroup${WEB}/${file}`);
    const harness = open(tree);
    harness.sample();
    assert.equal(harness.value(WEB, 'mem.rss'), undefined);
    tree.fill(`cgroup${WEB}`, v2Files());
    tree.write('cgroup/system.slice/cgroup.subtree_control', 'memory\n');
    await harness.housekeep();
    harness.sample();
    assert.deepEqual(valuesOf(harness, WEB), V2_VALUES);
    assert.equal(harness.stray, 0);
    harness.close();
  });

  it('reads on, and says so, where there are fewer descriptors than files', async (t) => {
    const budget = KernelFile.budget;
    t.after(() => {
      KernelFile.budget = budget;
      KernelFile.transient = 0;
    });
    KernelFile.budget = 6;
    const kept = KernelFile.kept;
    const harness = open(v2Host());
    for (let reading = 0; reading < 3; reading++) harness.sample();
    assert.ok(KernelFile.kept <= 6, `${KernelFile.kept} descriptors kept`);
    assert.equal(harness.value(WEB, 'cpu.usage', ''), 14997n);
    assert.equal(harness.value('/system.slice', 'pressure.some_us', 'cpu'), 123456n);
    await harness.housekeep();
    assert.ok(harness.notes.some((note) => /limit of open files/.test(note)));
    harness.close();
    assert.equal(KernelFile.kept, kept);
  });

  it('takes only the zones that are wanted', () => {
    const tree = v2Host();
    tree.fill('cgroup/user.slice', v2Files());
    const zones = (options: Record<string, unknown>): string[] => {
      const harness = open(tree, options);
      harness.sample();
      harness.close();
      return [...harness.zones.keys()].sort();
    };
    assert.deepEqual(zones({ include: ['*.service'] }), [WEB]);
    assert.deepEqual(zones({ include: ['/system.slice*'], exclude: ['web.?ervice'] }), ['/system.slice']);
    assert.deepEqual(zones({ exclude: ['*'] }), []);
    assert.throws(() => open(tree, { include: 'x' }), /include must be a list/);
    assert.throws(() => open(tree, { everyMs: { cpus: 1 } }), /no group cpus/);
    assert.throws(() => open(tree, { everyMs: { cpu: -1 } }), /everyMs.cpu must be milliseconds/);
  });

  it('gives a container the name that is written a little later', async (t) => {
    const tree = v2Host();
    const id = 'ab'.repeat(32);
    tree.fill(`cgroup/docker/${id}`, v2Files());
    const harness = open(tree, { containers: { docker: `${tree.root}/docker` } });
    let nowMs = performance.now();
    t.mock.method(performance, 'now', () => nowMs);
    harness.sample();
    assert.equal(harness.zones.get(`/docker/${id}`)?.name, 'ab'.repeat(6));
    tree.write(`docker/containers/${id}/config.v2.json`, '{"Name":"/web"}');
    nowMs += 1001;
    await harness.housekeep();
    harness.sample();
    const { name, kind, containerId } = harness.zones.get(`/docker/${id}`)!;
    assert.deepEqual([name, kind, containerId], ['web', 'docker', id]);
    assert.equal(harness.zones.size, 4);
    assert.equal(harness.value(`/docker/${id}`, 'threads'), 12n);
    harness.close();
  });

  it('is unavailable where there are no cgroups, and says what to do', () => {
    const tree = newTree();
    assert.throws(
      () => open(tree),
      (error) => error instanceof SourceUnavailable && /--path.cgroupfs/.test(error.remedy),
    );
    const report = source.probe(tree.paths, {});
    assert.equal(report.available, false);
    assert.match(report.why ?? '', /no cgroup hierarchy/);
    const v2 = source.probe(v2Host().paths, {});
    assert.equal(v2.available, true);
    assert.ok(v2.shortfalls.some(({ what }) => /by core/.test(what)));
  });
});

const V1_THROTTLE =
  '254:0 Read 21176320\n254:0 Write 20971520\n254:0 Sync 42147840\n254:0 Async 0\n254:0 Discard 0\n254:0 Total 42147840\nTotal 42147840\n';

/** A hybrid host with a zone `/z` in every hierarchy. */
function hybridHost(): CgroupTree {
  const tree = newTree();
  tree.link('sys/dev/block/254:0', '../../devices/pci/block/vda');
  tree.fill('cgroup/unified', { 'cgroup.controllers': 'hugetlb\n', 'cgroup.procs': '1\n' });
  for (const name of ['memory', 'cpu,cpuacct', 'blkio', 'pids', 'systemd'])
    tree.fill(`cgroup/${name}`, { 'cgroup.procs': '1\n' });
  tree.fill('cgroup/memory/z', {
    ...NO_PROCESSES,
    'memory.stat':
      'cache 1\nrss 2\ntotal_cache 10\ntotal_rss 20\ntotal_rss_huge 0\ntotal_shmem 3\ntotal_mapped_file 30\ntotal_dirty 4\ntotal_writeback 5\ntotal_swap 6\ntotal_pgpgin 999\ntotal_pgfault 7\ntotal_pgmajfault 8\n',
    'memory.usage_in_bytes': '100\n',
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.memsw.limit_in_bytes': '4096\n',
    'memory.kmem.usage_in_bytes': `${2 * PAGE_BYTES + 1}\n`,
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 9\n',
  });
  tree.fill('cgroup/cpu,cpuacct/z', {
    ...NO_PROCESSES,
    'cpuacct.usage_percpu': '1000000000 0 9007199254740993 \n',
    'cpuacct.stat': 'user 150\nsystem 50\n',
    'cpu.stat': 'nr_periods 1\nnr_throttled 2\nthrottled_time 3\nnr_bursts 0\nburst_time 0\n',
  });
  tree.fill('cgroup/blkio/z', {
    ...NO_PROCESSES,
    'blkio.throttle.io_service_bytes_recursive': V1_THROTTLE,
    'blkio.throttle.io_serviced_recursive': '254:0 Read 72\n254:0 Write 20\n254:0 Total 92\nTotal 92\n',
  });
  tree.fill('cgroup/pids/z', { ...NO_PROCESSES, 'pids.current': '3\n', 'pids.max': 'max\n' });
  tree.fill('cgroup/unified/z', {
    ...NO_PROCESSES,
    'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n',
    'cpu.pressure': 'some avg10=0.01 avg60=0.11 avg300=0.07 total=5\n',
  });
  tree.fill('cgroup/systemd/unit.service', NO_PROCESSES);
  return tree;
}

const V1_VALUES: Readonly<Record<string, bigint>> = {
  'cpu.usage|0': 4999n,
  'cpu.usage|2': (9007199254740993n * 4999n) / 1_000_000_000n,
  'cpu_time.usage_ns|': 9007200254740993n,
  'cpu_time.user_ns|': 1_500_000_000n,
  'cpu_time.system_ns|': 500_000_000n,
  'cpu_time.periods|': 1n,
  'cpu_time.throttled_periods|': 2n,
  'cpu_time.throttled_ns|': 3n,
  'mem.rss|': 50n,
  'mem.anon|': 20n,
  'mem.mapped|': 30n,
  'mem.cached|': 10n,
  'mem.shmem|': 3n,
  'mem.dirty|': 4n,
  'mem.writeback|': 5n,
  'mem.swap|': 6n,
  'mem.as_fault|': 7n,
  'mem.maj_fault|': 8n,
  'mem.pgin|': 8n,
  'mem.usage|': 100n,
  'mem.swapcap|': 4096n,
  'mem.pp_kernel|': 2n,
  'mem.oom_kills|': 9n,
  'disk.nread|vda': 21176320n,
  'disk.nwritten|vda': 20971520n,
  'disk.reads|vda': 72n,
  'disk.writes|vda': 20n,
  'threads|': 3n,
  'pressure.some_us|cpu': 5n,
  'pressure.some_avg10|cpu': 1n,
};

describe('source cgroup on a hybrid host', () => {
  it('reads each resource from the first hierarchy that has it', () => {
    const harness = open(hybridHost());
    harness.sample();
    assert.deepEqual([...harness.zones.keys()].sort(), ['/unit.service', '/z']);
    assert.deepEqual(valuesOf(harness, '/z'), V1_VALUES);
    harness.close();
  });

  it('follows a zone whose directories come and go one by one', async () => {
    const tree = hybridHost();
    const harness = open(tree);
    harness.sample();
    tree.remove('cgroup/cpu,cpuacct/z');
    tree.remove('cgroup/pids/z');
    await harness.housekeep();
    harness.sample();
    assert.equal(harness.stray, 0);
    assert.equal(harness.value('/z', 'cpu_time.usage_ns'), 5000n);
    assert.equal(harness.value('/z', 'cpu.usage', ''), 0n);
    assert.equal(harness.value('/z', 'cpu.usage', '0'), undefined);
    assert.equal(harness.value('/z', 'mem.usage'), 100n);
    for (const name of ['memory', 'blkio', 'unified']) tree.remove(`cgroup/${name}/z`);
    await harness.housekeep();
    harness.sample();
    assert.deepEqual([...harness.zones.keys()], ['/unit.service']);
    harness.close();
  });

  it('has no disk where nothing was counted', () => {
    const tree = hybridHost();
    for (const file of ['io_service_bytes', 'io_serviced']) {
      tree.write(`cgroup/blkio/z/blkio.throttle.${file}_recursive`, 'Total 0\n');
    }
    const harness = open(tree);
    harness.sample();
    assert.deepEqual(
      harness.fieldsOf('/z').filter((key) => key.startsWith('disk')),
      [],
    );
    assert.equal(harness.producer.control.get('parseErrors'), 0);
    harness.close();
  });
});

describe('networks of zones', () => {
  /** A pod of two containers with one namespace, a service in the host's, a slice around all. */
  function podHost(): CgroupTree {
    const tree = newTree();
    tree.fill('cgroup', { 'cgroup.controllers': 'cpu memory\n', 'cgroup.procs': '1\n' });
    tree.fill('cgroup/all', NO_PROCESSES);
    tree.fill('cgroup/all/pod', NO_PROCESSES);
    tree.fill('cgroup/all/pod/a', { ...NO_PROCESSES, 'cgroup.procs': '10\n11\n' });
    tree.fill('cgroup/all/pod/b', { ...NO_PROCESSES, 'cgroup.procs': '20\n' });
    tree.fill('cgroup/all/service', { ...NO_PROCESSES, 'cgroup.procs': '30\n' });
    tree.process(1, { namespace: 1 });
    for (const pid of [10, 11, 20]) {
      tree.process(pid, { namespace: 2 });
      tree.write(`proc/${pid}/net/dev`, netDev({ lo: 1000, eth0: pid * 100 }));
    }
    tree.process(30, { namespace: 1 });
    tree.write('proc/30/net/dev', netDev({ lo: 1, hosteth: 2 }));
    return tree;
  }

  const interfaces = (harness: SourceHarness, zone: string): string[] =>
    harness
      .fieldsOf(zone)
      .filter((key) => key.startsWith('net.rbytes64'))
      .map((key) => key.split('|')[1]!);

  it("never shows the host's interfaces, and shows a pod those of its containers", () => {
    const harness = open(podHost());
    harness.sample();
    assert.deepEqual(interfaces(harness, '/all/pod/a'), ['eth0']);
    assert.deepEqual(interfaces(harness, '/all/pod/b'), ['eth0']);
    assert.deepEqual(interfaces(harness, '/all/pod'), ['eth0']);
    assert.deepEqual(interfaces(harness, '/all/service'), []);
    assert.deepEqual(interfaces(harness, '/all'), []);
    const columns = {
      rbytes64: 0,
      ipackets: 1,
      ierrors: 2,
      idrops: 3,
      obytes64: 8,
      opackets: 9,
      oerrors: 10,
      odrops: 11,
    };
    for (const [field, column] of Object.entries(columns)) {
      assert.equal(harness.value('/all/pod/a', `net.${field}`, 'eth0'), BigInt(1000 + column), field);
    }
    harness.close();
  });

  it('reads through another process when the first has ended, and stops when there is none', async () => {
    const tree = podHost();
    const harness = open(tree, { everyMs: { membership: 0 } });
    harness.sample();
    const series = harness.producer.control.get('liveSeries');
    tree.remove('proc/10');
    tree.write('cgroup/all/pod/a/cgroup.procs', '11\n');
    await harness.housekeep();
    harness.sample();
    assert.equal(harness.value('/all/pod/a', 'net.rbytes64', 'eth0'), 1100n);
    assert.equal(harness.producer.control.get('liveSeries'), series);
    tree.write('cgroup/all/pod/a/cgroup.procs', '');
    await harness.housekeep();
    harness.sample();
    assert.deepEqual(interfaces(harness, '/all/pod/a'), []);
    assert.equal(harness.producer.control.get('liveSeries'), series - 8);
    harness.close();
  });

  it('ends the series of an interface that is gone, counts a garbled line', () => {
    const tree = podHost();
    const harness = open(tree);
    tree.write('proc/10/net/dev', netDev({ lo: 1, eth0: 5, eth1: 7 }));
    harness.sample();
    assert.deepEqual(interfaces(harness, '/all/pod/a'), ['eth0', 'eth1']);
    tree.write('proc/10/net/dev', `${netDev({ eth1: 8 })}  eth2: 1 2 3\n`);
    harness.sample();
    assert.deepEqual(interfaces(harness, '/all/pod/a'), ['eth1']);
    assert.equal(harness.value('/all/pod/a', 'net.rbytes64', 'eth1'), 8n);
    assert.ok(harness.producer.control.get('parseErrors') > 0);
    harness.close();
  });
});
