// /proc/meminfo: the host's memory, in kB (of 1024 bytes). Lines that this kernel lacks leave their fields absent.

import { FlatKeyed, type LinePlan } from '../linux/flat-keyed.js';
import { PAGE_BYTES } from '../linux/page-size.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

const KB = 1024;

/** Fields of one line each, in bytes. */
const BYTES_OF_LINE: readonly (readonly [field: string, key: string])[] = [
  ['mem.physcap', 'MemTotal:'],
  ['mem.swapcap', 'SwapTotal:'],
  ['mem.available', 'MemAvailable:'],
  ['mem.buffers', 'Buffers:'],
  ['mem.cached', 'Cached:'],
  ['mem.dirty', 'Dirty:'],
  ['mem.writeback', 'Writeback:'],
  ['mem.anon', 'AnonPages:'],
  ['mem.mapped', 'Mapped:'],
  ['mem.slab', 'Slab:'],
  ['mem.shmem', 'Shmem:'],
];
const KEYS = [
  ...BYTES_OF_LINE.map(([, key]) => key),
  'MemFree:',
  'SwapFree:',
  'KernelStack:',
  'PageTables:',
  'Percpu:',
  'VmallocUsed:',
];
/** Fields that are computed from several lines, or that are in pages. */
const OTHER_FIELDS = ['mem.rss', 'mem.swap', 'mem.physmem', 'mem.freemem', 'mem.pp_kernel'];

const indexOf = (key: string): number => KEYS.indexOf(key);
const TOTAL = indexOf('MemTotal:');
const FREE = indexOf('MemFree:');
const ANON = indexOf('AnonPages:');
const MAPPED = indexOf('Mapped:');
const SWAP_TOTAL = indexOf('SwapTotal:');
const SWAP_FREE = indexOf('SwapFree:');
/** The kernel's own memory. Those of them that a kernel doesn't print are not in the sum. */
const KERNEL = ['Slab:', 'KernelStack:', 'PageTables:', 'Percpu:', 'VmallocUsed:'].map(indexOf);

export class Meminfo implements ProcFile {
  readonly path: string;
  readonly single = true;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #lines = new FlatKeyed(KEYS, ' kB');
  readonly #bytes: Int32Array;
  readonly #other: Int32Array;
  #plan: LinePlan | undefined;

  constructor(host: Host, everyMs: number) {
    this.path = `${host.paths.procfs}/meminfo`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#bytes = host.seriesOf(BYTES_OF_LINE.map(([field]) => field));
    this.#other = host.seriesOf(OTHER_FIELDS);
  }

  parse(): boolean {
    this.#plan = this.#lines.parse(this.#host.scanner, this.#plan);
    if (this.#plan === undefined) return false;
    for (let i = 0; i < BYTES_OF_LINE.length; i++) {
      if (this.#has(i)) this.#host.putScaled(this.#bytes[i]!, this.#lines.number(i), KB);
    }
    if (this.#has(ANON) && this.#has(MAPPED)) this.#put(0, this.#kB(ANON) + this.#kB(MAPPED));
    if (this.#has(SWAP_TOTAL) && this.#has(SWAP_FREE)) this.#put(1, this.#kB(SWAP_TOTAL) - this.#kB(SWAP_FREE));
    if (this.#has(TOTAL)) this.#putPages(2, this.#kB(TOTAL));
    if (this.#has(FREE)) this.#putPages(3, this.#kB(FREE));
    if (this.#has(KERNEL[0]!)) this.#putPages(4, this.#kernelKB());
    return true;
  }

  #kernelKB(): number {
    let sum = 0;
    for (let i = 0; i < KERNEL.length; i++) sum += this.#kB(KERNEL[i]!);
    return sum;
  }

  #has(key: number): boolean {
    return this.#lines.found[key] === 1;
  }

  #kB(key: number): number {
    return this.#lines.number(key);
  }

  #put(other: number, kB: number): void {
    if (kB >= 0) this.#host.putScaled(this.#other[other]!, kB, KB);
  }

  #putPages(other: number, kB: number): void {
    this.#host.producer.putNumber(this.#other[other]!, Math.floor((kB * KB) / PAGE_BYTES));
  }
}
