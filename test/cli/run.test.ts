// The agent as a process: signals, reload, what it prints where, and how it ends. Real sources on this host.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';
import { ZonecastChild } from './zonecast-child.js';

const directory = mkdtempSync(join(tmpdir(), 'zonecast-run-'));
after(() => rmSync(directory, { recursive: true }));
const children: ZonecastChild[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

function start(args: readonly string[], environment?: Readonly<Record<string, string>>): ZonecastChild {
  const child = new ZonecastChild(args, environment);
  children.push(child);
  return child;
}

const QUICK = ['-d', '20', '--sources', 'procfs,self'];
const STARTED = /casting a packet per zone/;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends it with 0`, async () => {
    const port = await freePort();
    const child = start(['-p', String(port), ...QUICK]);
    await child.logged(STARTED);
    assert.match(child.stderr, new RegExp(`to=tcp://127\\.0\\.0\\.1:${port} .*sources="procfs active, self active"`));
    child.process.kill(signal);
    assert.equal(await child.exit(), 0);
    assert.match(child.stderr, new RegExp(`stopping: ${signal} .*packets=\\d+ .*droppedSamples=0\n$`));
    assert.equal(child.stdout, '');
  });
}

test('a signal while it starts ends it with 0 as well', async () => {
  const child = start(['-p', String(await freePort()), '--bind', '*', ...QUICK]);
  // This line stands in the log before the sources have opened.
  await child.logged(/anyone who can reach/);
  child.process.kill('SIGTERM');
  assert.equal(await child.exit(), 0);
});

test('a second signal ends it at once, where Node gets to exit, with 0', async () => {
  const child = start(['-q', ...QUICK]);
  await child.logged(STARTED);
  child.process.kill('SIGTERM');
  child.process.kill('SIGINT');
  const code = await child.exit();
  // On a machine that is busy the exit may not make it in time, and then the process is killed.
  assert.ok(code === 0 || child.process.signalCode === 'SIGKILL', `${code} ${child.process.signalCode}`);
});

test('--duration ends it with 0', async () => {
  const child = start(['-q', '--duration', '300ms', ...QUICK]);
  assert.equal(await child.exit(), 0);
  assert.match(child.stderr, /stopping: the duration is over/);
});

test('a port in use: one line, exit code 1, and nothing is left running', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const child = start(['-p', String(port), ...QUICK]);
  assert.equal(await child.exit(), 1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  assert.equal(
    child.stderr,
    `zonecast: ${endpoint} is in use: stop the program that has it or choose another port with -p\n`,
  );
  server.close();
});

test('an address that is not of this host, a directory that is not there: one line, exit code 1', async () => {
  const cases: readonly (readonly string[])[] = [
    ['--bind', '192.0.2.1'],
    ['--endpoint', `ipc://${directory}/none/z.sock`],
  ];
  for (const args of cases) {
    const child = start([...args, ...QUICK]);
    assert.equal(await child.exit(), 1);
    assert.match(child.stderr, /^zonecast: \S+ is no address.*\n$|^zonecast: \S+: the directory does not exist\n$/);
  }
});

test('--bind to everyone is warned of in one line, to the loopback it is not', async () => {
  const open = start(['-p', String(await freePort()), '--bind', '::', ...QUICK]);
  const closed = start(['-p', String(await freePort()), '--bind', '::1', ...QUICK]);
  for (const child of [open, closed]) {
    await child.logged(STARTED);
    child.process.kill('SIGTERM');
    assert.equal(await child.exit(), 0);
  }
  const warnings = open.stderr.split('\n').filter((line) => line.includes('anyone who can reach'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /tcp:\/\/\[::\]:\d+ can read everything/);
  assert.doesNotMatch(closed.stderr, /anyone who/);
});

test('quiet: the port stays free', async () => {
  const port = await freePort();
  const child = start(['-q', '-p', String(port), ...QUICK]);
  await child.logged(STARTED);
  assert.match(child.stderr, /to="nobody \(quiet\)"/);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  child.process.kill('SIGTERM');
  assert.equal(await child.exit(), 0);
});

test('-vlite prints the UTC time and the ticks of each packet', async () => {
  const child = start(['-vlite', '-q', ...QUICK]);
  await until(() => child.stdout.split('\n').length > 3, 'three lines on stdout');
  child.process.kill('SIGTERM');
  assert.equal(await child.exit(), 0);
  const lines = child.stdout.trimEnd().split('\n');
  for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "global" ticks \d+$/);
  const ticks = lines.map((line) => Number(line.split(' ').at(-1)));
  assert.deepEqual(
    ticks,
    [...ticks].sort((a, b) => a - b),
  );
  assert.ok(ticks.at(-1)! > ticks[0]!);
});

