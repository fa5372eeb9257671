// The client library over real sockets: what arrives, what is filtered, what is lost and where it shows.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Packet, type SubscribeOptions, type Subscription, subscribe } from '../../src/main/client/subscribe.js';
import { toMsgpack } from '../../src/main/wire/msgpack.js';
import { packetBytes, TestPublisher } from '../support/test-publisher.js';
import { until, within } from '../support/until.js';

interface Pair {
  readonly publisher: TestPublisher;
  readonly subscription: Subscription;
  readonly endpoint: string;
}

/** A publisher and a subscription that has reached it with all of its prefixes. */
async function pair(context: TestContext, options: Partial<SubscribeOptions> = {}, prefixes = 1): Promise<Pair> {
  const publisher = new TestPublisher();
  const endpoint = await publisher.bind();
  const subscription = subscribe({ connect: endpoint, ...options });
  context.after(() => {
    subscription.close();
    publisher.close();
  });
  await publisher.subscribed(prefixes);
  return { publisher, subscription, endpoint };
}

async function take(subscription: Subscription, count: number): Promise<Packet[]> {
  const packets: Packet[] = [];
  const loop = async () => {
    for await (const packet of subscription) {
      packets.push(packet);
      if (packets.length === count) break;
    }
  };
  await within(loop(), `${count} packets`);
  return packets;
}

const seqs = (packets: readonly Packet[]) => packets.map(({ seq }) => Number(seq));

test('packets arrive in order, decoded, in either form; leaving the loop closes the subscription', async (context) => {
  const { publisher, subscription } = await pair(context);
  for (let seq = 1; seq <= 200; seq++) {
    const bytes = packetBytes({ seq });
    await publisher.send(seq % 2 === 0 ? bytes : toMsgpack(bytes));
  }
  const packets = await take(subscription, 200);
  assert.deepEqual(
    seqs(packets),
    Array.from({ length: 200 }, (_, at) => at + 1),
  );
  assert.deepEqual(packets[0], { ...packets[1], seq: 1n, mono_ns: 1n });
  const { received, lost, dropped, undecodable, restarts } = subscription.stats;
  assert.deepEqual(
    { received, lost, dropped, undecodable, restarts },
    { received: 200, lost: 0, dropped: 0, undecodable: 0, restarts: 0 },
  );
  assert.deepEqual(await take(subscription, 1), []);
});

test('gaps show in the totals and by zone', async (context) => {
  const { publisher, subscription } = await pair(context);
  for (const seq of [1, 2, 6, 7]) await publisher.send(packetBytes({ seq }));
  await publisher.send(packetBytes({ name: 'db', seq: 50 }));
  await take(subscription, 5);
  assert.equal(subscription.stats.lost, 3);
  assert.deepEqual(subscription.stats.gaps, [{ host: 'h', zone: 'web', lost: 3 }]);
  assert.equal(
    subscription.stats.bytes,
    packetBytes({ seq: 1 }).length * 4 + packetBytes({ name: 'db', seq: 50 }).length,
  );
});

