import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentName, OPTION_NAMES } from '../../src/main/cli/options.js';
import { resolveSettings } from '../../src/main/cli/settings.js';
import { configPage } from '../support/config-page.js';

test('docs/CONFIG.md is what the table of options says', () => {
  // From the compiled file, <out>/test/cli/.
  const committed = readFileSync(new URL('../../../docs/CONFIG.md', import.meta.url), 'utf8');
  assert.equal(committed, configPage(), 'run: npm run docs');
});

test('every option is on the page with its variable', () => {
  const page = configPage();
  for (const name of OPTION_NAMES) assert.ok(page.includes(`\`${environmentName(name)}\``), name);
});

test('the example on the page is a valid file', () => {
  const example = /```toml\n(.*?)```/s.exec(configPage())?.[1];
  assert.ok(example !== undefined);
  const directory = mkdtempSync(join(tmpdir(), 'zonecast-example-'));
  try {
    const config = join(directory, 'zonecast.toml');
    writeFileSync(config, example);
    const { settings } = resolveSettings({ config }, {});
    assert.deepEqual(settings.sources, ['procfs', 'cgroup', 'self']);
    assert.equal(settings['cgroup.every.pressure'], 100);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
