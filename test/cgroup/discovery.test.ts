// Discovery on directories of its own: by events, by the audit of what events missed, by walking.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Discovery, type DiscoverySettings } from '../../src/workers/cgroup/discovery.js';
import type { Hierarchy } from '../../src/workers/linux/cgroup-mounts.js';
import { CgroupTree } from '../support/cgroup-tree.js';

const trees: CgroupTree[] = [];
after(() => {
  for (const tree of trees) tree.delete();
});

class Scene {
  readonly tree = new CgroupTree();
  readonly changed = new Set<string>();
  readonly notes: string[] = [];
  readonly discovery: Discovery;
  nowMs = 0;

  constructor(directories: readonly string[], settings: Partial<DiscoverySettings> = {}) {
    trees.push(this.tree);
    const hierarchy = (name: string): Hierarchy => ({
      version: 1,
      controllers: [name],
      directory: `${this.tree.root}/cgroup/${name}`,
      root: '/',
    });
    for (const name of ['memory', 'pids', ...directories]) this.make(name);
    this.discovery = new Discovery(
      {
        hierarchies: [hierarchy('memory'), hierarchy('pids')],
        changed: (path) => this.changed.add(path),
        note: (detail) => this.notes.push(detail),
        ...settings,
      },
      this.nowMs,
    );
  }

  make(path: string): void {
    this.tree.fill(`cgroup/${path}`, { 'cgroup.procs': '' });
  }

  remove(path: string): void {
    this.tree.remove(`cgroup/${path}`);
  }

  /** Polls some time later. @param turn whether the event loop turns before */
  async poll(afterMs = 1, turn = true): Promise<string[]> {
    this.changed.clear();
    this.nowMs += afterMs;
    if (turn) for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
    this.discovery.poll(this.nowMs);
    return [...this.changed].sort();
  }

  where(path: string): string[] {
    return this.discovery.directoriesOf(path).map(({ hierarchy }) => hierarchy.controllers[0]!);
  }
}

describe('Discovery', () => {
  it('walks the trees at first', () => {
    const scene = new Scene(['memory/a', 'memory/a/b', 'pids/a', 'pids/c']);
    assert.deepEqual([...scene.changed].sort(), ['/a', '/a/b', '/c']);
    assert.deepEqual(
      [scene.where('/a'), scene.where('/a/b'), scene.where('/c')],
      [['memory', 'pids'], ['memory'], ['pids']],
    );
    const [a, b] = ['/a', '/c'].map((path) => scene.discovery.directoriesOf(path)[0]!);
    assert.equal(a!.files, b!.files);
    assert.ok(a!.files.has('cgroup.procs'));
    scene.discovery.close();
  });

  it('follows what is made and removed, whole subtrees at once too', async () => {
    const scene = new Scene(['memory/a']);
    scene.make('memory/a/b/c/d');
    scene.make('pids/x');
    assert.deepEqual(await scene.poll(), ['/a/b', '/a/b/c', '/a/b/c/d', '/x']);
    scene.make('memory/a/b/c/e');
    scene.remove('memory/a/b/c/d');
    assert.deepEqual(await scene.poll(), ['/a/b/c/d', '/a/b/c/e']);
    scene.remove('memory/a');
    assert.deepEqual(await scene.poll(), ['/a', '/a/b', '/a/b/c', '/a/b/c/e']);
    assert.deepEqual(await scene.poll(), []);
    assert.deepEqual(scene.discovery.counts, { watched: 3, known: 1 });
    assert.equal(scene.discovery.missed, 0);
    scene.discovery.close();
    assert.deepEqual(scene.discovery.counts, { watched: 0, known: 0 });
  });

  it('notices one that was removed and made again between two polls', async () => {
    const scene = new Scene(['memory/a', 'memory/a/b']);
    const before = scene.discovery.directoriesOf('/a')[0]!.inode;
    scene.remove('memory/a');
    // Another directory in between takes the inode number, which file systems like to give out again at once.
    scene.make('memory/z');
    scene.make('memory/a');
    assert.deepEqual(await scene.poll(), ['/a', '/a/b', '/z']);
    assert.notEqual(scene.discovery.directoriesOf('/a')[0]!.inode, before);
    assert.deepEqual(scene.where('/a/b'), []);
    scene.discovery.close();
  });

  it('is silent about what came and went between two polls', async () => {
    const scene = new Scene([]);
    for (let i = 0; i < 200; i++) {
      scene.make(`memory/t${i}`);
      scene.remove(`memory/t${i}`);
    }
    assert.deepEqual(await scene.poll(), []);
    assert.equal(scene.discovery.missed, 0);
    scene.discovery.close();
  });

  it('takes many at once', async () => {
    const scene = new Scene([]);
    for (let i = 0; i < 1000; i++) scene.make(`pids/p${i}`);
    assert.equal((await scene.poll()).length, 1000);
    for (let i = 0; i < 1000; i += 2) scene.remove(`pids/p${i}`);
    assert.equal((await scene.poll()).length, 500);
    assert.equal(scene.discovery.counts.known, 500);
    assert.equal(scene.discovery.missed, 0);
    scene.discovery.close();
  });

  it('finds by its audit what no event told, and counts it', async () => {
    const scene = new Scene(['memory/a'], { auditMs: 1000 });
    // As long as the event loop does not turn, no event is delivered.
    scene.make('memory/b');
    scene.remove('memory/a');
    assert.deepEqual(await scene.poll(1000, false), []);
    assert.deepEqual(await scene.poll(0, false), ['/a', '/b']);
    assert.equal(scene.discovery.missed, 2);
    assert.deepEqual(await scene.poll(), []);
    assert.equal(scene.discovery.missed, 2);
    scene.discovery.close();
  });

  it('does not count what the audit saw before its event', async () => {
    const scene = new Scene(['memory/a'], { auditMs: 1000 });
    scene.make('memory/b');
    assert.deepEqual(await scene.poll(1000, false), []);
    assert.deepEqual(await scene.poll(1), ['/b']);
    assert.equal(scene.discovery.missed, 0);
    scene.discovery.close();
  });

  it('walks once a second where it may not watch', async () => {
    const scene = new Scene(['memory/a'], { watch: false });
    assert.equal(scene.discovery.watching, false);
    scene.make('memory/b/c');
    scene.remove('memory/a');
    assert.deepEqual(await scene.poll(999), []);
    assert.deepEqual(await scene.poll(1), ['/a', '/b', '/b/c']);
    assert.deepEqual(scene.discovery.counts, { watched: 0, known: 2 });
    scene.discovery.close();
  });

  it('looks again at one path when told to', () => {
    const scene = new Scene(['memory/a', 'pids/a']);
    scene.changed.clear();
    assert.equal(scene.discovery.recheck('/a'), false);
    scene.tree.write('cgroup/pids/a/pids.current', '1\n');
    assert.equal(scene.discovery.recheck('/a'), true);
    assert.deepEqual([...scene.changed], ['/a']);
    scene.remove('memory/a');
    assert.equal(scene.discovery.recheck('/a'), true);
    assert.deepEqual(scene.where('/a'), ['pids']);
    assert.equal(scene.discovery.recheck('/none'), false);
    scene.discovery.close();
  });
});
