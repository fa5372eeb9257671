// The source on this machine's own /proc; with root also in a cgroup of the test's own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { source } from '../../src/workers/process/source.js';
import { RealCgroup, realCgroupsMissing } from '../support/real-cgroup.js';
import { SourceHarness } from '../support/source-harness.js';
import { until } from '../support/until.js';

const skip = process.platform === 'linux' ? false : 'needs Linux';

describe('source process on this machine', { skip }, () => {
  const busy = spawn(process.execPath, ['-e', "process.title = 'zonecast busy'; for (;;) {}"], { stdio: 'ignore' });
  after(() => {
    busy.kill('SIGKILL');
  });

  it('counts what /proc lists, and lists a busy loop with what it used', async () => {
    const harness = new SourceHarness(source);
    await until(() => {
      harness.sample();
      return harness.value('global', 'process.usage', String(busy.pid), 'zonecast busy') !== undefined;
    }, 'the busy loop in the list');
    const usage = (): number => Number(harness.value('global', 'process.usage', String(busy.pid), 'zonecast busy'));
    const from = usage();
    await until(() => {
      harness.sample();
      return usage() - from > 4999 / 4;
    }, 'a quarter of a second of CPU time in the list');
    const count = (): number => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    await until(() => {
      const before = count();
      harness.sample();
      return before === count() && harness.value('global', 'processes') === BigInt(before);
    }, 'the same count as a listing of /proc');
    assert.equal(harness.producer.control.get('parseErrors'), 0);
    harness.close();
  });

  it('counts the processes of a cgroup', { skip: realCgroupsMissing() }, async () => {
    const cgroup = new RealCgroup('process');
    try {
      cgroup.add(busy.pid!);
      const harness = new SourceHarness(source);
      harness.sample();
      assert.equal(harness.value(cgroup.path, 'processes'), 1n);
      assert.ok(harness.fieldsOf(cgroup.path).some((key) => key.startsWith(`process.usage|${busy.pid},`)));
      harness.close();
    } finally {
      const exited = once(busy, 'exit');
      busy.kill('SIGKILL');
      await exited;
      cgroup.remove();
    }
  });
});