test('-v prints each packet whole, in either form of packets', async () => {
  for (const format of ['protobuf', 'msgpack']) {
    const child = start(['-v', '-p', String(await freePort()), '--format', format, ...QUICK]);
    await until(() => child.stdout.split('Packet sent\n').length > 3, 'three packets on stdout');
    child.process.kill('SIGTERM');
    assert.equal(await child.exit(), 0);
    const packets = child.stdout.split('Packet sent\n').slice(0, -1);
    for (const packet of packets) assert.match(packet, /^BEGIN Zone Packet:\nname: "global"\ntime: \d{10}\n/);
    assert.match(packets.at(-1)!, /^cpu \{\n {2}core: 0\n {2}usage: \d+\n/m);
  }
});

test('it ends with 0 when the reader of its packets goes away', async () => {
  const child = start(['-vlite', '-q', ...QUICK]);
  await until(() => child.stdout !== '', 'something on stdout');
  child.process.stdout!.destroy();
  assert.equal(await child.exit(), 0);
  assert.match(child.stderr, /stopping: nobody reads stdout any more \(EPIPE\)/);
});

test('SIGHUP takes over what changed, leaves what needs a restart, and keeps the old on a mistake', async () => {
  const file = join(directory, 'reload.toml');
  writeFileSync(file, 'delay = 500\n');
  const first = await freePort();
  const child = start(['--config', file, '-p', String(first), '--sources', 'procfs', '--log-json']);
  await child.logged(STARTED);
  const reload = async (text: string, pattern: RegExp): Promise<void> => {
    writeFileSync(file, text);
    child.process.kill('SIGHUP');
    await child.logged(pattern);
  };
  await reload('delay = 20\n', /configuration changed: delay: 500 -> 20/);
  await reload('delay = 20\n', /nothing changed/);
  await reload('delay = 0\n', /the old one stays: \S+reload\.toml:1: delay: 0 is out of range; give 0\.5 to 3600000/);
  await reload('delay = \n', /the old one stays: \S+reload\.toml:1:\d+: /);
  await reload('delay = 20\nhost = "other"\n', /host: .* -> ."other." .* needs a restart/);
  // The command line goes on beating the file.
  await reload('delay = 20\nport = 1\nbind = "::1"\n', /configuration changed: bind: /);
  await reload(`endpoint = ["ipc://${directory}/none/z.sock"]\n`, /the old one stays: .*directory does not exist/);
  await reload('delay = 30\nquiet = true\nlog-level = "warn"\n', /configuration changed: log-level/);
  child.process.kill('SIGTERM');
  assert.equal(await child.exit(), 0);
  for (const line of child.stderr.trimEnd().split('\n')) {
    const { level, time, msg } = JSON.parse(line);
    assert.match(level, /^(info|warn|error)$/);
    assert.ok(!Number.isNaN(Date.parse(time)));
    assert.equal(typeof msg, 'string');
  }
  // Since the level is `warn`, the agent ends without a word.
  assert.doesNotMatch(child.stderr, /stopping/);
});

test('the log says nothing at level silent, and where each setting comes from at level debug', async () => {
  const silent = start(['-q', '--duration', '200ms', '--log-level', 'silent', ...QUICK]);
  assert.equal(await silent.exit(), 0);
  assert.equal(silent.stderr, '');
  const debug = start(['-q', '--duration', '200ms', '--log-level', 'debug', ...QUICK], { ZONECAST_HOST: 'h' });
  assert.equal(await debug.exit(), 0);
  assert.match(debug.stderr, /debug setting host value=h from=ZONECAST_HOST\n/);
  assert.match(debug.stderr, /debug setting port value=7211 from=default\n/);
});

test('without any source that can run here it says why, and ends with 1', async () => {
  const empty = join(directory, 'nothing');
  mkdirSync(empty);
  const child = start(['-q', '--path.procfs', empty, '--sources', 'procfs,process', '-d', '10']);
  assert.equal(await child.exit(), 1);
  assert.match(child.stderr, /warn {2}procfs: disabled: /);
  assert.match(child.stderr, /warn {2}process: disabled: .* has no processes; /);
  assert.match(child.stderr, /error no source can run here/);
});

test('a source that this host can not run is told, and the others run', async () => {
  const empty = join(directory, 'proc');
  mkdirSync(empty);
  const child = start(['-q', '--path.procfs', empty, ...QUICK]);
  await child.logged(STARTED);
  assert.match(child.stderr, /warn {2}procfs: disabled: .*--path\.procfs/);
  assert.match(child.stderr, /sources="procfs disabled, self active"/);
  await child.logged(/`zonecast doctor` says what procfs can't do here/);
  child.process.kill('SIGTERM');
  assert.equal(await child.exit(), 0);
});
