// Bad input of every kind ends with one line on stderr and a code of its own; good input prints and ends with 0.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OPTION_NAMES } from '../../src/main/cli/options.js';
import { ZonecastChild } from './zonecast-child.js';

const directory = mkdtempSync(join(tmpdir(), 'zonecast-cli-'));
after(() => rmSync(directory, { recursive: true }));
const badFile = join(directory, 'bad.toml');
writeFileSync(badFile, '# 1\n# 2\nport = 99999\n');
const tornFile = join(directory, 'torn.toml');
writeFileSync(tornFile, 'sources = ["procfs"\nport = 1\n');

interface Refusal {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly line: string;
}

const REFUSALS: readonly Refusal[] = [
  { args: ['--prot', '1'], line: "unknown option '--prot' (Did you mean --port?)" },
  { args: ['-Q'], line: "unknown option '-Q'" },
  { args: ['tial'], line: "unknown command 'tial'; did you mean tail?" },
  { args: ['bogus'], line: "unknown command 'bogus'; give run, tail, doctor, help" },
  { args: ['run', 'extra'], line: "too many arguments for 'run'. Expected 0 arguments but got 1." },
  { args: ['-p'], line: "option '-p, --port <PORT>' argument missing" },
  { args: ['-p', '99999'], line: '--port: 99999 is out of range; give 1 to 65535' },
  { args: ['-p0'], line: '--port: 0 is out of range; give 1 to 65535' },
  { args: ['-p', 'abc'], line: '--port: "abc" is not a number; give 1 to 65535' },
  { args: ['-d', '0.4'], line: '--delay: 0.4 is out of range; give 0.5 to 3600000 milliseconds' },
  { args: ['-d', '-1'], line: '--delay: -1 is out of range; give 0.5 to 3600000 milliseconds' },
  { args: ['-d', '3600001'], line: '--delay: 3600001 is out of range; give 0.5 to 3600000 milliseconds' },
  {
    args: ['--bind', '1.2.3'],
    line: `--bind: "1.2.3" is neither an address nor an interface of this host; give an IP address, the name of an interface, or '*' for all`,
  },
  {
    args: ['--endpoint', 'tcp://*:99999'],
    line: '--endpoint: "tcp://*:99999" has no port from 1 to 65535; give tcp://ADDR:PORT or ipc:///PATH',
  },
  {
    args: ['--endpoint', 'udp://*:1'],
    line: '--endpoint: "udp://*:1" is not a tcp:// or ipc:// endpoint; give tcp://ADDR:PORT or ipc:///PATH',
  },
  {
    args: ['--sources', 'procfs,kstat'],
    line: '--sources: "kstat" is unknown; give any of procfs, cgroup, process, self',
  },
  { args: ['--format', 'xml'], line: '--format: "xml" is unknown; give protobuf or msgpack' },
  { args: ['--duration', '10'], line: '--duration: "10" is not a duration; give 500ms, 10s, 2m or 1h, up to 576h' },
  { args: ['--path.procfs', '/no'], line: '--path.procfs: "/no" is not a directory; give the path of a directory' },
  { args: ['--log-level', 'loud'], line: '--log-level: "loud" is unknown; give debug, info, warn, error, silent' },
  { args: ['--config', '/no.toml'], line: '/no.toml: no such file; give the path of a TOML file' },
  { args: ['--config', badFile], line: `${badFile}:3: port: 99999 is out of range; give 1 to 65535` },
  { args: ['--config', tornFile], line: `${tornFile}:2:1: expected comma or end of structure` },
  { args: [], environment: { ZONECAST_PORT: '0' }, line: 'ZONECAST_PORT: 0 is out of range; give 1 to 65535' },
  {
    args: [],
    environment: { ZONECAST_CONFIG: badFile },
    line: `${badFile}:3: port: 99999 is out of range; give 1 to 65535`,
  },
  { args: ['doctor', '--sources', 'x'], line: '--sources: "x" is unknown; give any of procfs, cgroup, process, self' },
  { args: ['doctor', '--port', '1'], line: "unknown option '--port'" },
  { args: ['tail', '--count', '0'], line: '--count: 0 is out of range; give 1 or more' },
  { args: ['tail', '--count', '1.5'], line: '--count: 1.5 is not a whole number; give 1 or more' },
  { args: ['tail', '--zone', ''], line: '--zone: "" is empty; give the name of a zone' },
  {
    args: ['tail', '--connect', '127.0.0.1:7211'],
    line: '--connect: "127.0.0.1:7211" is not a tcp:// or ipc:// endpoint; give tcp://HOST:PORT or ipc:///PATH',
  },
];

/** Processes at a time. */
const WIDTH = 3;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const take = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: WIDTH }, take));
}

test('every kind of bad input: exactly one line, exit code 2, nothing on stdout', async () => {
  await inParallel(REFUSALS, async ({ args, environment, line }) => {
    const child = new ZonecastChild(args, environment);
    const code = await child.exit();
    assert.equal(child.stderr, `zonecast: ${line}\n`);
    assert.equal(code, 2, args.join(' '));
    assert.equal(child.stdout, '');
  });
});

test('version and help print and end with 0', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const expected: readonly [readonly string[], RegExp][] = [
    [['--version'], new RegExp(`^${version.replaceAll('.', '\\.')}\\n$`)],
    [['-h'], /^Usage: zonecast .*Commands:.*Options of run:.*-d, --delay/s],
    [['--help'], /^Usage: zonecast /],
    [['help'], /^Usage: zonecast /],
    [['help', 'tail'], /^Usage: zonecast tail .*--connect/s],
    [['run', '-h'], /^Usage: zonecast run .*ZONECAST_PORT/s],
    [['doctor', '--help'], /^Usage: zonecast doctor .*--json/s],
  ];
  await inParallel(expected, async ([args, pattern]) => {
    const child = new ZonecastChild(args);
    assert.equal(await child.exit(), 0, args.join(' '));
    assert.match(child.stdout, pattern);
    assert.equal(child.stderr, '');
  });
});

test('the help of run names every option', async () => {
  const child = new ZonecastChild(['run', '-h']);
  await child.exit();
  for (const name of OPTION_NAMES) assert.ok(child.stdout.includes(name), name);
});
