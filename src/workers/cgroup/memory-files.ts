// A zone's memory: memory.stat and its neighbours in cgroup v1 and v2
// (kernel: Documentation/admin-guide/cgroup-v1/memory.rst, admin-guide/cgroup-v2.rst). Bytes unless said.

import { FlatKeyed } from '../linux/flat-keyed.js';
import { KernelFile, scratch } from '../linux/kernel-file.js';
import { PAGE_BYTES } from '../linux/page-size.js';
import { Scanner } from '../linux/scanner.js';
import { SeriesSet } from '../series-set.js';
import { FlatFile } from './flat-file.js';
import { ZoneFile, type ZoneFileSettings, type ZoneTarget } from './zone-file.js';

const STAT_FIELDS = [
  'mem.rss',
  'mem.anon',
  'mem.mapped',
  'mem.cached',
  'mem.shmem',
  'mem.dirty',
  'mem.writeback',
  'mem.swap',
  'mem.as_fault',
  'mem.maj_fault',
  'mem.pgin',
  'mem.slab',
  'mem.pp_kernel',
];
const RSS = STAT_FIELDS.indexOf('mem.rss');
const ANON = STAT_FIELDS.indexOf('mem.anon');
const MAJ_FAULT = STAT_FIELDS.indexOf('mem.maj_fault');
const PGIN = STAT_FIELDS.indexOf('mem.pgin');
const SLAB = STAT_FIELDS.indexOf('mem.slab');
const PP_KERNEL = STAT_FIELDS.indexOf('mem.pp_kernel');

/** The `total_` lines count nested cgroups as well, as a zone does. In the order of STAT_FIELDS, from mem.anon on. */
const STAT_V1_KEYS = new FlatKeyed([
  'total_rss',
  'total_mapped_file',
  'total_cache',
  'total_shmem',
  'total_dirty',
  'total_writeback',
  'total_swap',
  'total_pgfault',
  'total_pgmajfault',
]);
const V1_PGMAJFAULT = 8;

export class MemoryStatV1 extends FlatFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, STAT_V1_KEYS, STAT_FIELDS);
  }

  protected putValues(): void {
    const keys = this.keys;
    if (keys.found[0] === 1 && keys.found[1] === 1) this.series.putNumber(RSS, keys.number(0) + keys.number(1));
    for (let key = 0; key <= V1_PGMAJFAULT; key++) this.putKey(ANON + key, key);
    // v1 counts no pages read back; its own `pgpgin` counts pages charged.
    this.putKey(PGIN, V1_PGMAJFAULT);
  }
}

const V2_KEYS = [
  'anon',
  'file_mapped',
  'file',
  'shmem',
  'file_dirty',
  'file_writeback',
  'pgfault',
  'pgmajfault',
  'slab',
  'kernel',
  'kernel_stack',
  'pagetables',
  'workingset_refault_anon',
  'workingset_refault_file',
];
const STAT_V2_KEYS = new FlatKeyed(V2_KEYS);
const V2 = Object.fromEntries(V2_KEYS.map((key, index) => [key, index])) as Record<string, number>;
const V2_PGFAULT = V2['pgfault']!;
const V2_PGMAJFAULT = V2['pgmajfault']!;
const V2_SLAB = V2['slab']!;
const V2_KERNEL = V2['kernel']!;
const V2_STACK = V2['kernel_stack']!;
const V2_PAGETABLES = V2['pagetables']!;
const V2_REFAULT_ANON = V2['workingset_refault_anon']!;
const V2_REFAULT_FILE = V2['workingset_refault_file']!;
const AS_FAULT = STAT_FIELDS.indexOf('mem.as_fault');
const WRITEBACK = STAT_FIELDS.indexOf('mem.writeback');

