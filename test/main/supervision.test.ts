import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.js';
import { configOf, sourceOf, TIMING, watch } from '../support/watched-agent.js';

for (const [name, reason] of [
  ['throws', /thrown on purpose/],
  ['exits', /exited with code: 3/],
  ['hangs', /no heartbeat for \d+ ms/],
  ['hoards', /memory limit/],
] as const) {
  test(`a source that ${name}: it comes back, the other misses no tick, the packets say so`, async () => {
    // Only the one that hangs is to be taken for hanging: on a busy machine it takes a while to run out of memory.
    const hangMs = name === 'hangs' ? TIMING.hangMs : 20_000;
    const { agent, packets, lines } = watch(configOf('steady', name), { ...TIMING, hangMs });
    await agent.start();
    try {
      await until(() => agent.status().sources[1]!.restarts >= 2, `two restarts of the source that ${name}`);
      const seen = packets.length;
      await until(
        () => packets.slice(seen).some((packet) => packet.processes !== undefined),
        'values of the restarted source',
      );
    } finally {
      await agent.stop();
    }
    const degraded = packets.map((packet) => sourceOf(packet, name)).find((source) => source?.state === 'DEGRADED');
    assert.match(degraded?.detail ?? 'no packet said so', reason);
    const again = packets
      .map((packet) => sourceOf(packet, name))
      .find((source) => source?.restarts === 1 && source.state === 'ACTIVE');
    assert.equal(again?.detail, undefined, 'active again, the reason is history');
    assert.ok(lines.some((line) => reason.test(line)));
    const steady = sourceOf(packets.at(-1)!, 'steady')!;
    assert.equal(steady.missed_ticks, 0n);
    const counts = packets.flatMap((packet) => packet.threads ?? []);
    assert.deepEqual(
      counts,
      counts.map((_, i) => counts[0]! + i),
      'every sample of the steady source is in a packet',
    );
  });
}

test('a source that this host cannot run is disabled with the reason, and not tried again', async () => {
  const { agent, packets } = watch(configOf('steady', 'unavailable'));
  await agent.start();
  try {
    await until(() => packets.some((packet) => sourceOf(packet, 'unavailable')?.state === 'DISABLED'), 'DISABLED');
  } finally {
    await agent.stop();
  }
  const source = sourceOf(packets.at(-1)!, 'unavailable')!;
  assert.equal(source.detail, 'no such device here; plug it in');
  assert.equal(source.restarts, 0);
});

test('a source that never opens is given up in the end, and the agent goes on', async () => {
  const { agent, packets } = watch(configOf('steady', 'fails-to-open'), { ...TIMING, maxFailures: 3 });
  await agent.start();
  try {
    await until(() => packets.some((packet) => sourceOf(packet, 'fails-to-open')?.state === 'FAILED'), 'FAILED');
    const seen = packets.length;
    await until(() => packets.length > seen + 2, 'more packets');
  } finally {
    await agent.stop();
  }
  assert.equal(sourceOf(packets.at(-1)!, 'fails-to-open')!.detail, 'not today');
});

test('new settings start and stop only what differs; the rest misses no tick', async () => {
  const { agent, packets } = watch(configOf('steady', 'throws'));
  await agent.start();
  try {
    await until(() => packets.length >= 3, 'first packets');
    assert.deepEqual(await agent.reconfigure(configOf('steady')), ['source throws']);
    const seen = packets.length;
    await until(() => packets.length >= seen + 3, 'packets after the change');
    assert.deepEqual(
      packets.at(-1)!.source.map((source) => source.name),
      ['steady'],
    );
    const changes = await agent.reconfigure({ ...configOf('steady'), intervalUs: 50_000 });
    assert.deepEqual(changes, ['interval 50 ms']);
    await until(() => packets.at(-1)!.interval_us === 50_000, 'packets at the new interval');
  } finally {
    await agent.stop();
  }
  const counts = packets.flatMap((packet) => packet.threads ?? []);
  assert.deepEqual(
    counts,
    counts.map((_, i) => i + 1),
    'the steady source was never restarted, and every sample of it is in a packet',
  );
  assert.equal(packets.at(-1)!.source[0]!.restarts, 0);
});