test('a consumer that is behind loses the oldest, counted apart from what was lost on the way', async (context) => {
  const { publisher, subscription } = await pair(context, { queue: 10 });
  for (let seq = 1; seq <= 50; seq++) await publisher.send(packetBytes({ seq }));
  await until(() => subscription.stats.received === 50, '50 packets');
  assert.deepEqual(seqs(await take(subscription, 10)), [41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
  assert.equal(subscription.stats.dropped, 40);
  assert.equal(subscription.stats.lost, 0);
});

test('what is no packet is counted and skipped', async (context) => {
  const { publisher, subscription } = await pair(context);
  await publisher.send(Buffer.from('hello'));
  await publisher.send(Buffer.alloc(0));
  await publisher.send([packetBytes(), packetBytes()]);
  // Passes for a packet at a glance, but its message `mem` is broken.
  await publisher.send(Buffer.from([0x0a, 1, 0x61, 0x10, 1, 0x3a, 1, 0x08]));
  await publisher.send(packetBytes({ seq: 9 }));
  assert.deepEqual(seqs(await take(subscription, 1)), [9]);
  assert.equal(subscription.stats.undecodable, 4);
  assert.equal(subscription.stats.received, 2);
});

for (const form of ['protobuf', 'msgpack'] as const) {
  test(`only the zones asked for come, in the ${form} form`, async (context) => {
    const { publisher, subscription } = await pair(context, { zones: ['web', 'ü'] }, 3);
    const encode = (name: string, seq: number) => {
      const bytes = packetBytes({ name, seq });
      return form === 'protobuf' ? bytes : toMsgpack(bytes);
    };
    let seq = 0;
    for (const name of ['web1', 'we', 'global', 'web', 'ü', 'u', 'web']) await publisher.send(encode(name, ++seq));
    const packets = await take(subscription, 3);
    assert.deepEqual(
      packets.map(({ name }) => name),
      ['web', 'ü', 'web'],
    );
    assert.equal(subscription.stats.received, 3);
  });
}

test('2,500 zones are 2,500 filters: none is lost at the socket', async (context) => {
  const zones = Array.from({ length: 2500 }, (_, at) => `zone-${at}`);
  const { publisher, subscription } = await pair(context, { zones }, zones.length + 1);
  for (const name of ['zone-0', 'zone-1', 'zone-1000', 'zone-1001', 'zone-2499', 'zone-2500']) {
    await publisher.send(packetBytes({ name }));
  }
  const packets = await take(subscription, 5);
  assert.equal(packets.at(-1)?.name, 'zone-2499');
});

test('it connects before the publisher is there, and again after it has gone', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecast-'));
  const endpoint = `ipc://${folder}/socket`;
  const subscription = subscribe({ connect: endpoint });
  context.after(() => {
    subscription.close();
    rmSync(folder, { recursive: true });
  });
  const packets: Packet[] = [];
  for (const epoch of [1, 2]) {
    const publisher = new TestPublisher();
    await publisher.bind(endpoint);
    await publisher.subscribed();
    for (const seq of [1, 2, 3]) await publisher.send(packetBytes({ epoch, seq }));
    await until(() => subscription.stats.received === 3 * epoch, `the packets of epoch ${epoch}`);
    publisher.close();
  }
  packets.push(...(await take(subscription, 6)));
  assert.deepEqual(seqs(packets), [1, 2, 3, 1, 2, 3]);
  assert.equal(subscription.stats.lost, 0);
  assert.equal(subscription.stats.restarts, 1);
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
const skip = hasIpv6 ? false : 'needs IPv6: ::1 on the loopback interface';

test('several publishers, one of them over IPv6, come through one subscription', { skip }, async (context) => {
  const publishers = [new TestPublisher(), new TestPublisher()];
  const connect = [await publishers[0]!.bind(), await publishers[1]!.bind('tcp://[::1]:*')];
  const subscription = subscribe({ connect });
  context.after(() => {
    subscription.close();
    for (const publisher of publishers) publisher.close();
  });
  for (const [at, publisher] of publishers.entries()) {
    await publisher.subscribed();
    for (const seq of [10, 11, 12]) await publisher.send(packetBytes({ host: `host ${at}`, epoch: at + 1, seq }));
  }
  const hosts = (await take(subscription, 6)).map(({ host }) => host).sort();
  assert.deepEqual(hosts, ['host 0', 'host 0', 'host 0', 'host 1', 'host 1', 'host 1']);
  assert.equal(subscription.stats.lost, 0);
  assert.equal(subscription.stats.restarts, 0);
});

test('the same publisher by two ways: every packet twice, no gap', async (context) => {
  const publisher = new TestPublisher();
  const connect = [await publisher.bind(), await publisher.bind()];
  const subscription = subscribe({ connect });
  context.after(() => {
    subscription.close();
    publisher.close();
  });
  // The socket passes on the first subscription only: look for both ways to be open.
  await publisher.subscribed();
  let seq = 0;
  await until(async () => {
    await publisher.send(packetBytes({ seq: ++seq }));
    return subscription.stats.received > seq;
  }, 'packets by both ways');
  assert.equal(subscription.stats.lost, 0);
  assert.equal(subscription.stats.restarts, 0);
});

test('frames are the bytes as sent, stamped', async (context) => {
  const { publisher, subscription } = await pair(context);
  const before = Date.now();
  await publisher.send(packetBytes({ seq: 3 }));
  for await (const { bytes, receivedMs } of subscription.frames()) {
    assert.ok(packetBytes({ seq: 3 }).equals(bytes));
    assert.ok(receivedMs >= before && receivedMs <= Date.now());
    break;
  }
});

test('two loops share the packets', async (context) => {
  const { publisher, subscription } = await pair(context);
  const seen: number[] = [];
  const loop = async () => {
    for await (const { seq } of subscription) {
      seen.push(Number(seq));
      if (seen.length === 20) subscription.close();
    }
  };
  const loops = [loop(), loop()];
  for (let seq = 1; seq <= 20; seq++) await publisher.send(packetBytes({ seq }));
  await within(Promise.all(loops), 'the end of both loops');
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, at) => at + 1),
  );
});

test('close and abort end a loop that waits', async (context) => {
  const abort = new AbortController();
  const first = await pair(context);
  const second = await pair(context, { signal: abort.signal });
  const ends = [take(first.subscription, 1), take(second.subscription, 1)];
  setImmediate(() => {
    first.subscription.close();
    first.subscription.close();
    abort.abort();
  });
  assert.deepEqual(await Promise.all(ends), [[], []]);
  assert.deepEqual(await take(subscribe({ connect: second.endpoint, signal: abort.signal }), 1), []);
});

const REFUSED: readonly (readonly [string, object, RegExp])[] = [
  ['no endpoint', { connect: [] }, /needs an endpoint/],
  ['something else than an endpoint', { connect: 7211 }, /needs an endpoint/],
  ['a port that is none', { connect: 'tcp://127.0.0.1:99999' }, /99999 is no port/],
  ['one bad of two', { connect: ['tcp://127.0.0.1:1', 'tcp//x'] }, /'tcp\/\/x'/],
  ['an empty list of zones', { connect: 'tcp://127.0.0.1:1', zones: [] }, /names no zone/],
  ['a zone without a name', { connect: 'tcp://127.0.0.1:1', zones: [''] }, /needs a name/],
  ['a queue of nothing', { connect: 'tcp://127.0.0.1:1', queue: 0 }, /queue must be .* got 0/],
  ['a queue that is no number', { connect: 'tcp://127.0.0.1:1', queue: Number.NaN }, /queue must be/],
];

for (const [what, options, message] of REFUSED) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => subscribe(options as SubscribeOptions),
      (error) => error instanceof TypeError && message.test(error.message),
    );
  });
}