export class MemoryStatV2 extends FlatFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, STAT_V2_KEYS, STAT_FIELDS);
  }

  protected putValues(): void {
    const { keys, series } = this;
    if (keys.found[0] === 1 && keys.found[1] === 1) series.putNumber(RSS, keys.number(0) + keys.number(1));
    for (let field = ANON; field <= WRITEBACK; field++) this.putKey(field, field - ANON);
    this.putKey(AS_FAULT, V2_PGFAULT);
    this.putKey(MAJ_FAULT, V2_PGMAJFAULT);
    this.putKey(SLAB, V2_SLAB);
    this.#putKernelPages();
    this.#putPagesReadBack();
  }

  /** `kernel` is one line since Linux 5.18; before, the parts of it that are lines of their own. */
  #putKernelPages(): void {
    const { keys } = this;
    const bytes =
      keys.found[V2_KERNEL] === 1
        ? keys.number(V2_KERNEL)
        : keys.number(V2_SLAB) + keys.number(V2_STACK) + keys.number(V2_PAGETABLES);
    this.series.putNumber(PP_KERNEL, Math.floor(bytes / PAGE_BYTES));
  }

  /** Pages that had been there before; before Linux 5.9 only the faults are known. */
  #putPagesReadBack(): void {
    const { keys } = this;
    if (keys.found[V2_REFAULT_FILE] === 0) this.putKey(PGIN, V2_PGMAJFAULT);
    else this.series.putNumber(PGIN, keys.number(V2_REFAULT_ANON) + keys.number(V2_REFAULT_FILE));
  }
}

/** v1 prints the greatest multiple of a page below 2^63 where there is no limit; pages are 64 KiB at most. */
const isUnlimited = (low: number, high: number): boolean => high === 0x7fffffff && low >= 0xffff0000;

/** A file of one number, or of the word `max`, which is none. */
export class SingleValue extends ZoneFile {
  readonly #series: SeriesSet;
  readonly #unitBytes: number;

  /** @param unitBytes what the number is divided by: PAGE_BYTES for a field in pages */
  constructor(target: ZoneTarget, settings: ZoneFileSettings, field: string, unitBytes = 1) {
    super(target, settings);
    this.#series = new SeriesSet(target, [field]);
    this.#unitBytes = unitBytes;
  }

  endSeries(): void {
    this.#series.end();
  }

  protected parse(scanner: Scanner): boolean {
    if (!scanner.unsigned()) return isMax(scanner);
    if (isUnlimited(scanner.low, scanner.high)) return true;
    if (this.#unitBytes === 1) this.#series.put(0, scanner.low, scanner.high);
    else this.#series.putNumber(0, Math.floor(scanner.number / this.#unitBytes));
    return true;
  }
}

const LETTER_M = 0x6d;
const isMax = (scanner: Scanner): boolean => scanner.matchesByte(LETTER_M);

/** Limits, v2: memory.max, and with memory.swap.max the limit of both together, as v1 has it. */
export class MemoryCapsV2 extends ZoneFile {
  readonly #series: SeriesSet;
  readonly #swapMax: KernelFile | undefined;
  readonly #scanner = new Scanner();

  constructor(target: ZoneTarget, settings: ZoneFileSettings, swapMaxPath: string | undefined) {
    super(target, settings);
    this.#series = new SeriesSet(target, ['mem.physcap', 'mem.swapcap']);
    // Absent where the kernel has no swap accounting.
    this.#swapMax = swapMaxPath === undefined ? undefined : new KernelFile(swapMaxPath, { single: true });
  }

  override close(): void {
    super.close();
    this.#swapMax?.close();
  }

  endSeries(): void {
    this.#series.end();
  }

  protected parse(scanner: Scanner): boolean {
    if (!scanner.unsigned()) return isMax(scanner);
    this.#series.put(0, scanner.low, scanner.high);
    const memoryMax = scanner.number;
    const length = this.#swapMax?.read() ?? 0;
    if (length <= 0) return true;
    this.#scanner.reset(scratch(), length);
    if (this.#scanner.unsigned()) this.#series.putNumber(1, memoryMax + this.#scanner.number);
    return true;
  }
}

const OOM_KEYS = new FlatKeyed(['oom_kill']);

/** memory.oom_control of v1, memory.events of v2. */
export class OomKills extends FlatFile {
  constructor(target: ZoneTarget, settings: ZoneFileSettings) {
    super(target, settings, OOM_KEYS, ['mem.oom_kills']);
  }

  protected putValues(): void {
    this.putKey(0, 0);
  }
}
