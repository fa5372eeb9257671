import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { didYouMean, editDistance, nearest } from '../../src/main/cli/nearest.js';

test('edits are counted: insertions, deletions, replacements and swapped neighbours', () => {
  assert.equal(editDistance('port', 'port'), 0);
  assert.equal(editDistance('prot', 'port'), 1);
  assert.equal(editDistance('por', 'port'), 1);
  assert.equal(editDistance('pport', 'port'), 1);
  assert.equal(editDistance('past', 'port'), 2);
  assert.equal(editDistance('', 'port'), 4);
});

test('the distance is symmetric, zero only for equal words, and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
      assert.ok(distance >= Math.abs(a.length - b.length));
    }),
  );
});

test('a word is suggested when it is near, and none when nothing is', () => {
  const known = ['port', 'path.procfs', 'sources'];
  assert.equal(nearest('PORT', known), 'port');
  assert.equal(nearest('source', known), 'sources');
  assert.equal(nearest('colour', known), undefined);
  assert.equal(didYouMean('prot', known), '; did you mean port?');
  assert.equal(didYouMean('colour', known), '');
});
