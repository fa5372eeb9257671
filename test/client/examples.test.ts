// The three example consumers, run to their end against packets whose every figure is known: all must print the same.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packetType } from '../../src/main/wire/schema.js';
import { TestPublisher } from '../support/test-publisher.js';
import { within } from '../support/until.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CLIENT = new URL('../../src/main/client/subscribe.js', import.meta.url);
const out = mkdtempSync(join(tmpdir(), 'zonecast-examples-'));
after(() => rmSync(out, { recursive: true }));

const SECOND = 1_000_000_000;
const at = (second: number) => ({ time: 1_800_000_000 + second, time_ns: 1_800_000_000 * SECOND + second * SECOND });
const web = { name: 'web', host: 'h', epoch: 7 };
const db = { name: 'db', host: 'h', epoch: 7 };

/** The core's counter wraps between the first two, and packets 3 and 4 of `web` are lost. */
const PACKETS: readonly (readonly [object, string])[] = [
  [
    {
      ...web,
      ...at(0),
      seq: 1,
      cpu: [
        { core: 0, usage: 4_294_967_000 },
        { core: 1, usage: 8 },
      ],
      mem: [{ rss: 1_048_576 }],
    },
    'web cpu=-% rss=1048576',
  ],
  [{ ...db, ...at(0), seq: 1, mem: [{}], net: [{}] }, 'db cpu=-% rss=-'],
  [
    {
      ...web,
      ...at(1),
      seq: 2,
      cpu: [
        { core: 0, usage: 954 },
        { core: 1, usage: 1258 },
      ],
      mem: [{}],
    },
    'web cpu=50.0% rss=1048576',
  ],
  [
    {
      ...web,
      ...at(3),
      seq: 5,
      cpu: [
        { core: 0, usage: 10_952 },
        { core: 1, usage: 1258 },
      ],
      mem: [{ rss: 2_097_152 }],
    },
    'web cpu=100.0% rss=2097152',
  ],
  [{ ...db, ...at(3), seq: 2, cpu: [{ usage: 100 }], mem: [{ rss: 5 }] }, 'db cpu=-% rss=5'],
  [{ ...db, ...at(4), seq: 3, cpu: [{ usage: 600 }], mem: [{ rss: 5 }] }, 'db cpu=10.0% rss=5'],
];

interface Consumer {
  readonly skip: false | string;
  /** @returns the command that runs it */
  readonly build: () => readonly string[];
}

const succeeds = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}${error ?? ''}`);
}

/** Debian's packages are for Debian's Python, which need not be the first in the path. */
const python = ['python3', '/usr/bin/python3'].find((path) => succeeds(path, '-c', 'import zmq, google.protobuf'));
const hasProtoc = succeeds('protoc', '--version');

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  Node: {
    skip: false,
    build: () => {
      // As if the package were installed, but of this very build.
      const installed = join(out, 'node_modules/zonecast');
      mkdirSync(installed, { recursive: true });
      writeFileSync(join(installed, 'client.mjs'), `export * from '${CLIENT.href}';\n`);
      writeFileSync(join(installed, 'package.json'), '{"exports":{"./client":"./client.mjs"}}');
      copyFileSync(join(ROOT, 'examples/node/consumer.mjs'), join(out, 'consumer.mjs'));
      return [process.execPath, join(out, 'consumer.mjs')];
    },
  },
  Python: {
    skip:
      hasProtoc && python !== undefined
        ? false
        : 'needs apt-get install python3-zmq python3-protobuf protobuf-compiler',
    build: () => {
      run('protoc', `-I${ROOT}proto`, `--python_out=${out}`, 'zonecast.proto');
      copyFileSync(join(ROOT, 'examples/python/consumer.py'), join(out, 'consumer.py'));
      return [python!, join(out, 'consumer.py')];
    },
  },
  'C++': {
    skip:
      hasProtoc &&
      succeeds('g++', '--version') &&
      succeeds('make', '--version') &&
      succeeds('pkg-config', '--exists', 'libzmq', 'protobuf')
        ? false
        : 'needs apt-get install g++ make pkg-config libzmq3-dev libprotobuf-dev protobuf-compiler',
    build: () => {
      run('make', '-C', join(ROOT, 'examples/cpp'), `OUT=${out}`, 'CXXFLAGS=-O0');
      return [join(out, 'consumer')];
    },
  },
};

async function outputOf(context: TestContext, command: readonly string[], args: readonly string[]): Promise<string[]> {
  const publisher = new TestPublisher();
  const endpoint = await publisher.bind();
  const child = spawn(command[0]!, [...command.slice(1), endpoint, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => {
    child.kill();
    publisher.close();
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  await publisher.subscribed();
  for (const [packet] of PACKETS) await publisher.send(Buffer.from(packetType.encode(packet as never).finish()));
  const [code] = await within(closed, 'the end of the consumer');
  assert.equal(code, 0);
  return text.trimEnd().split('\n');
}

for (const [name, { skip, build }] of Object.entries(CONSUMERS)) {
  test(`the consumer in ${name} prints what the packets say`, { skip }, async (context) => {
    const command = build();
    const lines = PACKETS.map(([, line]) => line);
    assert.deepEqual(await outputOf(context, command, [String(PACKETS.length)]), [...lines, '2 packets lost']);
    const ofWeb = lines.filter((line) => line.startsWith('web'));
    assert.deepEqual(await outputOf(context, command, ['3', 'web']), [...ofWeb, '2 packets lost']);
  });
}
