// `zonecast tail` as a function: what it prints, when it ends, and how it bears a slow or vanished reader.

import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { type TailOptions, tail } from '../../src/main/cli/tail.js';
import { packetBytes, TestPublisher } from '../support/test-publisher.js';
import { until, within } from '../support/until.js';

interface Running {
  readonly publisher: TestPublisher;
  readonly out: () => string;
  readonly err: () => string;
  readonly stop: AbortController;
  readonly code: Promise<number>;
}

function collected(stream: PassThrough): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

async function start(context: TestContext, options: Partial<TailOptions> = {}, stdout?: Writable): Promise<Running> {
  const publisher = new TestPublisher();
  const connect = [await publisher.bind()];
  const stop = new AbortController();
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const streams = { stdout: stdout ?? output, stderr: errors, signal: stop.signal };
  const code = within(tail({ connect, json: false, ...options }, streams), 'the end of tail');
  context.after(() => {
    stop.abort();
    publisher.close();
  });
  await publisher.subscribed();
  return { publisher, out: collected(output), err: collected(errors), stop, code };
}

test('prints packets as text, a line about each, and what was lost', async (context) => {
  const { publisher, out, err, code } = await start(context, { count: 3 });
  for (const seq of [1, 2, 6, 7]) await publisher.send(packetBytes({ seq, name: seq === 1 ? 'd\u001bb' : 'web' }));
  assert.equal(await code, 0);
  const blocks = out().split('\n\n');
  assert.equal(blocks.length, 4);
  assert.match(blocks[0]!, /^# \d+ bytes, received \d{4}-\d\d-\d\dT[\d:.]+Z\nname: "d\\033b"\ntime: 1\nhost: "h"\n/);
  assert.match(blocks[2]!, /seq: 6\n/);
  await until(() => err().endsWith(' lost\n'), 'the summary');
  assert.equal(err(), '3 packets, 3 lost on the way\n  h web: 3 lost\n');
});

test('prints one JSON object a line', async (context) => {
  const { publisher, out, code } = await start(context, { count: 2, json: true });
  await publisher.send(packetBytes({ seq: 1 }));
  await publisher.send(Buffer.from('no packet'));
  await publisher.send(packetBytes({ seq: 2 }));
  assert.equal(await code, 0);
  const lines = out().trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).seq),
    ['1', '2'],
  );
});

test('ends by its signal, and tells what was no packet', async (context) => {
  const { publisher, out, err, stop, code } = await start(context);
  await publisher.send(Buffer.from('no packet'));
  await publisher.send(Buffer.from([0x0a, 1, 0x61, 0x10, 1, 0x3a, 1, 0x08]));
  await publisher.send(packetBytes());
  await until(() => out() !== '', 'a packet');
  stop.abort();
  assert.equal(await code, 0);
  await until(() => err() !== '', 'the summary');
  assert.equal(err(), '1 packet, 0 lost on the way, 2 messages were no packets\n');
});

test('a reader that has gone ends it, without a complaint', async (context) => {
  const gone = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
  });
  const { publisher, code } = await start(context, {}, gone);
  await publisher.send(packetBytes());
  assert.equal(await code, 0);
});

test('an output that fails otherwise is a failure', async (context) => {
  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  });
  const { publisher, err, code } = await start(context, {}, full);
  await publisher.send(packetBytes());
  assert.equal(await code, 1);
  await until(() => err().includes("can't write: no space left\n"), 'the reason');
});

test('a slow reader is waited for: nothing piles up in its stream', async (context) => {
  let release: (() => void) | undefined;
  let written = 0;
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      written++;
      release = done;
    },
  });
  const { publisher, stop, code } = await start(context, { json: true }, slow);
  for (let seq = 1; seq <= 50; seq++) await publisher.send(packetBytes({ seq }));
  await until(() => written === 1, 'the first write');
  assert.ok(slow.writableLength < 200, `${slow.writableLength} bytes wait`);
  release?.();
  await until(() => written === 2, 'the second write');
  assert.ok(slow.writableLength < 200);
  // The third packet hangs in the stream: the signal must end it all the same.
  stop.abort();
  assert.equal(await code, 0);
});

test('of one zone only', async (context) => {
  const { publisher, out, code } = await start(context, { zone: 'web', count: 1 });
  await publisher.subscribed(2);
  await publisher.send(packetBytes({ name: 'db' }));
  await publisher.send(packetBytes({ name: 'web' }));
  assert.equal(await code, 0);
  assert.ok(out().includes('name: "web"') && !out().includes('name: "db"'));
});
