// The file that the supervisor's threads load: it finds every source that ships, and refuses what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import entry from '../../src/workers/entry.js';
import { loadSource, SOURCE_NAMES } from '../../src/workers/registry.js';

const paths = { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' };

test('every source that ships can be loaded, bears its name and declares its fields', async () => {
  for (const name of SOURCE_NAMES) {
    const source = await loadSource(name);
    assert.equal(source.name, name);
    assert.ok(source.fields.length > 0);
    if (source.pace === 'own') assert.ok((source.defaultIntervalMs ?? 0) > 0, `${name} has an interval`);
  }
});

test('a probe comes back as a report', async () => {
  const result = await entry({ kind: 'probe', source: 'self', paths, options: {} });
  assert.equal(result.kind, 'report');
  assert.ok(result.kind === 'report' && result.report.available);
});

test('a name that no source has is refused, those of Object.prototype too', async () => {
  for (const name of ['nosuch', '', 'toString', '__proto__']) {
    await assert.rejects(entry({ kind: 'probe', source: name, paths, options: {} }), /no source is called/);
  }
});
