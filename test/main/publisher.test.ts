import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Subscriber } from 'zeromq';
import { Arena } from '../../src/main/arena.js';
import { BindError, Publisher } from '../../src/main/publisher.js';
import { crc32 } from '../support/crc32.js';
import { freePort } from '../support/free-port.js';
import { collectGarbage } from '../support/garbage.js';
import { until } from '../support/until.js';

const CHILD = new URL('../support/subscriber-child.js', import.meta.url);

function publisher(highWaterMark = 1000): Publisher {
  return new Publisher({
    highWaterMark,
    onSendFailure: () => {
      throw new Error('a send failed');
    },
  });
}

test('a stalled subscriber costs a fast one nothing: every message, every checksum, in bounded memory', async () => {
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const sender = publisher(1000);
  await sender.bind(endpoint);
  const child = spawn(process.execPath, [CHILD.pathname, endpoint], { stdio: ['ignore', 'pipe', 'inherit'] });
  const fast = new Subscriber({ linger: 0, receiveHighWaterMark: 100_000 });
  fast.connect(endpoint);
  fast.subscribe();
  const arena = new Arena();
  const packetBytes = 400;
  let seq = 0;
  let sequenceErrors = 0;
  let checksumErrors = 0;
  let received = 0;
  let first = -1;
  const reading = (async () => {
    for await (const [frame] of fast) {
      const view = new DataView(frame!.buffer, frame!.byteOffset, frame!.length);
      if (view.getUint32(4) !== crc32(frame!.subarray(8))) checksumErrors++;
      if (first < 0) first = view.getUint32(0);
      else if (view.getUint32(0) !== first + received) sequenceErrors++;
      received++;
    }
  })();
  const send = (): void => {
    arena.reserve(packetBytes);
    const { slab, at } = arena;
    const view = new DataView(slab.buffer, slab.byteOffset + at, packetBytes);
    for (let i = 8; i < packetBytes; i++) slab[at + i] = (seq * 31 + i) & 0xff;
    view.setUint32(0, seq++);
    view.setUint32(4, crc32(slab.subarray(at + 8, at + packetBytes)));
    sender.send(arena.handOver(at + packetBytes));
  };
  try {
    const ready = once(child.stdout, 'data');
    let childIsReady = false;
    void ready.then(() => {
      childIsReady = true;
    });
    await until(async () => {
      send();
      await turn();
      return childIsReady && received > 0;
    }, 'both subscribers');
    child.kill('SIGSTOP');
    const arrayBuffers = process.memoryUsage().arrayBuffers;
    let most = 0;
    const total = seq + 60_000;
    while (seq < total) {
      for (let i = 0; i < 100; i++) send();
      // The fast one is fast: it has no more than a few hundred messages to catch up with.
      await until(() => first + received >= seq - 200, 'the fast subscriber');
      if (seq % 5000 < 100) {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers - arrayBuffers);
      }
    }
    await until(() => first + received === seq, 'the last message');
    assert.equal(sequenceErrors, 0);
    assert.equal(checksumErrors, 0);
    assert.ok(received >= 60_000);
    const sentBytes = arena.slabs * 64 * 1024;
    // The queue of the stalled one is 1,000 messages; the rest is what the collector has not looked at yet.
    assert.ok(most < sentBytes / 2, `${most} bytes of arenas alive at most, of ${sentBytes} handed over`);
  } finally {
    child.kill('SIGKILL');
    fast.close();
    await reading.catch(() => {});
    sender.close();
  }
});

test('what was handed over is never written again', () => {
  const arena = new Arena();
  const handed: { message: Uint8Array; copy: Uint8Array }[] = [];
  for (let i = 0; i < 2000; i++) {
    const size = 1 + ((i * 7919) % 3000);
    arena.reserve(size);
    arena.slab.fill(i & 0xff, arena.at, arena.at + size);
    const message = arena.handOver(arena.at + size);
    handed.push({ message, copy: message.slice() });
  }
  for (const { message, copy } of handed) assert.deepEqual(message, copy);
});

