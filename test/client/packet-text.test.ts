// Packets as text: what `zonecast tail` and `-v` print can be read back, and is safe to look at.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { packetJson, packetText, printable } from '../../src/main/cli/packet-text.js';
import { decodePacket } from '../../src/main/wire/decode.js';
import type { Packet } from '../../src/main/wire/packet.js';
import { packetType } from '../../src/main/wire/schema.js';
import { encodeCase } from '../support/encode-case.js';
import { packetCases } from '../support/packet-cases.js';

const SCHEMA_FOLDER = fileURLToPath(new URL('../../../proto/', import.meta.url));
const hasProtoc = spawnSync('protoc', ['--version']).status === 0;

const EMPTY = decodePacket(packetType.encode({ name: 'z', time: 0 }).finish());
const PACKET: Packet = {
  ...EMPTY,
  name: 'we"b\\\n\u001b[31m\u009b',
  time: 18446744073709551615n,
  cpu: [{ core: 0, usage: 4294967295 }, {}],
  zonename: ['a', 'ü'],
  source: [{ name: 'ACTIVE', state: 'ACTIVE', late: false }],
};

const TEXT = String.raw`name: "we\"b\\\n\033[31m\302\233"
time: 18446744073709551615
cpu {
  core: 0
  usage: 4294967295
}
cpu {
}
zonename: "a"
zonename: "ü"
source {
  name: "ACTIVE"
  state: ACTIVE
  late: false
}
`;

test('text format: nested messages, escapes, exact integers, enums bare', () => {
  assert.equal(packetText(PACKET), TEXT);
});

test('JSON: one line, 64-bit integers as strings, nothing empty', () => {
  const json = packetJson(PACKET);
  assert.ok(!/\p{Cc}/u.test(json));
  assert.deepEqual(JSON.parse(json), {
    name: 'we"b\\\n\u001b[31m\u009b',
    time: '18446744073709551615',
    cpu: [{ core: 0, usage: 4294967295 }, {}],
    zonename: ['a', 'ü'],
    source: [{ name: 'ACTIVE', state: 'ACTIVE', late: false }],
  });
});

test('JSON is read back by protobuf as the same packet; neither form has a control character', () => {
  fc.assert(
    fc.property(packetCases(), (packetCase) => {
      const bytes = encodeCase(packetCase);
      const packet = decodePacket(bytes);
      const json = packetJson(packet);
      assert.ok(!/\p{Cc}/u.test(json) && !/[^\P{Cc}\n]/u.test(packetText(packet)));
      const again = packetType.encode(packetType.fromObject(JSON.parse(json))).finish();
      assert.ok(Buffer.from(again).equals(bytes));
    }),
    { numRuns: 200 },
  );
});

const skip = hasProtoc ? false : 'needs protoc: apt-get install protobuf-compiler';

test('protoc reads the text back as the same packet', { skip }, () => {
  fc.assert(
    fc.property(packetCases(), (packetCase) => {
      const bytes = encodeCase(packetCase);
      const protoc = spawnSync('protoc', [`--proto_path=${SCHEMA_FOLDER}`, '--encode=PBMSG.Packet', 'zonecast.proto'], {
        input: packetText(decodePacket(bytes)),
      });
      assert.equal(protoc.stderr.toString(), '');
      assert.ok(protoc.stdout.equals(bytes));
    }),
    { numRuns: 40 },
  );
});

test('names are printable wherever they are shown', () => {
  assert.equal(printable('a\u001b]0;x\u0007'), String.raw`a\033]0;x\007`);
});
