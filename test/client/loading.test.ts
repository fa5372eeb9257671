// What a consumer's process loads along with the client library: zeromq, the wire code, the schema, and no agent.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);

/** Modules of ours and packages that a process loads which imports the client library and subscribes. */
function loadedModules(): { files: string[]; packages: string[] } {
  const script = `
    import { createRequire, register } from 'node:module';
    register(${JSON.stringify(new URL('test/support/loaded-hooks.js', ROOT).href)});
    const { subscribe } = await import(${JSON.stringify(new URL('src/main/client/subscribe.js', ROOT).href)});
    subscribe({ connect: 'ipc:///nobody/there' }).close();
    // What CommonJS packages load by themselves does not pass the hooks.
    const { writeSync } = await import('node:fs');
    for (const path of Object.keys(createRequire(import.meta.url).cache)) writeSync(3, 'file://' + path + '\\n');
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    timeout: 60_000,
  });
  assert.equal(child.status, 0);
  const urls = child.output[3]!.toString().trim().split('\n');
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const files = urls.filter((url) => url.startsWith(ROOT.href)).map((url) => url.slice(ROOT.href.length));
  return { files: [...new Set(files)].sort(), packages: [...new Set(packages)].sort() };
}

test('the client library loads zeromq and the wire code, and nothing of the agent', () => {
  const { files, packages } = loadedModules();
  assert.ok(files.includes('src/main/client/subscribe.js') && files.includes('src/main/wire/decode.js'), `${files}`);
  for (const file of files)
    assert.match(file, /^src\/main\/(client|wire)\/|^src\/ring\/u64\.js$|^test\/support\/loaded/);
  const allowed =
    /^(zeromq|cmake-ts|node-addon-api|protobufjs|@protobufjs\/.+|long|msgpackr|msgpackr-extract|@msgpackr-extract\/.+|node-gyp-build-optional-packages|detect-libc)$/;
  for (const name of packages) assert.match(name, allowed);
  assert.ok(packages.includes('zeromq') && packages.includes('protobufjs'), `${packages}`);
});

test('the schema is found from where the module is, not from the working directory', () => {
  const script = `await import(${JSON.stringify(new URL('src/main/client/subscribe.js', ROOT).href)});`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: '/', encoding: 'utf8' });
  assert.equal(child.stderr, '');
  assert.equal(child.status, 0);
});
