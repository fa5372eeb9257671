// The processes of one zone that used most CPU since the last scan, and their series: those of a process that leaves the
// list end. Runs in the source's thread, about once a second.

import { PAGE_BYTES } from '../linux/page-size.js';
import { ticksOfJiffies } from '../linux/profile-ticks.js';
import { SeriesSet, type SeriesTarget } from '../series-set.js';
import type { Process } from './process-table.js';

const FIELDS = ['process.usage', 'process.cpu', 'process.rss', 'process.threads'];

interface Listed {
  readonly command: string;
  readonly series: SeriesSet;
}

export class TopList {
  readonly #target: SeriesTarget;
  readonly #top: number;
  readonly #listed = new Map<Process, Listed>();

  constructor(target: SeriesTarget, top: number) {
    this.#target = target;
    this.#top = top;
  }

  /** Chooses among `processes`, whose order it changes, and puts what the chosen ones used. */
  put(processes: Process[]): void {
    // Among the idle ones those listed before stay: a list that changes at every scan would say nothing.
    processes.sort((a, b) => b.recentJiffies - a.recentJiffies || this.#rank(a) - this.#rank(b) || a.pid - b.pid);
    const chosen = processes.slice(0, this.#top);
    this.#endAllBut(new Set(chosen));
    for (const process of chosen) this.#putOne(process);
  }

  #rank(process: Process): number {
    return this.#listed.has(process) ? 0 : 1;
  }

  #endAllBut(chosen: ReadonlySet<Process>): void {
    for (const [process, listed] of this.#listed) {
      // A process that runs another program now is another element.
      if (chosen.has(process) && listed.command === process.command) continue;
      listed.series.end();
      this.#listed.delete(process);
    }
  }

  #putOne(process: Process): void {
    let listed = this.#listed.get(process);
    if (listed === undefined) {
      const { command, pid } = process;
      listed = { command, series: new SeriesSet(this.#target, FIELDS, [String(pid), command]) };
      this.#listed.set(process, listed);
    }
    listed.series.putNumber(0, ticksOfJiffies(process.jiffies));
    listed.series.putNumber(1, process.processor);
    listed.series.putNumber(2, process.rssPages * PAGE_BYTES);
    listed.series.putNumber(3, process.threads);
  }
}
