import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toBigInt } from '../../src/ring/u64.js';
import { FlatKeyed, type LinePlan } from '../../src/workers/linux/flat-keyed.js';
import { scannerOf } from '../support/scanner-of.js';

const KEYS = ['rss', 'total_rss', 'pgfault', 'anon'];

function found(keyed: FlatKeyed): Record<string, bigint> {
  const entries = KEYS.flatMap((key, i) =>
    keyed.found[i] === 1 ? [[key, toBigInt(keyed.low[i]!, keyed.high[i]!)] as const] : [],
  );
  return Object.fromEntries(entries);
}

describe('FlatKeyed', () => {
  it('finds the wanted lines, and not those that only begin alike', () => {
    const keyed = new FlatKeyed(KEYS);
    assert.ok(keyed.parse(scannerOf('rss_huge 1\nrss 2\ntotal_rss 18446744073709551615\nx 4\n'), undefined));
    assert.deepEqual(found(keyed), { rss: 2n, total_rss: 18446744073709551615n });
    assert.equal(keyed.number(0), 2);
    assert.equal(keyed.number(2), 0);
  });

  it('shares the plan among files of one shape and learns another', () => {
    const keyed = new FlatKeyed(KEYS);
    const plan = keyed.parse(scannerOf('a 1\nrss 2\nb 3\n'), undefined);
    assert.equal(keyed.parse(scannerOf('a 4\nrss 5\nb 6\n'), plan), plan);
    assert.deepEqual(found(keyed), { rss: 5n });
    assert.equal(keyed.parse(scannerOf('z 4\nrss 7\ny 6\n'), undefined), plan);
    const longer = keyed.parse(scannerOf('a 1\nrss 2\nb 3\nanon 9\n'), plan);
    assert.notEqual(longer, plan);
    assert.deepEqual(found(keyed), { rss: 2n, anon: 9n });
    assert.equal(keyed.parse(scannerOf('a 1\nrss 2\nb 3\n'), longer), plan);
    assert.deepEqual(found(keyed), { rss: 2n });
  });

  it('refuses what is garbled or empty', () => {
    for (const text of ['', '\n\n', 'rss\n', 'rss x\n', 'rss 1x\n', 'other 1\n', 'rss -1\n']) {
      assert.equal(new FlatKeyed(KEYS).parse(scannerOf(text), undefined), undefined, JSON.stringify(text));
    }
  });

  it('finds what splitting into lines finds, in files whose shape changes', () => {
    const line = fc.tuple(
      fc.constantFrom(...KEYS, 'a', 'rss_x', 'total'),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    const file = fc.uniqueArray(line, { selector: ([key]) => key, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 5 }), (files) => {
        const keyed = new FlatKeyed(KEYS);
        let plan: LinePlan | undefined;
        for (const lines of files) {
          plan = keyed.parse(scannerOf(lines.map(([key, value]) => `${key} ${value}\n`).join('')), plan);
          const expected = Object.fromEntries(lines.filter(([key]) => KEYS.includes(key)));
          assert.equal(plan === undefined, Object.keys(expected).length === 0);
          if (plan !== undefined) assert.deepEqual(found(keyed), { ...expected });
        }
      }),
      { numRuns: 500 },
    );
  });
});
