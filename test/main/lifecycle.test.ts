// Start, change of settings and stop of an agent, in the middle of each other; and what ends it against its will.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { freePort } from '../support/free-port.js';
import { until, within } from '../support/until.js';
import { configOf, ENTRY, sourceOf, TIMING, watch } from '../support/watched-agent.js';

async function assertFree(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
}

test('an agent that is stopped while it starts leaves nothing running', async () => {
  const port = await freePort();
  const { agent, packets } = watch({ ...configOf('steady'), endpoints: [`tcp://127.0.0.1:${port}`] });
  const starting = agent.start();
  await agent.stop();
  await starting;
  assert.deepEqual(agent.status().sources, []);
  await assertFree(port);
  assert.equal(packets.length, 0);
});

test('an agent that could not bind, or was never started, keeps no timer', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const { agent } = watch({ ...configOf('steady'), endpoints: [`tcp://127.0.0.1:${port}`] });
  assert.equal(timers(), before);
  await assert.rejects(agent.start(), /is in use/);
  assert.equal(timers(), before);
  server.close();
});

/** Waits until the source `hangs` has begun to hang. */
async function untilItHangs({ agent, packets }: ReturnType<typeof watch>): Promise<void> {
  await agent.start();
  await until(() => packets.some((packet) => packet.processes === 5), 'the last good sample');
  const seen = packets.length;
  await until(() => packets.length >= seen + 3, 'ticks without it');
}

test('an agent that is stopped while it takes over settings starts none of them', async () => {
  const watched = watch(configOf('steady', 'hangs'), { ...TIMING, hangMs: 60_000 });
  await untilItHangs(watched);
  const { agent } = watched;
  const changing = agent.reconfigure(configOf('steady', 'throws'));
  await agent.stop();
  await changing;
  assert.deepEqual(agent.status().sources, []);
});

test('a source that hangs while it is to leave is not restarted', async () => {
  const watched = watch(configOf('steady', 'hangs'), { ...TIMING, graceMs: 1500 });
  await untilItHangs(watched);
  const { agent, lines } = watched;
  try {
    await agent.reconfigure(configOf('steady'));
    assert.deepEqual(
      lines.filter((line) => line.includes('restart')),
      [],
    );
  } finally {
    await agent.stop();
  }
});

test('of two changes of settings at once the last one holds', async () => {
  const { agent, packets, lines } = watch(configOf('steady'));
  await agent.start();
  try {
    await until(() => packets.length >= 2, 'first packets');
    const changes = await Promise.all([
      agent.reconfigure(configOf('steady', 'throws')),
      agent.reconfigure(configOf('steady')),
    ]);
    assert.deepEqual(changes, [['source throws'], ['source throws']]);
    const seen = packets.length;
    await until(() => packets.length >= seen + 10, 'as many ticks as it would take it to throw');
    assert.ok(packets.every((packet) => packet.processes === undefined));
    assert.deepEqual(lines, []);
  } finally {
    await agent.stop();
  }
});

test('sources that came and went leave no thread behind', async () => {
  let threads = 0;
  const count = (worker: Worker): void => {
    threads++;
    worker.once('exit', () => threads--);
  };
  process.on('worker', count);
  const { agent, packets } = watch(configOf('steady'));
  await agent.start();
  try {
    for (let round = 0; round < 3; round++) {
      await agent.reconfigure(configOf('steady', 'pauses'));
      const seen = packets.length;
      await until(() => packets.length >= seen + 3, 'ticks with the other source');
      await agent.reconfigure(configOf('steady'));
    }
    await agent.reconfigure(configOf('steady', 'pauses'));
    await agent.reconfigure(configOf('steady'));
    const seen = packets.length;
    await until(() => packets.length >= seen + 5 && threads === 1, 'one thread, for the source that stays');
  } finally {
    await agent.stop();
  }
  await until(() => threads === 0, 'no thread');
  process.off('worker', count);
});

test('a source that was given up comes back with other options, and its totals go on', async () => {
  const { agent, packets } = watch(configOf('steady', 'fails-to-open'), { ...TIMING, maxFailures: 2 });
  await agent.start();
  const last = () => sourceOf(packets.at(-1)!, 'fails-to-open')!;
  try {
    await until(() => packets.length > 0 && last().state === 'FAILED', 'FAILED');
    const failed = packets.length - 1;
    assert.equal(last().restarts, 1);
    const mended = configOf('steady', 'fails-to-open');
    const sources = [mended.sources[0]!, { name: 'fails-to-open', options: { mended: true } }];
    assert.deepEqual(await agent.reconfigure({ ...mended, sources }), ['source fails-to-open']);
    await until(() => last().state === 'ACTIVE', 'ACTIVE');
    assert.equal(last().restarts, 1);
    assert.equal(last().detail, undefined);
    assert.equal(packets.at(-1)!.missed, packets[failed]!.missed);
  } finally {
    await agent.stop();
  }
});

test('a host that has no thread to give is asked again', async () => {
  let asked = 0;
  const entry = Object.defineProperty(new URL(ENTRY), 'href', {
    get(): string {
      if (++asked <= 2) throw new Error('no thread to be had');
      return ENTRY.href;
    },
  });
  const { agent, packets, lines } = watch(configOf('steady'), TIMING, {}, entry);
  await agent.start();
  try {
    await until(() => packets.some((packet) => packet.threads !== undefined), 'a sample');
    assert.equal(lines.filter((line) => line.includes('no thread to be had')).length, 2);
    assert.equal(agent.status().sources[0]!.restarts, 2);
  } finally {
    await agent.stop();
  }
});

test('threads that stood still together with the main thread have not hung', async () => {
  const { agent, packets, lines } = watch(configOf('pauses'), { ...TIMING, hangMs: 1500 });
  await agent.start();
  try {
    await until(() => packets.some((packet) => packet.processes === 5), 'the last sample before the pause');
    const before = performance.now();
    // The watch looks once at a heartbeat that stands still; then nobody looks, as in a process that is stopped.
    await until(() => performance.now() - before > 400, 'the pause to be under way');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1900);
    await until(() => packets.some((packet) => (packet.processes ?? 0) >= 8), 'samples after the pause');
    assert.equal(agent.status().sources[0]!.restarts, 0);
    assert.deepEqual(lines, []);
  } finally {
    await agent.stop();
  }
});

test('an error in the loop is told, and the agent can be stopped', async () => {
  const port = await freePort();
  const failures: unknown[] = [];
  const { agent } = watch({ ...configOf('steady'), endpoints: [`tcp://127.0.0.1:${port}`] }, TIMING, {
    onPacket: () => {
      throw new Error('the hook is broken');
    },
    onFailure: (error) => failures.push(error),
  });
  await agent.start();
  await until(() => failures.length > 0, 'the failure');
  await within(agent.stop(), 'the stop');
  assert.match(String(failures[0]), /the hook is broken/);
  assert.equal(failures.length, 1);
  await until(
    () =>
      assertFree(port).then(
        () => true,
        () => false,
      ),
    'the port to be free',
  );
});
