// Producer and consumer against the model: random operations on tiny rings whose positions are about to wrap.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CELL, HEADER } from '../../src/ring/layout.js';
import { type Coverage, Harness, type Operation, type Sabotage } from './harness.js';

// Well-formed text without NUL, since that is what a definition carries unchanged.
const text = fc.string({ unit: 'grapheme', maxLength: 24 }).map((raw) => raw.replaceAll('\0', ''));
const pick = fc.nat({ max: 1000 });
const word = fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 0xffffffff }), fc.constant(0xffffffff));

const zone = fc.record(
  {
    key: text,
    name: text,
    kind: fc.constantFrom('host', 'docker', 'systemd'),
    containerId: fc.constantFrom('', 'f00dcafe'),
    inode: fc.constantFrom('', '18446744073709551615'),
    owned: fc.boolean(),
  },
  { noNullPrototype: true },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('defineZone' as const), zone }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('endZone' as const), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('defineSeries' as const),
      pick,
      field: fc.constantFrom('mem.rss', 'disk.nread', 'threads'),
      instance: fc.array(text, { maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('endSeries' as const), pick }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('begin' as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('put' as const),
      pick,
      count: fc.oneof(fc.constant(1), fc.nat({ max: 12 }), fc.nat({ max: 80 })),
      low: word,
      high: word,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('breakIfLarge' as const) }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('abandon' as const) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('drain' as const), frames: fc.nat({ max: 3 }) }) },
);

const capacity = fc.constantFrom(64, 128, 256);
const start = fc.oneof(
  fc.integer({ min: 0x7fffff00, max: 0x7fffffff }),
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const operations = fc.array(operation, { minLength: 20, maxLength: 200, size: 'max' });

function check(runs: number, seed: number | undefined, sabotage?: Sabotage): Coverage {
  const total: Coverage = { committed: 0, dropped: 0, pieces: 0, wrapped: 0, reused: 0 };
  fc.assert(
    fc.property(capacity, start, operations, (capacitySlots, position, list) => {
      const harness = new Harness(capacitySlots, position, sabotage);
      harness.run(list);
      for (const key of Object.keys(total) as (keyof Coverage)[]) total[key] += harness.coverage[key];
    }),
    { numRuns: runs, endOnFailure: sabotage !== undefined, ...(seed === undefined ? {} : { seed }) },
  );
  return total;
}

test('every committed frame arrives whole, in order, once; drops are counted exactly', (t) => {
  const coverage = check(1500, undefined);
  t.diagnostic(JSON.stringify(coverage));
  for (const [name, times] of Object.entries(coverage)) assert.ok(times > 300, `${name} was met only ${times} times`);
});

// Each of these is a defect that a ring could have. If the checks above let one pass, they are worth nothing.
const SABOTAGES: Record<string, Sabotage> = {
  'a producer that does not look at the free space': (cells) => {
    cells[CELL.head] = cells[CELL.tail]!;
  },
  'a tail that moves before the frame is complete': (cells) => {
    if (cells[CELL.frames]! > 3) cells[CELL.tail] = cells[CELL.tail]! + 1;
  },
  'a sample written twice over another': (_cells, words) => {
    words[(HEADER.reserved + 1 + 4) % words.length] = 0xdead;
  },
  'a drop that is not counted': (cells) => {
    cells[CELL.droppedSamples] = 0;
  },
};

for (const [name, sabotage] of Object.entries(SABOTAGES)) {
  test(`the checks notice ${name}`, () => {
    check(20, 7);
    assert.throws(() => check(300, 7, sabotage), /Property failed/);
  });
}
