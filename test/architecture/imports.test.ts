// The import rules hold for the sources, and the check would notice if they did not.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { offences, PACKAGE_OWNERS, parseSource, readSources, type SourceFile } from './imports.js';

// From the compiled file, <out>/test/architecture/.
const root = fileURLToPath(new URL('../../..', import.meta.url));

test('nobody imports what is not theirs', () => {
  const files = readSources(root);
  assert.ok(files.length > 20, `only ${files.length} files were found`);
  assert.deepEqual(offences(files), []);
});

test('the client library has its entry, and every dependency its owner', () => {
  assert.ok(existsSync(`${root}/src/main/client/subscribe.ts`));
  const { dependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  assert.deepEqual(Object.keys(dependencies).sort(), Object.keys(PACKAGE_OWNERS).sort());
  const used = new Set(readSources(root).flatMap((file) => file.imports.map((entry) => entry.npm)));
  for (const name of Object.keys(dependencies)) assert.ok(used.has(name), `${name} is installed and never imported`);
});

test('the schema imports nothing', () => {
  assert.doesNotMatch(readFileSync(`${root}/proto/zonecast.proto`, 'utf8'), /^\s*import\b/m);
});

test('imports of every form are found', () => {
  const { imports, lines } = parseSource(
    'src/main/x.ts',
    `// import { a } from './comment.js';
/* import './block.js'; */
import type { A } from '../workers/types.js';
import { type B } from './b.js';
import c, { d } from 'node:fs';
import {
  e,
  type F,
} from '@scope/pkg/deep.js';
import 'side-effect';
export * from './all.js';
export type { G } from './g.js';
export const url = new URL('../workers/entry.js', import.meta.url);
const late = await import('pino');
`,
  );
  assert.equal(lines, 14);
  assert.deepEqual(
    imports.map(({ file, npm, kind }) => [file ?? npm ?? 'node', kind]),
    [
      ['src/workers/types.ts', 'type'],
      // What is left of it after compilation still loads the file.
      ['src/main/b.ts', 'runtime'],
      ['node', 'runtime'],
      ['@scope/pkg', 'runtime'],
      ['side-effect', 'runtime'],
      ['src/main/all.ts', 'runtime'],
      ['src/main/g.ts', 'type'],
      ['pino', 'runtime'],
      ['src/workers/entry.ts', 'url'],
    ],
  );
});

test('every rule can be broken', () => {
  const base: Record<string, string> = {
    'src/ring/a.ts': '',
    'src/ring/u64.ts': '',
    'src/workers/w.ts': "import './v.js';\nimport '../ring/a.js';\n",
    'src/workers/v.ts': '',
    'src/main/supervisor.ts': "import 'piscina';\nnew URL('../workers/w.js', import.meta.url);\n",
    'src/main/m.ts': "import type { T } from '../workers/w.js';\nimport './wire/w.js';\n",
    'src/main/wire/w.ts': "import 'protobufjs';\nimport '../../ring/u64.js';\n",
    'src/main/client/subscribe.ts': "import 'zeromq';\nimport '../wire/w.js';\nimport type { T } from '../m.js';\n",
  };
  const judge = (extra: Record<string, string>): string[] =>
    offences(Object.entries({ ...base, ...extra }).map(([path, text]): SourceFile => parseSource(path, text)));
  assert.deepEqual(judge({}), []);
  const broken: [Record<string, string>, RegExp][] = [
    [{ 'src/ring/a.ts': "import '../workers/v.js';\n" }, /ring.a\.ts must not import src.workers/],
    [{ 'src/ring/a.ts': "import type { T } from '../main/m.js';\n" }, /must not import src.main/],
    [{ 'src/workers/v.ts': "import type { T } from '../main/m.js';\n" }, /must not import src.main/],
    [{ 'src/workers/v.ts': "import 'zeromq';\n" }, /does not own the package zeromq/],
    [{ 'src/main/m.ts': "import { t } from '../workers/w.js';\n" }, /must not import src.workers/],
    [{ 'src/main/m.ts': "new URL('../workers/w.js', import.meta.url);\n" }, /must not import src.workers/],
    [{ 'src/main/m.ts': "import type { P } from 'piscina';\n" }, /does not own the package piscina/],
    [{ 'src/main/m.ts': "import 'left-pad';\n" }, /does not own the package left-pad/],
    [{ 'src/main/m.ts': "import './wire/w';\n" }, /without \.js/],
    [{ 'src/main/m.ts': "import './gone.js';\n" }, /does not exist/],
    [{ 'src/main/m.ts': "import '../../test/t.js';\n", 'test/t.ts': '' }, /must not import test/],
    [
      { 'src/workers/v.ts': "import './w.js';\n" },
      /a cycle: src.workers.w\.ts -> src.workers.v\.ts -> src.workers.w\.ts/,
    ],
    [{ 'src/main/client/subscribe.ts': "import '../m.js';\n" }, /client library loads src.main.m\.ts/],
    [{ 'src/main/wire/w.ts': "import('piscina');\n" }, /client library loads piscina through/],
    [{ 'src/main/m.ts': '\n'.repeat(401) }, /has 401 lines/],
  ];
  for (const [extra, expected] of broken) assert.match(judge(extra).join('\n'), expected);
});
