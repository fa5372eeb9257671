// The agent on this very host, through its socket: what a consumer of 2013 and one of today get, zones that come and go.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import protobuf from 'protobufjs';
import { Subscriber } from 'zeromq';
import { Agent } from '../../src/main/agent.js';
import { subscribe } from '../../src/main/client/subscribe.js';
import { decodePacket } from '../../src/main/wire/decode.js';
import type { Packet } from '../../src/main/wire/packet.js';
import { zonePrefix } from '../../src/main/wire/zone-filter.js';
import { freePort } from '../support/free-port.js';
import { RealCgroup, realCgroupsMissing } from '../support/real-cgroup.js';
import { until } from '../support/until.js';

const INTERVAL_US = 20_000;
const OLD_SCHEMA = new URL('../../../test/fixtures/wire/old-packet.proto', import.meta.url);
const noRoot = realCgroupsMissing();
const noLinux = process.platform === 'linux' ? false : 'needs Linux';

let agent: Agent;
let endpoint: string;
const log = { info: () => {}, warn: () => {}, error: () => {} };

before(async () => {
  if (noLinux) return;
  endpoint = `tcp://127.0.0.1:${await freePort()}`;
  agent = new Agent(
    {
      host: 'testhost',
      intervalUs: INTERVAL_US,
      endpoints: [endpoint],
      format: 'protobuf',
      sources: ['procfs', 'cgroup', 'process', 'self'].map((name) => ({ name, options: {} })),
      paths: { procfs: '/proc', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' },
      highWaterMark: 10_000,
    },
    log,
  );
  await agent.start();
});

after(async () => {
  await agent?.stop();
});

/** Reads raw frames until `enough` says so. */
async function frames(prefix: Uint8Array, enough: (frame: Buffer, count: number) => boolean): Promise<Buffer[]> {
  const socket = new Subscriber({ linger: 0, receiveTimeout: 15_000 });
  socket.connect(endpoint);
  socket.subscribe(Buffer.from(prefix));
  const received: Buffer[] = [];
  try {
    for (;;) {
      const parts = await socket.receive();
      assert.equal(parts.length, 1, 'one frame per packet');
      received.push(parts[0]!);
      if (enough(parts[0]!, received.length)) return received;
    }
  } finally {
    socket.close();
  }
}

test('a consumer of 2013 parses every packet of every zone', { skip: noLinux }, async () => {
  const root = protobuf.parse(readFileSync(OLD_SCHEMA, 'utf8'), { keepCase: true }).root;
  const old = root.lookupType('PBMSG.Packet');
  const received = await frames(new Uint8Array(0), (_frame, count) => count >= 200);
  for (const frame of received) {
    const packet = old.toObject(old.decode(frame), { longs: Number }) as {
      name: string;
      time: number;
      mem: unknown[];
      net?: unknown[];
    };
    assert.equal(frame.toString('utf8', 2, 2 + frame[1]!), packet.name);
    assert.ok(Math.abs(packet.time - Date.now() / 1000) < 60);
    assert.equal(packet.mem.length, 1);
    if (packet.name !== 'global') assert.ok(packet.net!.length >= 1);
  }
});

test('each tick: the host first, then zones; its packet names exactly those that follow', {
  skip: noLinux,
}, async () => {
  const packets: Packet[] = [];
  const subscription = subscribe({ connect: endpoint });
  for await (const packet of subscription) {
    packets.push(packet);
    if (packet.name === 'global' && packets.filter(({ name }) => name === 'global').length === 60) break;
  }
  assert.equal(subscription.stats.lost, 0);
  const first = packets.findIndex(({ name }) => name === 'global');
  const ticks: { names: string[]; global: Packet }[] = [];
  for (const packet of packets.slice(first)) {
    if (packet.name === 'global') ticks.push({ names: [], global: packet });
    else {
      assert.equal(packet.tick, ticks.at(-1)!.global.tick);
      ticks.at(-1)!.names.push(packet.name);
    }
  }
  for (const { names, global } of ticks.slice(0, -1)) {
    assert.ok(
      names.every((name) => global.zonename.includes(name)),
      'every packet is of a zone that the host names',
    );
    assert.equal(new Set(names).size, names.length);
    assert.equal(global.time_ns! % BigInt(INTERVAL_US * 1000), 0n, 'ticks lie on multiples of the interval');
    assert.equal(global.tick! * BigInt(INTERVAL_US * 1000), global.time_ns);
  }
  const last = ticks.at(-1)!.global;
  for (const source of last.source) assert.equal(source.state, 'ACTIVE', `${source.name}: ${source.detail}`);
  assert.equal(last.dropped, 0n);
});

test('the prefix of a zone brings its packets and no others', { skip: noLinux }, async () => {
  const received = await frames(zonePrefix('global'), (_frame, count) => count >= 20);
  for (const frame of received) assert.equal(decodePacket(frame).name, 'global');
});

test('a new cgroup is a zone within a second; its CPU time is the kernel’s; gone, it is silent', {
  skip: noRoot,
}, async () => {
  const cgroup = new RealCgroup('e2e');
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  const seen: Packet[] = [];
  const names: (readonly string[])[] = [];
  const subscription = subscribe({ connect: endpoint, zones: ['global', cgroup.path] });
  const reading = (async () => {
    for await (const packet of subscription) {
      if (packet.name === 'global') names.push(packet.zonename);
      else seen.push(packet);
    }
  })();
  try {
    await until(() => names.length > 0, 'the first packet');
    cgroup.add(child.pid!);
    await until(
      () => seen.some(({ cpu_time }) => cpu_time?.usage_ns !== undefined || cpu_time?.user_ns !== undefined),
      'the zone',
    );
    const from = seen.length;
    const beforeNs = cgroup.cpuUsageNs();
    await until(() => cgroup.cpuUsageNs() - beforeNs > 2_000_000_000n, 'two seconds of CPU');
    const afterNs = cgroup.cpuUsageNs();
    const tickNs = BigInt(Date.now()) * 1_000_000n;
    await until(() => seen.at(-1)!.time_ns! > tickNs, 'a packet after that');
    const usage = (packet: Packet): number => packet.cpu.reduce((sum, core) => sum + core.usage!, 0) / 4999;
    const grownS = usage(seen.at(-1)!) - usage(seen[from]!);
    const kernelS = Number(afterNs - beforeNs) / 1e9;
    assert.ok(Math.abs(grownS / kernelS - 1) < 0.05, `${grownS} s in packets, ${kernelS} s of the kernel`);
    const zone = seen.at(-1)!;
    assert.equal(zone.kind, 'cgroup');
    assert.equal(zone.inode, cgroup.inode);
    assert.ok(zone.threads! >= 1);
    await until(() => seen.some(({ process }) => process.some(({ pid }) => pid === child.pid)), 'the process by name');
    // Newer Nodes name their main thread otherwise than `node`.
    const comm = readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim();
    const processes = seen.findLast(({ process }) => process.length > 0)!;
    assert.equal(processes.processes, 1);
    assert.equal(processes.process[0]!.execname, comm);

    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    cgroup.remove();
    await until(() => !names.at(-1)!.includes(cgroup.path), 'the zone to be gone');
    const end = seen.length;
    const globals = names.length;
    await until(() => names.length > globals + 20, 'more ticks');
    assert.equal(seen.length, end, 'no packet of a zone that is gone');
    for (let i = 1; i < seen.length; i++) assert.equal(seen[i]!.seq, seen[i - 1]!.seq! + 1n);
  } finally {
    child.kill('SIGKILL');
    subscription.close();
    await reading;
    cgroup.remove();
  }
});
