import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PidStat } from '../../src/workers/process/pid-stat.js';
import { scannerOf } from '../support/scanner-of.js';

/** `cat /proc/self/stat` on Linux 6.18. */
const RECORDED =
  '7539 (cat) R 7492 7492 12514 0 -1 4194304 178 355 0 0 3 4 0 0 20 0 1 0 410765 3133440 384 18446744073709551615 ' +
  '94352877588480 94352877608361 140727495286976 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 94352877624368 94352877625984 ' +
  '94353707393024 140727495293421 140727495293441 140727495293441 140727495294955 0\n';

describe('PidStat', () => {
  it('reads what the kernel prints', () => {
    const stat = new PidStat();
    const scanner = scannerOf(RECORDED);
    assert.equal(stat.parse(scanner), true);
    assert.equal(Buffer.from(scanner.bytes.subarray(stat.commandBegin, stat.commandEnd)).toString(), 'cat');
    const { jiffies, threads, startTime, rssPages, processor } = stat;
    assert.deepEqual(
      { jiffies, threads, startTime, rssPages, processor },
      {
        jiffies: 7,
        threads: 1,
        startTime: 410765,
        rssPages: 384,
        processor: 1,
      },
    );
  });

  it('takes any command, with blanks, parentheses, newlines and numbers in it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(') R 1 2 3', '((', 'a) S', 'x\n(y)')),
        (command) => {
          const scanner = scannerOf(RECORDED.replace('(cat)', () => `(${command})`));
          const stat = new PidStat();
          assert.equal(stat.parse(scanner), true);
          const bytes = scanner.bytes.subarray(stat.commandBegin, stat.commandEnd);
          assert.deepEqual(Buffer.from(bytes), Buffer.from(command));
          assert.deepEqual([stat.jiffies, stat.processor], [7, 1]);
        },
      ),
    );
  });

  it('refuses a line that is cut or no such line', () => {
    const stat = new PidStat();
    const processorAt = RECORDED.indexOf(' 17 1 ') + 4;
    for (let length = 0; length <= processorAt; length++) {
      assert.equal(stat.parse(scannerOf(RECORDED.slice(0, length))), false, `${length} bytes`);
    }
    assert.equal(stat.parse(scannerOf('7539 cat R 1')), false);
    assert.equal(stat.parse(scannerOf(')(')), false);
  });
});
