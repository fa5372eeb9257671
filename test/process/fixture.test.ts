// The source on a made-up /proc: counts by zone, the lists, and what happens when processes come, go and move.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { PAGE_BYTES } from '../../src/workers/linux/page-size.js';
import { source } from '../../src/workers/process/source.js';
import { SourceUnavailable } from '../../src/workers/source.js';
import { CgroupTree, type ProcessSettings } from '../support/cgroup-tree.js';
import { SourceHarness } from '../support/source-harness.js';

const trees: CgroupTree[] = [];
after(() => {
  for (const tree of trees) tree.delete();
});

function newHost(): CgroupTree {
  const tree = new CgroupTree();
  trees.push(tree);
  tree.fill('cgroup', { 'cgroup.controllers': 'cpu memory\n', 'cgroup.procs': '1\n' });
  tree.fill('cgroup/all/web', { 'cgroup.procs': '' });
  tree.fill('cgroup/all/db', { 'cgroup.procs': '' });
  tree.process(1, { command: 'init' });
  tree.process(2, { command: 'kthreadd' });
  return tree;
}

const at = (path: string, settings: ProcessSettings = {}): ProcessSettings => ({ cgroup: `0::${path}\n`, ...settings });

function open(tree: CgroupTree, options: Record<string, unknown> = {}): SourceHarness {
  return new SourceHarness(source, { paths: tree.paths, options });
}

/** Elements listed in a zone: `pid,execname`. */
const listed = (harness: SourceHarness, zone: string): string[] =>
  harness
    .fieldsOf(zone)
    .filter((key) => key.startsWith('process.usage|'))
    .map((key) => key.slice('process.usage|'.length))
    .sort();

