// /proc/vmstat: running totals of paging. The dearest of the files (some 22 us for 4 KB), hence its slower cadence.
// The kernel splits some totals by memory zone or by who asked; which of the lines exist depends on the kernel.

import { FlatKeyed, type LinePlan } from '../linux/flat-keyed.js';
import { PAGE_BYTES } from '../linux/page-size.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

const ZONES = ['dma', 'dma32', 'normal', 'high', 'movable', 'device'];
const byZone = (name: string): string[] => ZONES.map((zone) => `${name}_${zone}`);
/** Who reclaims. `pgscan_anon` and `pgscan_file` split the same pages once more; Linux before 4.8 also split by zone. */
const byReclaimer = (name: string): string[] =>
  ['kswapd', 'direct', 'khugepaged', 'proactive'].map((who) => `${name}_${who}`);

const PGPGIN = 'pgpgin';

/** Fields that are the sum of the lines found. */
const SUMS: readonly { readonly field: string; readonly keys: readonly string[] }[] = [
  { field: 'mem.nalloc_calls', keys: byZone('pgalloc') },
  { field: 'mem.nfree_calls', keys: ['pgfree'] },
  { field: 'mem.maj_fault', keys: ['pgmajfault'] },
  { field: 'mem.as_fault', keys: ['pgfault'] },
  { field: 'vm.pswpin', keys: ['pswpin'] },
  { field: 'vm.pswpout', keys: ['pswpout'] },
  { field: 'vm.pgscan', keys: byReclaimer('pgscan') },
  { field: 'vm.pgsteal', keys: byReclaimer('pgsteal') },
  { field: 'vm.allocstall', keys: ['allocstall', ...byZone('allocstall')] },
  { field: 'vm.oom_kill', keys: ['oom_kill'] },
];
const KEYS = [...SUMS.flatMap((sum) => sum.keys), PGPGIN, 'pgpgout'];
const KEYS_OF_SUM = SUMS.map((sum) => Int32Array.from(sum.keys, (key) => KEYS.indexOf(key)));
const IN = KEYS.indexOf(PGPGIN);
const OUT = KEYS.indexOf('pgpgout');

/** pgpgin and pgpgout count KiB, despite their names. */
const KIB = 1024;

export class Vmstat implements ProcFile {
  readonly path: string;
  readonly single = false;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #lines = new FlatKeyed(KEYS);
  readonly #sums: Int32Array;
  readonly #pagesIn: number;
  readonly #bytesIn: number;
  readonly #bytesOut: number;
  #plan: LinePlan | undefined;

  constructor(host: Host, everyMs: number) {
    this.path = `${host.paths.procfs}/vmstat`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#sums = host.seriesOf(SUMS.map((sum) => sum.field));
    this.#pagesIn = host.series('mem.pgin');
    this.#bytesIn = host.series('vm.pgpgin_bytes');
    this.#bytesOut = host.series('vm.pgpgout_bytes');
  }

  parse(): boolean {
    const lines = this.#lines;
    this.#plan = lines.parse(this.#host.scanner, this.#plan);
    if (this.#plan === undefined) return false;
    for (let i = 0; i < KEYS_OF_SUM.length; i++) this.#putSum(this.#sums[i]!, KEYS_OF_SUM[i]!);
    if (lines.found[IN] === 1) {
      this.#host.putScaled(this.#bytesIn, lines.number(IN), KIB);
      this.#host.producer.putNumber(this.#pagesIn, Math.floor((lines.number(IN) * KIB) / PAGE_BYTES));
    }
    if (lines.found[OUT] === 1) this.#host.putScaled(this.#bytesOut, lines.number(OUT), KIB);
    return true;
  }

  #putSum(series: number, keys: Int32Array): void {
    let found = 0;
    let sum = 0;
    for (let i = 0; i < keys.length; i++) {
      found += this.#lines.found[keys[i]!]!;
      sum += this.#lines.number(keys[i]!);
    }
    if (found > 0) this.#host.producer.putNumber(series, sum);
  }
}
