import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ZoneTable } from '../../src/main/zone-table.js';
import type { ZoneIdentity } from '../../src/ring/definition.js';

function identity(key: string, name: string, owned = true): ZoneIdentity {
  return { key, name, kind: 'cgroup', containerId: '', inode: '', owned };
}

test('the host is there from the start and always first', () => {
  const table = new ZoneTable();
  table.refer(identity('/a', 'a'));
  assert.deepEqual(
    table.published.map((zone) => zone.name),
    ['global', 'a'],
  );
  assert.deepEqual(table.names, ['a']);
});

test('a zone is published while somebody owns it, and forgotten when nobody refers to it', () => {
  const table = new ZoneTable();
  const referred = table.refer(identity('/a', 'a', false));
  assert.deepEqual(table.names, []);
  const owned = table.refer(identity('/a', 'a'));
  assert.equal(owned, referred);
  assert.deepEqual(table.names, ['a']);
  table.unrefer(owned, true);
  assert.deepEqual(table.names, []);
  table.unrefer(referred, false);
  const again = table.refer(identity('/a', 'a'));
  assert.notEqual(again, referred);
});

test('names are unique: the second of a name goes by its key, and nobody is called global but the host', () => {
  const table = new ZoneTable();
  table.refer(identity('/user-1/app.service', 'app.service'));
  const second = table.refer(identity('/user-2/app.service', 'app.service'));
  const impostor = table.refer(identity('/global', 'global'));
  const nameIsAKey = table.refer(identity('/x', '/user-2/app.service'));
  assert.equal(second.name, '/user-2/app.service');
  assert.equal(impostor.name, '/global');
  assert.equal(nameIsAKey.name, '/x');
  assert.equal(new Set(table.names).size, table.names.length);
});

test('a freed name can be had again', () => {
  const table = new ZoneTable();
  const first = table.refer(identity('/a', 'web'));
  table.unrefer(first, true);
  assert.equal(table.refer(identity('/b', 'web')).name, 'web');
});

test('two sources that define the same series share its cell until both have ended it', () => {
  const table = new ZoneTable();
  const zone = table.refer(identity('/a', 'a'));
  const before = table.cells.live;
  const one = table.addSeries(zone, 'disk.nread', ['vda']);
  const two = table.addSeries(zone, 'disk.nread', ['vda']);
  const other = table.addSeries(zone, 'disk.nread', ['vdb']);
  assert.equal(one.cell, two.cell);
  assert.notEqual(one.cell, other.cell);
  table.dropSeries(zone, one);
  assert.equal(zone.series.size, 2);
  table.dropSeries(zone, two);
  table.dropSeries(zone, other);
  assert.equal(zone.series.size, 0);
  assert.equal(table.cells.live, before);
});

test('ten thousand zones that come and go leave nothing behind', () => {
  const table = new ZoneTable();
  const cells = table.cells.live;
  let slots = 0;
  for (let i = 0; i < 10_000; i++) {
    const zone = table.refer(identity(`/z${i}`, `z${i}`));
    slots = Math.max(slots, zone.slot);
    const series = table.addSeries(zone, 'mem.rss', []);
    table.dropSeries(zone, series);
    table.unrefer(zone, true);
  }
  assert.equal(table.published.length, 1);
  assert.equal(table.cells.live, cells);
  assert.ok(slots <= 1, `slots are reused, but ${slots} was reached`);
});