describe('source process', () => {
  it('counts every process for the host, and in its zone and those around it', () => {
    const tree = newHost();
    tree.process(10, at('/all/web'));
    tree.process(11, at('/all/web'));
    tree.process(12, at('/all/db'));
    tree.process(13, at('/all'));
    const harness = open(tree);
    harness.sample();
    const counts = ['global', '/all', '/all/web', '/all/db'].map((zone) => harness.value(zone, 'processes'));
    assert.deepEqual(counts, [6n, 4n, 2n, 1n]);
    assert.deepEqual(
      [...harness.zones.values()].map(({ owned }) => owned),
      [false, false, false, false],
    );
    assert.equal(harness.zones.get('global')?.kind, 'host');
    harness.close();
  });

  it('tells usage, core, memory and threads of a process', () => {
    const tree = newHost();
    tree.process(
      10,
      at('/all/web', { command: 'my (odd) cmd', utime: 30, stime: 12, threads: 5, rssPages: 7, processor: 3 }),
    );
    const harness = open(tree);
    harness.sample();
    for (const zone of ['global', '/all', '/all/web']) {
      const value = (field: string): bigint | undefined =>
        harness.value(zone, `process.${field}`, '10', 'my (odd) cmd');
      assert.deepEqual(
        [value('usage'), value('cpu'), value('rss'), value('threads')],
        [2099n, 3n, BigInt(7 * PAGE_BYTES), 5n],
      );
    }
    const put = new Set(harness.fieldsOf('/all/web').map((key) => key.split('|')[0]!));
    const declared = source.fields.map(({ path }) => path).filter((path) => !/\.(pid|execname)$/.test(path));
    assert.deepEqual([...put].sort(), declared.sort());
    harness.close();
  });

  it('lists those that used most since the last scan, and ends the series of those that leave', () => {
    const tree = newHost();
    for (let pid = 10; pid < 15; pid++) tree.process(pid, at('/all/web', { utime: pid * 100 }));
    const harness = open(tree, { top: 2 });
    harness.sample();
    assert.deepEqual(listed(harness, '/all/web'), ['13,sh', '14,sh']);
    const series = harness.producer.control.get('liveSeries');
    tree.process(10, at('/all/web', { utime: 1050 }));
    tree.process(11, at('/all/web', { utime: 1101 }));
    tree.process(14, at('/all/web', { utime: 1402 }));
    harness.sample();
    assert.deepEqual(listed(harness, '/all/web'), ['10,sh', '14,sh']);
    assert.equal(harness.producer.control.get('liveSeries'), series);
    // Nobody used anything: the list stays.
    harness.sample();
    assert.deepEqual(listed(harness, '/all/web'), ['10,sh', '14,sh']);
    assert.equal(harness.stray, 0);
    harness.close();
  });

  it('tells a process that runs another program, and one that reuses a pid, from the one before', () => {
    const tree = newHost();
    tree.process(10, at('/all/web', { command: 'sh', utime: 500 }));
    const harness = open(tree);
    harness.sample();
    tree.process(10, at('/all/web', { command: 'nginx', utime: 500 }));
    harness.sample();
    assert.deepEqual(listed(harness, '/all/web'), ['10,nginx']);
    tree.process(10, at('/all/db', { command: 'nginx', utime: 3, startTime: 200 }));
    harness.sample();
    assert.deepEqual(listed(harness, '/all/web'), []);
    assert.deepEqual(listed(harness, '/all/db'), ['10,nginx']);
    assert.equal(harness.value('/all/db', 'process.usage', '10', 'nginx'), 149n);
    assert.equal(harness.value('/all/web', 'processes'), 0n);
    harness.close();
  });

  it('notices within 5 s a process that was moved', () => {
    const tree = newHost();
    for (let pid = 10; pid < 20; pid++) tree.process(pid, at('/all/web'));
    const harness = open(tree, { intervalMs: 1000 });
    for (let scan = 0; scan < 4; scan++) harness.sample();
    for (let pid = 10; pid < 20; pid++) tree.process(pid, at('/all/db'));
    for (let scan = 0; scan < 5; scan++) harness.sample();
    assert.deepEqual([harness.value('/all/web', 'processes'), harness.value('/all/db', 'processes')], [0n, 10n]);
    harness.close();
  });

  it('ends what has gone: processes, and zones whose cgroup was removed', () => {
    const tree = newHost();
    const harness = open(tree);
    harness.sample();
    const before = ['liveSeries', 'liveZones'].map((name) => harness.producer.control.get(name as 'liveSeries'));
    for (let pid = 10; pid < 60; pid++) tree.process(pid, at(pid % 2 ? '/all/web' : '/all/web/nested'));
    tree.fill('cgroup/all/web/nested', { 'cgroup.procs': '' });
    harness.sample();
    assert.equal(harness.value('/all/web', 'processes'), 50n);
    for (let pid = 10; pid < 60; pid++) tree.remove(`proc/${pid}`);
    harness.sample();
    assert.equal(harness.value('/all/web', 'processes'), 0n);
    tree.remove('cgroup/all');
    harness.sample();
    const now = ['liveSeries', 'liveZones'].map((name) => harness.producer.control.get(name as 'liveSeries'));
    assert.deepEqual(now, before);
    assert.deepEqual([...harness.zones.keys()], ['global']);
    assert.equal(harness.producer.control.get('readErrors'), 0);
    harness.close();
  });

  it('counts nothing where it can not see everything, and says so', () => {
    const tree = newHost();
    tree.process(10, at('/all/web'));
    tree.remove('proc/1');
    const harness = open(tree);
    harness.sample();
    harness.sample();
    assert.equal(harness.value('global', 'processes'), undefined);
    assert.equal(harness.value('/all/web', 'processes'), undefined);
    assert.deepEqual(listed(harness, '/all/web'), ['10,sh']);
    assert.equal(harness.notes.length, 1);
    harness.close();
    assert.match(source.probe(tree.paths, {}).shortfalls[0]!.why, /hidepid/);
  });

  it('counts a garbled file and goes on', () => {
    const tree = newHost();
    tree.process(10, at('/all/web'));
    tree.write('proc/11/stat', 'nonsense');
    const harness = open(tree);
    harness.sample();
    assert.equal(harness.producer.control.get('parseErrors'), 1);
    assert.deepEqual(listed(harness, '/all/web'), ['10,sh']);
    harness.close();
  });

  it('is unavailable without procfs', () => {
    const paths = { ...newHost().paths, procfs: '/nonexistent' };
    assert.throws(() => new SourceHarness(source, { paths }), SourceUnavailable);
    assert.equal(source.probe(paths, {}).available, false);
  });
});
