import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cgroupHierarchies, type Hierarchy, layoutOf, zonePathOf } from '../../src/workers/linux/cgroup-mounts.js';

const root = mkdtempSync(join(tmpdir(), 'zonecast-mounts-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** A host whose files are these; a name that ends in a slash is a directory. */
function host(files: Record<string, string>): { procfs: string; sysfs: string; cgroupfs: string } {
  const base = join(root, String(made++));
  for (const [name, text] of Object.entries(files)) {
    const path = join(base, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, text);
  }
  return { procfs: join(base, 'proc'), sysfs: join(base, 'sys'), cgroupfs: join(base, 'cgroup') };
}

const shape = (found: readonly Hierarchy[], base: string): unknown[] =>
  found.map(({ version, controllers, directory, root: seen }) => [
    version,
    controllers.join(),
    directory.slice(base.length),
    seen,
  ]);

const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:32 / /elsewhere/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
`;

describe('cgroupHierarchies', () => {
  it('reads a hybrid layout from mountinfo', () => {
    const paths = host({
      'proc/self/mountinfo': HYBRID,
      'cgroup/cpu,cpuacct/': '',
      'cgroup/memory/': '',
      'cgroup/systemd/': '',
      'cgroup/cpuset/': '',
      'cgroup/unified/cgroup.controllers': 'hugetlb\n',
    });
    const found = cgroupHierarchies(paths);
    assert.deepEqual(shape(found, paths.cgroupfs), [
      [1, 'name=systemd', '/systemd', '/'],
      [1, 'memory', '/memory', '/'],
      [1, 'cpu,cpuacct', '/cpu,cpuacct', '/'],
      [2, 'hugetlb', '/unified', '/'],
    ]);
    assert.equal(layoutOf(found), 'hybrid');
  });

  it('reads pure v2, seen from inside a container', () => {
    const paths = host({
      'proc/self/mountinfo': '30 20 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n',
      'cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
    });
    const found = cgroupHierarchies(paths);
    assert.deepEqual(shape(found, paths.cgroupfs), [[2, 'cpuset,cpu,io,memory,pids', '', '/docker/abc']]);
    assert.equal(layoutOf(found), 'v2');
  });

  it('tells a tree that nothing is mounted on by its shape', () => {
    const v2 = host({ 'cgroup/cgroup.controllers': 'cpu memory\n' });
    assert.deepEqual(shape(cgroupHierarchies(v2), v2.cgroupfs), [[2, 'cpu,memory', '', '/']]);
    const v1 = host({
      'cgroup/cpu,cpuacct/cgroup.procs': '',
      'cgroup/memory/cgroup.procs': '',
      'cgroup/systemd/cgroup.procs': '',
      'cgroup/freezer/cgroup.procs': '',
      'cgroup/empty/': '',
    });
    symlinkSync('cpu,cpuacct', join(v1.cgroupfs, 'cpu'));
    const found = cgroupHierarchies(v1);
    assert.deepEqual(shape(found, v1.cgroupfs), [
      [1, 'name=systemd', '/systemd', '/'],
      [1, 'memory', '/memory', '/'],
      [1, 'cpu,cpuacct', '/cpu,cpuacct', '/'],
    ]);
    assert.equal(layoutOf(found), 'v1');
  });

  it('finds none where there is none', () => {
    assert.deepEqual(cgroupHierarchies(host({ 'proc/self/mountinfo': '\n\ngarbage\n1 2 3\n' })), []);
    assert.deepEqual(cgroupHierarchies(host({})), []);
  });
});

describe('zonePathOf', () => {
  const hierarchy = (version: 1 | 2, controllers: string[], seen = '/'): Hierarchy => ({
    version,
    controllers,
    directory: '/x',
    root: seen,
  });
  const hybrid = [
    hierarchy(1, ['name=systemd']),
    hierarchy(1, ['memory']),
    hierarchy(1, ['cpu', 'cpuacct']),
    hierarchy(2, []),
  ];

  it('goes by the first hierarchy in which the process is in a zone', () => {
    const text = '9:name=systemd:/\n4:memory:/process_api/a\n2:cpu,cpuacct:/b\n0::/c\n';
    assert.equal(zonePathOf(text, hybrid), '/process_api/a');
    assert.equal(zonePathOf(text.replace('d:/\n', 'd:/system.slice/x.service\n'), hybrid), '/system.slice/x.service');
    assert.equal(zonePathOf('9:name=systemd:/\n4:memory:/\n0::/\n', hybrid), '/');
    assert.equal(zonePathOf('0::/with:colon\n', [hierarchy(2, ['memory'])]), '/with:colon');
  });

  it('strips what lies above a mount that shows a part only', () => {
    const inside = [hierarchy(2, ['memory'], '/docker/abc')];
    assert.equal(zonePathOf('0::/docker/abc/x\n', inside), '/x');
    assert.equal(zonePathOf('0::/docker/abc\n', inside), '/');
    assert.equal(zonePathOf('0::/docker/abcd\n', inside), undefined);
    assert.equal(zonePathOf('0::/../../other\n', [hierarchy(2, [])]), undefined);
    assert.equal(zonePathOf('garbage', hybrid), undefined);
  });
});
