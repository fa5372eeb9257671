// The small readers that sources of Linux share: pressure, interfaces, page size, names of disks.

import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { diskName } from '../../src/workers/linux/block-devices.js';
import { NetDevLine } from '../../src/workers/linux/net-dev.js';
import { PAGE_BYTES, pageBytesOf } from '../../src/workers/linux/page-size.js';
import { PressureReading } from '../../src/workers/linux/pressure.js';
import { CgroupTree, netDev } from '../support/cgroup-tree.js';
import { scannerOf } from '../support/scanner-of.js';

const SOME = 'some avg10=0.94 avg60=0.30 avg300=0.19 total=10857678\n';

describe('PressureReading', () => {
  it('reads both lines, or the first alone', () => {
    const reading = new PressureReading();
    assert.equal(reading.parse(scannerOf(`${SOME}full avg10=12.00 avg60=0.00 avg300=0.00 total=4294967296\n`)), true);
    assert.deepEqual([...reading.low], [10857678, 0, 94, 1200]);
    assert.deepEqual([...reading.high], [0, 1, 0, 0]);
    assert.deepEqual([...reading.found], [1, 1, 1, 1]);
    assert.equal(reading.parse(scannerOf(SOME)), true);
    assert.deepEqual([...reading.found], [1, 0, 1, 0]);
  });

  it('refuses a line that is cut anywhere', () => {
    for (let length = 0; length < SOME.length; length++) {
      assert.equal(new PressureReading().parse(scannerOf(SOME.slice(0, length))), false, SOME.slice(0, length));
    }
    const reading = new PressureReading();
    assert.equal(reading.parse(scannerOf(`${SOME}junk\n`)), false);
    assert.deepEqual([...reading.found], [1, 0, 1, 0], 'what stood before the defect holds');
  });
});

describe('NetDevLine', () => {
  it('finds every interface of a file, and marks garbled lines', () => {
    const name = fc.stringMatching(/^[a-z0-9.@-]{1,15}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.nat()), { selector: ([key]) => key, maxLength: 8 }),
        (interfaces) => {
          const scanner = scannerOf(netDev(Object.fromEntries(interfaces)));
          const line = new NetDevLine();
          const found = new Map<string, number>();
          const foundName = (): string => Buffer.from(scanner.bytes.subarray(line.nameBegin, line.nameEnd)).toString();
          for (let heading = 0; heading < 2; heading++) {
            assert.equal(line.read(scanner), false);
            scanner.skipLine();
          }
          while (!scanner.atEnd) {
            assert.equal(line.read(scanner), true);
            found.set(foundName(), line.low[0]!);
            scanner.skipLine();
          }
          assert.deepEqual(Object.fromEntries(found), Object.fromEntries(interfaces));
        },
      ),
    );
    const line = new NetDevLine();
    assert.equal(line.read(scannerOf('  eth0: 1 2 3\n')), false);
    assert.deepEqual([line.hasName, line.nameBegin, line.nameEnd], [true, 2, 6]);
    for (const text of ['no interface here\n', '  : 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n', '']) {
      assert.equal(line.read(scannerOf(text)), false);
      assert.equal(line.hasName, false, text);
    }
  });

  it('refuses a line that is cut anywhere', () => {
    const whole = '  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n';
    const line = new NetDevLine();
    for (let length = 0; length < whole.length; length++) {
      assert.equal(line.read(scannerOf(whole.slice(0, length))), false, whole.slice(0, length));
    }
    assert.equal(line.read(scannerOf(whole)), true);
  });
});

describe('page size', () => {
  it('is what the auxiliary vector says, and 4096 without one', () => {
    const vector = (words: readonly bigint[]): Buffer => {
      const bytes = Buffer.alloc(words.length * 8);
      words.forEach((word, i) => {
        if (endianness() === 'LE') bytes.writeBigUInt64LE(word, i * 8);
        else bytes.writeBigUInt64BE(word, i * 8);
      });
      return bytes;
    };
    assert.equal(pageBytesOf(vector([16n, 1n, 6n, 65536n, 0n, 0n]), 8), 65536);
    assert.equal(pageBytesOf(Buffer.alloc(0), 8), 4096);
    assert.equal(Math.log2(PAGE_BYTES) % 1, 0);
    assert.ok(PAGE_BYTES >= 4096);
  });
});

describe('diskName', () => {
  const tree = new CgroupTree();
  after(() => tree.delete());

  it('asks sysfs, then diskstats, and knows what is no disk of its own', () => {
    tree.link('sys/dev/block/8:0', '../../devices/block/sda');
    tree.link('sys/dev/block/104:0', '../../devices/block/cciss!c0d0');
    tree.link('sys/dev/block/253:0', '../../devices/virtual/block/dm-0');
    tree.write('proc/diskstats', '   8      16 sdb 1 2 3\n 259       0 nvme0n1 1 2 3\n');
    const names = ([8, 0, 104, 0, 253, 0, 8, 16, 259, 0, 9, 9] as const).map((_, i, all) =>
      i % 2 === 0 ? diskName(tree.paths, all[i]!, all[i + 1]!) : null,
    );
    assert.deepEqual(
      names.filter((name) => name !== null),
      ['sda', 'cciss/c0d0', undefined, 'sdb', 'nvme0n1', '9:9'],
    );
  });
});