test('a port in use, an address that is not ours, a path that is no socket: one clear line each', async () => {
  const port = await freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  const directory = mkdtempSync(join(tmpdir(), 'zonecast-'));
  const plain = join(directory, 'plain');
  writeFileSync(plain, '');
  const sender = publisher();
  try {
    const refused = async (endpoint: string, line: RegExp): Promise<void> => {
      await assert.rejects(sender.bind(endpoint), (error: Error) => {
        assert.ok(error instanceof BindError);
        assert.match(error.message, line);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
    };
    await refused(`tcp://127.0.0.1:${port}`, /is in use: stop the program/);
    await refused(`tcp://192.0.2.7:${port}`, /is no address of this host/);
    await refused(`ipc://${plain}`, /exists and is no socket/);
    await refused(`ipc://${directory}/no/such`, /directory does not exist|can't bind/);
    assert.deepEqual(sender.endpoints, []);
  } finally {
    sender.close();
    holder.close();
    rmSync(directory, { recursive: true });
  }
});

test('a live ipc socket is not stolen; a stale one is taken over', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'zonecast-'));
  chmodSync(directory, 0o700);
  const endpoint = `ipc://${directory}/socket`;
  const one = publisher();
  const two = publisher();
  try {
    await one.bind(endpoint);
    await assert.rejects(two.bind(endpoint), /is in use/);
    one.close();
    await until(
      async () =>
        two.bind(endpoint).then(
          () => true,
          () => false,
        ),
      'the path to be free',
    );
    assert.ok(existsSync(join(directory, 'socket')));
  } finally {
    one.close();
    two.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('what is sent while an endpoint is bound or unbound goes out after that, in order', async () => {
  const kept = `tcp://127.0.0.1:${await freePort()}`;
  const other = `tcp://127.0.0.1:${await freePort()}`;
  const sender = publisher();
  await sender.bind(kept);
  const subscriber = new Subscriber({ linger: 0 });
  subscriber.connect(kept);
  subscriber.subscribe();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const [frame] of subscriber) seen.push(frame!.readUInt32LE(0));
  })();
  let sent = 0;
  const send = (): void => {
    const message = Buffer.alloc(200);
    message.writeUInt32LE(sent++);
    sender.send(message);
  };
  await until(() => {
    send();
    return seen.length > 0;
  }, 'the subscriber to be connected');
  const first = seen[0]!;
  for (let round = 0; round < 5; round++) {
    const binding = sender.bind(other);
    send();
    send();
    await binding;
    const unbinding = sender.unbind(other);
    send();
    await unbinding;
  }
  await until(() => seen.at(-1) === sent - 1, 'the last message');
  assert.deepEqual(
    seen,
    Array.from({ length: sent - first }, (_, index) => first + index),
  );
  subscriber.close();
  await reading;
  sender.close();
});

test('a port moves to another address and back; what can not be bound leaves all as it was', async () => {
  const port = await freePort();
  const [local, everywhere, foreign] = ['127.0.0.1', '*', '192.0.2.7'].map((host) => `tcp://${host}:${port}`);
  const other = `tcp://127.0.0.1:${await freePort()}`;
  const sender = publisher();
  const received = async (): Promise<void> => {
    const subscriber = new Subscriber({ linger: 0, receiveTimeout: 20 });
    subscriber.connect(local!);
    subscriber.subscribe();
    await until(async () => {
      sender.send(Buffer.alloc(200));
      return subscriber.receive().then(
        () => true,
        () => false,
      );
    }, 'a message');
    subscriber.close();
  };
  try {
    assert.deepEqual(await sender.rebind([local!]), { added: [local], removed: [] });
    for (let round = 0; round < 5; round++) {
      assert.deepEqual(await sender.rebind([everywhere!]), { added: [everywhere], removed: [local] });
      await received();
      assert.deepEqual(await sender.rebind([local!]), { added: [local], removed: [everywhere] });
      await received();
    }
    await assert.rejects(sender.rebind([other, foreign!]), BindError);
    assert.deepEqual(sender.endpoints, [local]);
    await received();
    assert.deepEqual(await sender.rebind([]), { added: [], removed: [local] });
  } finally {
    sender.close();
  }
});
