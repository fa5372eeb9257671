import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/main/backoff.js';

test('waits double up to the limit, each within 20 %, and begin anew after a reset', () => {
  for (const random of [0, 0.5, 0.999999]) {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => random });
    const factor = 0.8 + 0.4 * random;
    for (const plain of [100, 200, 400, 800, 1000, 1000]) assert.equal(backoff.fail(), Math.round(plain * factor));
    assert.equal(backoff.failures, 6);
    backoff.reset();
    assert.equal(backoff.fail(), Math.round(100 * factor));
  }
});
