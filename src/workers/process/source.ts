// The source `process`: how many processes each zone has, and which use most CPU, about once a second. Runs in its own
// worker thread. Zones are those of the source `cgroup`, by the same paths; this one only adds to them.

import { readdirSync } from 'node:fs';
import { cgroupHierarchies } from '../linux/cgroup-mounts.js';
import { ContainerNames, type ContainerRoots } from '../linux/container-names.js';
import {
  type HostPaths,
  type ProbeReport,
  type Source,
  type SourceContext,
  type SourceModule,
  SourceUnavailable,
} from '../source.js';
import { fields } from './fields.js';
import { ProcessTable } from './process-table.js';
import { ProcessZones } from './process-zones.js';

const DEFAULT_INTERVAL_MS = 1000;
const DEFAULT_TOP = 10;
const INIT_PID = '1';

/** Options: `intervalMs`, `top` (processes listed per zone, default 10), `containers` (see ContainerRoots). */
class ProcessSource implements Source {
  readonly #context: SourceContext;
  readonly #table: ProcessTable;
  readonly #zones: ProcessZones;
  #noted = false;

  constructor(context: SourceContext) {
    const { options, paths, producer } = context;
    const hierarchies = cgroupHierarchies(paths);
    this.#context = context;
    this.#table = new ProcessTable(paths.procfs, hierarchies, numberOption(context, 'intervalMs', DEFAULT_INTERVAL_MS));
    this.#zones = new ProcessZones(
      producer,
      hierarchies,
      new ContainerNames(options['containers'] as Partial<ContainerRoots> | undefined),
      numberOption(context, 'top', DEFAULT_TOP),
    );
  }

  sample(): void {
    const table = this.#table;
    table.scan();
    const { control } = this.#context.producer;
    if (table.readErrors > 0) control.add('readErrors', table.readErrors);
    if (table.parseErrors > 0) control.add('parseErrors', table.parseErrors);
    if (!table.complete && !this.#noted) {
      this.#noted = true;
      this.#context.note('not every process can be seen by this user: processes are not counted, only listed');
    }
    this.#zones.put(table.processes, table.complete ? table.count : undefined);
  }

  close(): void {
    this.#table.close();
  }
}

function numberOption(context: SourceContext, key: string, otherwise: number): number {
  const value = context.options[key] ?? otherwise;
  if (typeof value === 'number' && value >= 0) return value;
  throw new RangeError(`process: ${key} must be a number, not negative`);
}

/** @returns the names in /proc, or why they can't be had */
function list(paths: HostPaths): { names: readonly string[]; why?: string } {
  try {
    const names = readdirSync(paths.procfs);
    // Even with hidepid the agent sees itself.
    return names.some((name) => /^\d+$/.test(name)) ? { names } : { names, why: `${paths.procfs} has no processes` };
  } catch (error) {
    return { names: [], why: `${paths.procfs} can't be listed (${(error as NodeJS.ErrnoException).code})` };
  }
}

const REMEDY = 'mount procfs there, or give the directory with --path.procfs';

export const source: SourceModule = {
  name: 'process',
  pace: 'own',
  defaultIntervalMs: DEFAULT_INTERVAL_MS,
  fields,
  probe(paths: HostPaths): ProbeReport {
    const { names, why } = list(paths);
    if (why !== undefined) return { available: false, why, remedy: REMEDY, shortfalls: [] };
    if (names.includes(INIT_PID)) return { available: true, shortfalls: [] };
    const hidden = {
      what: 'processes, and process.* of other users',
      why: 'procfs is mounted with hidepid: this user sees its own processes only',
      remedy: "run as root, or in the group of procfs's mount option gid",
    };
    return { available: true, shortfalls: [hidden] };
  },
  open(context: SourceContext): Source {
    const { why } = list(context.paths);
    if (why !== undefined) throw new SourceUnavailable(why, REMEDY);
    return new ProcessSource(context);
  },
};
