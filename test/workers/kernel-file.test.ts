// Kernel files on the real /proc and on a tree of plain files: pages, growth, failures, descriptors.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KernelFile, scratch } from '../../src/workers/linux/kernel-file.js';

const directory = mkdtempSync(join(tmpdir(), 'zonecast-kernel-file-'));
after(() => rmSync(directory, { recursive: true }));

const hasProc = process.platform === 'linux' ? {} : { skip: 'needs Linux: reads /proc' };
const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const textOf = (length: number): string => Buffer.from(scratch().subarray(0, length)).toString();

test('a file is read anew at every call, through one descriptor', hasProc, () => {
  const path = join(directory, 'counter');
  const file = new KernelFile(path);
  // The thread's first file also opens the descriptor held in reserve.
  file.read();
  file.close();
  const before = openDescriptors();
  for (const text of ['1\n', '22\n', '333\n', '4\n']) {
    writeFileSync(path, text);
    assert.equal(textOf(file.read()), text);
    assert.equal(openDescriptors(), before + 1);
  }
  file.close();
  assert.equal(openDescriptors(), before);
});

test('a file larger than a page and than the buffer comes whole', () => {
  const path = join(directory, 'large');
  const text = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join('');
  writeFileSync(path, text);
  for (const single of [true, false]) {
    const file = new KernelFile(path, { single });
    assert.equal(textOf(file.read()), text);
    file.close();
  }
});

test('a kernel file of records, which come a page at a time, is read to its end', hasProc, () => {
  // More than a page on every host: one line for every kind of slab, filesystem or mapping.
  const path = '/proc/self/smaps';
  const file = new KernelFile(path);
  const length = file.read();
  assert.ok(length > 4096);
  const headings = (text: string): number => text.match(/^VmFlags:/gm)?.length ?? 0;
  const here = headings(textOf(length));
  const beside = headings(readFileSync(path, 'latin1'));
  assert.ok(Math.abs(here - beside) <= 5, `${here} mappings here, ${beside} beside`);
  file.close();
});

test('a missing file fails with its code and is found once it is there', () => {
  const path = join(directory, 'later');
  const file = new KernelFile(path);
  assert.equal(file.read(), -1);
  assert.equal(file.errno, 'ENOENT');
  writeFileSync(path, 'now\n');
  assert.equal(textOf(file.read()), 'now\n');
  assert.equal(file.errno, '');
  file.close();
});

test('a read that fails gives up its descriptor', hasProc, () => {
  const before = openDescriptors();
  const file = new KernelFile(directory);
  assert.equal(file.read(), -1);
  assert.equal(file.errno, 'EISDIR');
  assert.equal(openDescriptors(), before);
});

test('beyond the budget of descriptors, files are opened and closed around each read', hasProc, () => {
  const paths = Array.from({ length: 6 }, (_, i) => join(directory, `many-${i}`));
  for (const [i, path] of paths.entries()) writeFileSync(path, `${i}\n`);
  const budget = KernelFile.budget;
  KernelFile.budget = KernelFile.kept + 2;
  try {
    const before = openDescriptors();
    const transient = KernelFile.transient;
    const files = paths.map((path) => new KernelFile(path));
    for (let round = 0; round < 3; round++) {
      for (const [i, file] of files.entries()) assert.equal(textOf(file.read()), `${i}\n`);
    }
    assert.equal(KernelFile.transient - transient, 12);
    assert.ok(openDescriptors() <= before + 3, 'two kept, one in reserve');
    for (const file of files) file.close();
    assert.equal(KernelFile.kept, KernelFile.budget - 2);
  } finally {
    KernelFile.budget = budget;
  }
});
