// The cadence that a source too slow for the tick falls back to, and how it comes up again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cadence } from '../../src/workers/cadence.js';

/** Feeds `count` readings of the same cost. @returns the multiples after each */
function feed(cadence: Cadence, costUs: number, baseUs: number, multiple: number, count: number): number[] {
  const multiples: number[] = [];
  let current = multiple;
  for (let i = 0; i < count; i++) {
    current = cadence.observe(costUs, baseUs, current);
    multiples.push(current);
  }
  return multiples;
}

test('a source that fits stays at every tick', () => {
  assert.deepEqual(new Set(feed(new Cadence(), 5900, 10_000, 1, 1000)), new Set([1]));
});

test('single readings that take too long change nothing', () => {
  const cadence = new Cadence();
  for (let i = 0; i < 100; i++) assert.equal(cadence.observe(i % 8 === 0 ? 300 : 50_000, 10_000, 1), 1);
});

test('a steady source too slow for the tick gets the smallest cadence that fits, and keeps it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 601, max: 100_000 }), (costUs) => {
      const multiples = feed(new Cadence(), costUs, 1000, 1, 20_000);
      assert.deepEqual(multiples.slice(0, 7), [1, 1, 1, 1, 1, 1, 1]);
      const settled = multiples.at(-1)!;
      assert.equal(settled, Math.ceil(costUs / 600));
      assert.equal(new Set(multiples.slice(7)).size, 1, 'no swinging to and fro');
    }),
  );
});

test('it comes up again after five seconds of short readings, not before', () => {
  const cadence = new Cadence();
  const base = 10_000;
  feed(cadence, 25_000, base, 1, 8);
  const multiples = feed(cadence, 1000, base, 5, 200);
  const back = multiples.indexOf(1);
  assert.equal(back, 5_000_000 / (base * 5) - 1);
  assert.ok(multiples.slice(0, back).every((multiple) => multiple === 5));
});

test('one long reading starts the five seconds anew', () => {
  const cadence = new Cadence();
  const costs = Array.from({ length: 400 }, (_, i) => (i % 50 === 49 ? 20_000 : 1000));
  let multiple = 5;
  for (const cost of costs) multiple = cadence.observe(cost, 10_000, multiple);
  assert.equal(multiple, 5);
});
