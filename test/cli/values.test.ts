import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import * as values from '../../src/main/cli/values.js';

test('durations: a number and a unit', () => {
  assert.equal(values.parseDuration('10s'), 10_000);
  assert.equal(values.parseDuration('500ms'), 500);
  assert.equal(values.parseDuration('2m'), 120_000);
  assert.equal(values.parseDuration(' 1.5h '), 5_400_000);
  for (const text of ['', '10', 's', '-1s', '1 s', '1S', '1d', '1e3s', '0x1s', '1.s', '10s5ms']) {
    assert.ok(Number.isNaN(values.parseDuration(text)), text);
  }
});

test('durations: any whole number of any unit is read back', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000]),
      (n, unit) => {
        assert.equal(values.parseDuration(`${n}${unit[0]}`), n * (unit[1] as number));
      },
    ),
  );
});

test('text is read by kind, and stays text where it does not fit', () => {
  assert.equal(values.readText('number', '0.5'), 0.5);
  assert.equal(values.readText('number', '1e3'), 1000);
  for (const text of ['', ' ', '0x10', 'Infinity', 'NaN', '1_000', '1,5', '12a']) {
    assert.equal(values.readText('number', text), text);
  }
  assert.equal(values.readText('switch', 'Yes'), true);
  assert.equal(values.readText('switch', '0'), false);
  assert.equal(values.readText('switch', 'toString'), 'toString');
  assert.deepEqual(values.readText('list', ' a, b'), ['a', 'b']);
  assert.deepEqual(values.readText('list', 'a,,b'), ['a', '', 'b']);
});

function accepts(schema: v.GenericSchema, input: unknown): unknown {
  const result = v.safeParse(schema, input);
  return result.success ? result.output : `refused: ${result.issues[0].message}`;
}

test('addresses to bind', () => {
  for (const address of ['127.0.0.1', '0.0.0.0', '*', '::', '::1', '[::1]', 'lo', 'localhost', 'fe80::1%lo']) {
    assert.equal(accepts(values.bindAddress, address), address);
  }
  for (const address of ['', '256.0.0.1', 'example.org', '[127.0.0.1]', '::g', 'constructor', '127.0.0.1:80']) {
    assert.match(String(accepts(values.bindAddress, address)), /^refused: is neither/, address);
  }
  assert.equal(values.tcpEndpoint('::', 7211), 'tcp://[::]:7211');
  assert.equal(values.tcpEndpoint('[::1]', 1), 'tcp://[::1]:1');
  assert.equal(values.tcpEndpoint('*', 7211), 'tcp://*:7211');
});

test('endpoints to bind', () => {
  assert.equal(accepts(values.bindEndpoint, 'tcp://localhost:7211'), 'tcp://127.0.0.1:7211');
  assert.equal(accepts(values.bindEndpoint, 'tcp://::1:7211'), 'tcp://[::1]:7211');
  for (const url of ['tcp://[::]:7211', 'tcp://*:1', 'tcp://10.0.0.1:65535', 'ipc:///run/z.sock', 'ipc://@abstract']) {
    assert.equal(accepts(values.bindEndpoint, url), url);
  }
  const refused: Readonly<Record<string, RegExp>> = {
    'tcp://*:99999': /no port/,
    'tcp://*:0': /no port/,
    'tcp://127.0.0.1': /no port/,
    'tcp://:7211': /not at an address/,
    'tcp://example.org:7211': /not at an address/,
    'udp://127.0.0.1:7211': /not a tcp/,
    '127.0.0.1:7211': /not a tcp/,
    'ipc://': /1 to 107 bytes/,
    [`ipc:///${'x'.repeat(107)}`]: /1 to 107 bytes/,
  };
  for (const [url, message] of Object.entries(refused)) {
    assert.match(String(accepts(values.bindEndpoint, url)), message, url);
  }
});

test('endpoints to connect to may name any host', () => {
  for (const url of ['tcp://example.org:7211', 'tcp://[::1]:7211', 'tcp://host-1:1', 'ipc:///run/z.sock']) {
    assert.equal(accepts(values.connectEndpoint, url), url);
  }
  for (const url of ['tcp://*:7211', 'tcp://[::1:7211', 'tcp://a b:1', 'tcp://a:0', 'inproc://x', '']) {
    assert.match(String(accepts(values.connectEndpoint, url)), /^refused/, url);
  }
});

test('who else can read', () => {
  for (const endpoint of ['tcp://*:7211', 'tcp://0.0.0.0:1', 'tcp://[::]:1', 'tcp://eth0:1', 'tcp://192.168.0.1:1']) {
    assert.equal(values.isReachable(endpoint), true, endpoint);
  }
  for (const endpoint of [
    'tcp://127.0.0.1:1',
    'tcp://127.1.2.3:1',
    'tcp://[::1]:1',
    'tcp://lo:1',
    'ipc:///run/z.sock',
  ]) {
    assert.equal(values.isReachable(endpoint), false, endpoint);
  }
});

test('refused values are shown short and in one line', () => {
  assert.equal(values.showValue(99999), '99999');
  assert.equal(values.showValue('a\nb'), '"a\\nb"');
  assert.equal(values.showValue('x'.repeat(500)).length, 60);
  assert.equal(values.showValue(new Date(0)), '1970-01-01T00:00:00.000Z');
  assert.equal(values.showValue({ a: 1 }), '{"a":1}');
});
