import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLog, formatLine } from '../../src/main/cli/logging.js';
import { MOST_WAITING_BYTES, StatusLine, TextOutput } from '../../src/main/cli/terminal.js';

test('an entry is one readable line', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', json: false, write: (line) => lines.push(line) });
  log.info('casting', { to: 'tcp://127.0.0.1:7211', sources: 'a b', count: 3, none: '', list: [1, 'x'] });
  log.warn('two\nlines \x1b[31m and a bell\x07', { name: 'zone\nname' });
  log.error('it failed', { error: new Error('no "room"\nleft') });
  log.debug('too fine');
  assert.equal(lines.length, 3);
  const body = lines.map((line) => {
    assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} .*\n$/);
    return line.slice(13, -1);
  });
  assert.deepEqual(body, [
    'info  casting to=tcp://127.0.0.1:7211 sources="a b" count=3 none="" list=[1,"x"]',
    'warn  two\\nlines \\u001b[31m and a bell\\u0007 name="zone\\nname"',
    'error it failed error="no \\"room\\"\\nleft"',
  ]);
});

test('the time is that of the host, to the millisecond', () => {
  const when = new Date(2026, 0, 2, 3, 4, 5, 6);
  const line = formatLine(JSON.stringify({ level: 'info', time: when.toISOString(), msg: 'x' }));
  assert.equal(line, '03:04:05.006 info  x\n');
});

test('JSON entries have level, time, message and data', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', json: true, write: (line) => lines.push(line) });
  log.debug('fine', { zones: 3 });
  const { time, ...entry } = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(entry, { level: 'debug', msg: 'fine', zones: 3 });
});

test('the level can change while it runs', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'silent', json: true, write: (line) => lines.push(line) });
  log.error('unheard');
  log.setLevel('warn');
  log.info('unheard');
  log.warn('heard');
  assert.equal(lines.length, 1);
});

/** What a terminal shows after `output`: its lines, of which \r and \x1b[K concern the last. */
function screen(output: string): string[] {
  const lines = [''];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are controlled by them
  for (const token of output.match(/\r|\n|\x1b\[K|[^\r\n\x1b]+/g) ?? []) {
    const row = lines.at(-1)!;
    if (token === '\r') column = 0;
    else if (token === '\n') {
      lines.push('');
      column = 0;
    } else if (token === '\x1b[K') lines[lines.length - 1] = row.slice(0, column);
    else {
      lines[lines.length - 1] = row.slice(0, column) + token + row.slice(column + token.length);
      column += token.length;
    }
  }
  return lines;
}

test('log lines stand above the status line, which stays whole', () => {
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const line = new StatusLine(write);
  line.above(() => write('before any status\n'));
  line.draw('a long status');
  line.draw('short');
  assert.deepEqual(screen(output), ['before any status', 'short']);
  line.above(() => write('a log line\n'));
  assert.deepEqual(screen(output), ['before any status', 'a log line', 'short']);
  line.draw('longer again');
  line.end();
  line.end();
  line.above(() => write('after it\n'));
  assert.deepEqual(screen(output), ['before any status', 'a log line', 'longer again', 'after it', '']);
});

test('a reader that stops reading costs text, not memory, and what is left out is counted', () => {
  const taken: (() => void)[] = [];
  const stream = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  const output = new TextOutput(stream, () => assert.fail('nobody went away'));
  const text = 'x'.repeat(64 * 1024);
  for (let i = 0; i < 100; i++) output.write(text);
  assert.ok(output.waiting <= MOST_WAITING_BYTES + text.length);
  const skipped = output.skipped;
  assert.equal(skipped, 100 - output.waiting / text.length);
  while (output.waiting > 0) taken.shift()!();
  output.write(text);
  assert.equal(output.skipped, skipped);
  assert.equal(output.waiting, text.length);
});

test('a reader that goes away is told of once, and writing goes on into nothing', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stream = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, gone) });
  let told = 0;
  const output = new TextOutput(stream, ({ code }) => {
    assert.equal(code, 'EPIPE');
    told++;
  });
  output.write('a');
  await new Promise((resolve) => stream.once('close', resolve));
  output.write('b');
  assert.equal(told, 1);
});
