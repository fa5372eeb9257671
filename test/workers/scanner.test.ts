// The scanner against BigInt and the language's own parsers, on numbers and on arbitrary bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toBigInt } from '../../src/ring/u64.js';
import { keyBytes, type Scanner } from '../../src/workers/linux/scanner.js';
import { scannerOf } from '../support/scanner-of.js';

test('unsigned reads every 64-bit number as BigInt does', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.nat(25),
      fc.constantFrom('', ' ', '\t ', '    '),
      (value, zeros, lead) => {
        const scanner = scannerOf(`${lead}${'0'.repeat(zeros)}${value} x`);
        assert.equal(scanner.unsigned(), true);
        assert.equal(toBigInt(scanner.low, scanner.high), value);
        assert.equal(scanner.number, Number(value));
        assert.equal(scanner.at, lead.length + zeros + String(value).length);
      },
    ),
    { numRuns: 2000 },
  );
});

test('unsigned keeps numbers beyond 64 bits modulo 2^64', () => {
  fc.assert(
    fc.property(fc.bigInt(2n ** 64n, 2n ** 90n), (value) => {
      const scanner = scannerOf(String(value));
      scanner.unsigned();
      assert.equal(toBigInt(scanner.low, scanner.high), value % 2n ** 64n);
    }),
  );
});

test('unsigned leaves cursor and halves alone where no digit stands', () => {
  for (const text of ['', '  ', ' x1', '-1', '.5', '\n7']) {
    const scanner = scannerOf(text);
    scanner.low = 5;
    scanner.high = 6;
    assert.equal(scanner.unsigned(), false, JSON.stringify(text));
    assert.deepEqual([scanner.at, scanner.low, scanner.high], [0, 5, 6]);
  }
});

test('nothing is read behind the end, where old bytes of a longer file may stand', () => {
  const scanner = scannerOf('123456', 3);
  assert.equal(scanner.unsigned(), true);
  assert.equal(scanner.number, 123);
  assert.equal(scanner.matches(keyBytes('4')), false);
  assert.equal(scanner.skipLine(), false);
  assert.equal(scanner.at, 3);
});

test('hundredths reads what the kernel prints of load and pressure', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(99), (whole, fraction) => {
      const scanner = scannerOf(`${whole}.${String(fraction).padStart(2, '0')} `);
      assert.equal(scanner.hundredths(), true);
      assert.equal(scanner.number, whole * 100 + fraction);
      assert.equal(scanner.atEnd, false);
    }),
  );
  for (const [text, expected] of [
    ['7', 700],
    ['7.', 700],
    ['7.5', 750],
    ['0.12999', 12],
  ] as const) {
    const scanner = scannerOf(text);
    assert.equal(scanner.hundredths(), true);
    assert.equal(scanner.number, expected, text);
    assert.equal(scanner.atEnd, true);
  }
});

test('hexadecimal reads what sysfs prints of error counters', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.boolean(), (value, upper) => {
      const digits = value.toString(16);
      const scanner = scannerOf(`0x${upper ? digits.toUpperCase() : digits}\n`);
      assert.equal(scanner.hexadecimal(), true);
      assert.equal(scanner.number, value);
      assert.equal(scanner.atLineEnd, true);
    }),
  );
  for (const text of ['', '0x', '0xg', '12', 'x1']) {
    const scanner = scannerOf(text);
    assert.equal(scanner.hexadecimal(), false, text);
    assert.equal(scanner.at, 0);
  }
});

test('words, lines and keys', () => {
  const scanner = scannerOf('one  two\tthree\nfour: 5\nlast');
  scanner.skipWord();
  assert.equal(scanner.textFrom(0), 'one');
  scanner.skipWord();
  assert.equal(scanner.textFrom(5), 'two');
  assert.equal(scanner.atLineEnd, false);
  scanner.skipWord();
  assert.equal(scanner.atLineEnd, true);
  assert.equal(scanner.skipBehind(0x3a), false, 'not beyond the line');
  assert.equal(scanner.skipLine(), true);
  assert.equal(scanner.matches(keyBytes('four:x')), false);
  assert.equal(scanner.skipBehind(0x3a), true);
  assert.equal(scanner.unsigned(), true);
  assert.equal(scanner.skipLine(), true);
  assert.equal(scanner.matches(keyBytes('last')), true);
  assert.equal(scanner.atLineEnd, false, 'a line without its newline was cut');
  assert.equal(scanner.matchesByte(0x0a), false);
  assert.equal(scanner.skipLine(), false);
});

test('on any bytes, every step moves forward and none beyond the end', () => {
  const steps = [
    (s: Scanner) => s.unsigned(),
    (s: Scanner) => s.hundredths(),
    (s: Scanner) => s.hexadecimal(),
    (s: Scanner) => s.skipWord(),
    (s: Scanner) => s.skipLine(),
    (s: Scanner) => s.skipBlanks(),
    (s: Scanner) => s.skipBehind(0x3a),
    (s: Scanner) => s.matchesByte(0x30),
    (s: Scanner) => s.atLineEnd,
  ];
  const bytes = fc
    .uint8Array({ maxLength: 60 })
    .map((raw) => raw.map((byte) => [0x20, 0x0a, 0x30, 0x39, 0x2e, 0x78][byte % 7] ?? byte));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(steps.length - 1), { maxLength: 30 }), (raw, plan) => {
      const scanner = scannerOf(raw);
      for (const step of plan) {
        const before = scanner.at;
        steps[step]!(scanner);
        assert.ok(scanner.at >= before && scanner.at <= scanner.end);
      }
    }),
  );
});
