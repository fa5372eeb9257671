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

test('readings that take too long, but not all of them for half a second, change nothing', () => {
  const cadence = new Cadence();
  for (let i = 0; i < 5000; i++) assert.equal(cadence.observe(i % 500 === 0 ? 300 : 50_000, 1000, 1), 1);
});

test('a steady source too slow for the tick gets the smallest cadence that fits, and keeps it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 601, max: 100_000 }), (costUs) => {
      const multiples = feed(new Cadence(), costUs, 1000, 1, 20_000);
      const first = multiples.findIndex((multiple) => multiple > 1);
      assert.equal(first, 499, 'after half a second');
      assert.equal(multiples.at(-1), Math.ceil(costUs / 600));
      assert.equal(new Set(multiples.slice(first)).size, 1, 'no swinging to and fro');
    }),
  );
});

test('at long intervals eight readings must be too long', () => {
  assert.equal(feed(new Cadence(), 700_000, 1_000_000, 1, 8).indexOf(2), 7);
});

/** Slow until it falls back, then short readings until it is at every tick again. @returns the time that took */
function fallAndReturn(cadence: Cadence, baseUs: number): number {
  let multiple = 1;
  while (multiple === 1) multiple = cadence.observe(baseUs * 2, baseUs, 1);
  let us = 0;
  while (multiple > 1) {
    us += baseUs * multiple;
    multiple = cadence.observe(baseUs / 10, baseUs, multiple);
  }
  return us;
}

test('it comes up again after two seconds of short readings; every further fall doubles that, up to a minute', () => {
  const cadence = new Cadence();
  const seconds = Array.from({ length: 8 }, () => Math.round(fallAndReturn(cadence, 10_000) / 1e6));
  assert.deepEqual(seconds, [2, 4, 8, 16, 32, 64, 64, 64]);
  feed(cadence, 1000, 10_000, 1, 6000);
  assert.equal(Math.round(fallAndReturn(cadence, 10_000) / 1e6), 2, 'after a minute at the full rate');
});

test('one long reading starts that time anew', () => {
  const cadence = new Cadence();
  let multiple = 5;
  for (let i = 0; i < 400; i++) multiple = cadence.observe(i % 15 === 14 ? 20_000 : 1000, 10_000, multiple);
  assert.equal(multiple, 5);
});
