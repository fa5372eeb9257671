// The generated pages are fresh, and what they are generated from fits the schema.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AGENT_FIELDS } from '../support/agent-fields.js';
import { declaredFields, fieldsPage, schemaPaths } from '../support/fields-page.js';
import { layoutPage } from '../support/layout-page.js';

// From the compiled file, <out>/test/architecture/.
const committed = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/LAYOUT.md is what the code says', () => {
  assert.equal(committed('LAYOUT.md'), layoutPage(), 'run: npm run docs');
});

test('docs/FIELDS.md is what the sources declare', async () => {
  assert.equal(committed('FIELDS.md'), await fieldsPage(), 'run: npm run docs');
});

test('every declared field is in the schema, and its declaration is complete', async () => {
  const paths = new Set(schemaPaths());
  assert.ok(paths.size > 100);
  for (const { name, fields } of await declaredFields()) {
    assert.ok(fields.length > 0, `${name} declares nothing`);
    for (const { path, unit, absent, origin } of fields) {
      assert.ok(paths.has(path), `${name} declares ${path}, which the schema lacks`);
      assert.ok(unit.length > 0 && absent.trim().length > 0 && Object.keys(origin).length > 0, `${name} ${path}`);
      for (const from of Object.values(origin))
        assert.ok(from.trim().length > 0, `${name} ${path} has an empty origin`);
    }
  }
  for (const { path } of AGENT_FIELDS) assert.ok(paths.has(path), `the agent fills ${path}, which the schema lacks`);
});

test('no field is declared twice for the same packets by one source', async () => {
  for (const { name, fields } of await declaredFields()) {
    const seen = new Set<string>();
    for (const { path, scope } of fields) {
      for (const packets of scope === 'both' ? ['global', 'zone'] : [scope]) {
        assert.ok(!seen.has(`${path} ${packets}`), `${name} declares ${path} twice for ${packets}`);
        seen.add(`${path} ${packets}`);
      }
    }
  }
});
