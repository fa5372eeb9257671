// Size of a page of memory, from the auxiliary vector that the kernel gave this process (getauxval(3), AT_PAGESZ):
// 4096 on x86, 4096, 16384 or 65536 on arm64. Read once per thread.

import { readFileSync } from 'node:fs';
import { arch, endianness } from 'node:os';

const AT_PAGESZ = 6;
const USUAL_BYTES = 4096;

export const PAGE_BYTES = pageBytesOf(auxiliaryVector(), wordBytes());

/** @param vector pairs of native words, type and value */
export function pageBytesOf(vector: Buffer, wordBytes: 4 | 8): number {
  const word = (at: number): number => {
    if (wordBytes === 4) return endianness() === 'LE' ? vector.readUInt32LE(at) : vector.readUInt32BE(at);
    return Number(endianness() === 'LE' ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at));
  };
  for (let at = 0; at + 2 * wordBytes <= vector.length; at += 2 * wordBytes) {
    if (word(at) === AT_PAGESZ) return word(at + wordBytes);
  }
  return USUAL_BYTES;
}

function auxiliaryVector(): Buffer {
  try {
    return readFileSync('/proc/self/auxv');
  } catch {
    return Buffer.alloc(0);
  }
}

function wordBytes(): 4 | 8 {
  return ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(arch()) ? 4 : 8;
}
