// The source self: the numbers of this process and of the main thread, and the host's clock as tools tell it, with
// stand-ins for the tools on a search path of the test's own.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ClockInquiry, clockTools } from '../../src/workers/self/clock-inquiry.js';
import { CLOCK_TOOLS, parseAdjtimex, parseChrony, parseTimedatectl } from '../../src/workers/self/clock-state.js';
import { SELF_FIELDS } from '../../src/workers/self/fields.js';
import { source } from '../../src/workers/self/source.js';
import { until } from '../support/until.js';
import { SourceReader } from './host-tree.js';

const directory = mkdtempSync(join(tmpdir(), 'zonecast-self-'));
const searchPath = process.env['PATH'];
after(() => {
  process.env['PATH'] = searchPath;
  rmSync(directory, { recursive: true });
});

/** Makes `name` a command that runs `script`; it alone is on the search path, besides the shell's own tools. */
function install(name: string, script: string): void {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  process.env['PATH'] = directory;
}

const PATHS = { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' };

test('what chronyc, adjtimex and timedatectl print', () => {
  // The bound is |system time| + root dispersion + root delay / 2: 12.3 us + 500 us + 400 us.
  const tracking =
    'C0A80001,192.168.0.1,3,1700000000.123456789,-0.000012300,0.000004000,0.000021000,-17.2,0.001,0.05,0.000800000,0.000500000,64.4,';
  assert.deepEqual(parseChrony(`${tracking}Normal\n`), { synchronized: true, estimatedErrorUs: 21, maxErrorUs: 912 });
  assert.deepEqual(parseChrony(`${tracking}Not synchronised\n`), {
    synchronized: false,
    estimatedErrorUs: undefined,
    maxErrorUs: undefined,
  });
  const adjtimex = (status: number): string =>
    `         mode: 0\n       offset: -23\n     maxerror: 312500\n     esterror: 1200\n       status: ${status}\n`;
  assert.deepEqual(parseAdjtimex(adjtimex(0x2001)), {
    synchronized: true,
    estimatedErrorUs: 1200,
    maxErrorUs: 312500,
  });
  assert.equal(parseAdjtimex(adjtimex(0x40))?.synchronized, false);
  assert.equal(parseTimedatectl('NTPSynchronized=yes\n')?.synchronized, true);
  assert.equal(parseTimedatectl('NTPSynchronized=no\n')?.synchronized, false);
  for (const tool of CLOCK_TOOLS) {
    for (const text of ['', '\n', '506 Cannot talk to daemon\n', 'a,b,c', ',,,,,,x,,,,,,,Normal']) {
      assert.equal(tool.parse(text), undefined, `${tool.command}: ${text}`);
    }
  }
});

test('the first tool that answers is believed; one that fails or talks nonsense is passed over', async () => {
  install('chronyc', 'echo "506 Cannot talk to daemon"; exit 1');
  install('adjtimex', 'echo nonsense');
  install('timedatectl', 'echo NTPSynchronized=yes');
  const inquiry = new ClockInquiry(clockTools());
  inquiry.ask();
  let answer = inquiry.take();
  await until(() => {
    answer ??= inquiry.take();
    return answer !== undefined;
  }, 'an answer');
  assert.deepEqual(answer, { synchronized: true, estimatedErrorUs: undefined, maxErrorUs: undefined });
  assert.equal(inquiry.take(), undefined, 'an answer is taken once');
  inquiry.close();
});

test('without a tool there is no answer, and the probe says what to do', () => {
  process.env['PATH'] = join(directory, 'nowhere');
  assert.deepEqual(clockTools(), []);
  const report = source.probe(PATHS, {});
  assert.equal(report.available, true);
  assert.deepEqual(
    report.shortfalls.map((shortfall) => shortfall.what),
    ['clock'],
  );
  const inquiry = new ClockInquiry();
  inquiry.ask();
  assert.equal(inquiry.take(), undefined);
});

test('the agent and the clock, as packets carry them', async () => {
  install('chronyc', 'echo "C0A80001,x,3,1,0.000001,0,0.000002,0,0,0,0.000002,0.000003,64,Normal"');
  const reader = new SourceReader(source, PATHS, { clockEveryMs: 1 });
  reader.stats.set('packets', 123_456_789_012);
  reader.stats.set('loopDelayP99Ns', 1500.4);
  let values = reader.tick();
  const usage = process.resourceUsage();
  assert.equal(values.get('agent.packets'), 123_456_789_012n);
  assert.equal(values.get('agent.loop_delay_p99_ns'), 1500n);
  const userUs = Number(values.get('agent.cpu_user_us'));
  assert.ok(userUs > 0 && userUs <= usage.userCPUTime);
  const rss = Number(values.get('agent.rss'));
  assert.ok(rss > 10e6 && Math.abs(rss - process.memoryUsage.rss()) < 50e6);
  assert.equal(values.has('clock.synchronized'), false, 'no answer yet');
  await until(() => {
    reader.source.housekeep?.();
    values = reader.tick();
    return values.has('clock.synchronized');
  }, 'the clock');
  assert.equal(values.get('clock.synchronized'), 1n);
  assert.equal(values.get('clock.estimated_error_us'), 2n);
  assert.equal(values.get('clock.max_error_us'), 5n);
  const declared = new Set(SELF_FIELDS.map((field) => field.path));
  assert.deepEqual(new Set(values.keys()), declared);
  reader.source.close();
});
