// What `npm pack` gives: it runs and can be imported on its own, typed, and holds nothing that users have no use for.
// The dependencies are linked from this checkout, so that the test needs no registry.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
let directory: string;
let installed: string;
let listed: string[];

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'zonecast-pack-'));
  // The checkout is built: packing must not build again, under the feet of the other tests.
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as unknown;
  const [{ filename, files }] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as [
    { filename: string; files: { path: string }[] },
  ];
  listed = files.map(({ path }) => path);
  installed = join(directory, 'node_modules', 'zonecast');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, filename), '--strip-components=1', '-C', installed]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types/node', 'typescript']) {
    const link = join(directory, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
});

after(() => rmSync(directory, { recursive: true, force: true }));

test('the package holds the built product, the schema and its pages, and no sources, tests or benches', () => {
  const top = new Set(listed.map((path) => path.split('/').slice(0, 2).join('/')));
  assert.deepEqual(
    [...top].sort(),
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/src',
      'docs/CONFIG.md',
      'docs/FIELDS.md',
      'package.json',
      'proto/zonecast.proto',
    ].sort(),
  );
  assert.deepEqual(
    listed.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
    [],
  );
  assert.ok(listed.includes('dist/src/workers/entry.js'), 'the workers, which nothing imports, are in it');
});

test('the executable runs from the package', () => {
  const bin = (JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { bin: { zonecast: string } }).bin;
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(installed, bin.zonecast), ...args], { encoding: 'utf8', cwd: directory });
  const version = run('--version');
  assert.match(version.stdout, /^(zonecast )?\d+\.\d+\.\d+/);
  assert.equal(version.status, 0);
  const brief = run('-q', '-d', '50', '--duration', '300ms');
  assert.equal(brief.stderr.match(/ error /), null, brief.stderr);
  assert.equal(brief.status, 0, brief.stderr);
});

test('the client can be imported from the package, and its types are right', () => {
  writeFileSync(
    join(directory, 'consumer.mts'),
    `import { subscribe, type Packet } from 'zonecast/client';
const subscription = subscribe({ connect: 'tcp://127.0.0.1:9', zones: ['global'], queue: 10 });
export async function first(): Promise<bigint | undefined> {
  for await (const packet of subscription) {
    const typed: Packet = packet;
    const name: string = typed.name;
    const reads: number | undefined = typed.disk[0]?.reads;
    // @ts-expect-error 64-bit counters are bigint
    const wrong: number | undefined = typed.disk[0]?.nread;
    console.log(name, reads, wrong);
    return typed.mem[0]?.rss;
  }
  return undefined;
}
subscription.close();
console.log(subscription.stats.received);
`,
  );
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', 'consumer.mts'];
  const compiled = spawnSync(process.execPath, [tsc, ...options], { cwd: directory, encoding: 'utf8' });
  assert.equal(compiled.status, 0, compiled.stdout);
  const output = execFileSync(process.execPath, ['consumer.mjs'], { cwd: directory, encoding: 'utf8' });
  assert.equal(output, '0\n');
});
