import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from '../../src/main/latency-histogram.js';

test('a quantile is never below the true one and at most 3.2 % above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 0xfffffffe }), { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.record(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * values.length)) - 1]!;
        const found = histogram.quantileNs(q);
        assert.ok(found >= exact && found <= exact * 1.032 + 1, `${found} for ${exact}`);
        assert.equal(histogram.maxNs, sorted.at(-1));
        assert.equal(histogram.count, values.length);
      },
    ),
  );
});

test('what is beyond four seconds, or below zero, is still counted', () => {
  const histogram = new LatencyHistogram();
  histogram.record(1e12);
  histogram.record(-5);
  assert.equal(histogram.count, 2);
  assert.equal(histogram.maxNs, 1e12);
  assert.equal(histogram.quantileNs(0.5), 0);
  histogram.reset();
  assert.equal(histogram.quantileNs(0.99), 0);
});
