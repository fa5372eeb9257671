// The source `cgroup`: every cgroup directory but the roots is a zone, read at every tick. Runs in its own worker thread.
// Directories come and go by `Discovery`; what a zone is read from, by `openZoneFiles`; its name, by `zoneLabel`.
// It decides which zones exist; other sources only add to them.

import { monotonicClock } from '../../ring/monotonic-clock.js';
import { cgroupHierarchies, type Hierarchy } from '../linux/cgroup-mounts.js';
import { ContainerNames, type ContainerRoots } from '../linux/container-names.js';
import { KernelFile } from '../linux/kernel-file.js';
import { zoneLabel } from '../linux/zone-name.js';
import { type Source, type SourceContext, type SourceModule, SourceUnavailable } from '../source.js';
import { Discovery } from './discovery.js';
import { fields } from './fields.js';
import { NetworkNamespaces } from './network.js';
import { NetworkMembers } from './network-members.js';
import { type CgroupOptions, cgroupOptions } from './options.js';
import { probe, unavailable } from './probe.js';
import { inodeOf, Zone, type ZoneSurroundings } from './zone.js';
import type { ZoneFile } from './zone-file.js';

/** The frame is looked at after so many zones, whether it is large enough to be passed on. */
const ZONES_BETWEEN_BREAKS = 16;
/** A container's name may be written a little after its cgroup was made. */
const NAME_ATTEMPTS = 10;
const NAME_RETRY_MS = 1000;

class CgroupSource implements Source {
  readonly #context: SourceContext;
  readonly #options: CgroupOptions;
  readonly #names: ContainerNames;
  readonly #surroundings: ZoneSurroundings;
  readonly #discovery: Discovery;
  readonly #members: NetworkMembers;
  readonly #monotonicNs = monotonicClock();
  readonly #zones = new Map<string, Zone>();
  /** The same, for the loop of every tick. */
  #list: Zone[] = [];
  readonly #changed = new Set<string>();
  readonly #gone: { zone: Zone; file: ZoneFile }[] = [];
  /** Zones whose name may still come, with the attempts left. */
  readonly #unnamed = new Map<Zone, number>();
  readonly #notes = new Set<string>();
  #namesCheckedMs = 0;
  #networkDueMs = 0;

  constructor(context: SourceContext, hierarchies: readonly Hierarchy[]) {
    this.#context = context;
    this.#options = cgroupOptions(context.options);
    this.#names = new ContainerNames(context.options['containers'] as Partial<ContainerRoots> | undefined);
    const { producer, paths } = context;
    const note = (detail: string): void => this.#note(detail);
    const namespaces = new NetworkNamespaces(paths.procfs);
    this.#surroundings = { producer, paths, everyMs: this.#options.everyMs, namespaces, note };
    this.#members = new NetworkMembers(namespaces, this.#options.everyMs.membership, note);
    const changed = (path: string): void => {
      this.#changed.add(path);
    };
    this.#discovery = new Discovery(
      { hierarchies, changed, note, watch: context.options['watch'] !== false },
      performance.now(),
    );
    this.#settle();
    this.#members.update(this.#zones, this.#list, performance.now());
  }

  sample(): void {
    const nowMs = performance.now();
    const withNetwork = nowMs >= this.#networkDueMs;
    if (withNetwork) this.#networkDueMs = nowMs + this.#options.everyMs.net;
    for (let i = 0; i < this.#list.length; i++) {
      const zone = this.#list[i]!;
      const file = zone.sample(nowMs, withNetwork);
      if (file !== undefined) this.#gone.push({ zone, file });
      if (i % ZONES_BETWEEN_BREAKS === 0) this.#context.producer.breakIfLarge(this.#monotonicNs());
    }
    if (this.#gone.length > 0) this.#settleGone(nowMs);
  }

  housekeep(): void {
    const nowMs = performance.now();
    const missed = this.#discovery.missed;
    this.#discovery.poll(nowMs);
    if (this.#discovery.missed > missed) {
      this.#context.producer.control.add('lostEvents', this.#discovery.missed - missed);
      this.#note('changes of cgroups were found that no event had told');
    }
    this.#retryNames(nowMs);
    this.#settle();
    this.#members.update(this.#zones, this.#list, nowMs);
    if (KernelFile.transient > 0) {
      this.#note('more files than descriptors: some are opened for every reading; raise the limit of open files');
    }
  }

  close(): void {
    this.#discovery.close();
    for (const zone of this.#list) zone.close();
    this.#list = [];
    this.#zones.clear();
  }

  /** A file that is gone may have taken its directory with it: then the zone ends with this very frame. */
  #settleGone(nowMs: number): void {
    for (const { zone, file } of this.#gone.splice(0)) {
      if (!this.#discovery.recheck(zone.path)) file.park(nowMs);
    }
    this.#settle();
  }

  /** Brings the zones in line with what discovery reported. */
  #settle(): void {
    if (this.#changed.size === 0) return;
    for (const path of this.#changed) this.#settlePath(path);
    this.#changed.clear();
    this.#list = [...this.#zones.values()];
  }

  #settlePath(path: string): void {
    const directories = this.#discovery.directoriesOf(path);
    const zone = this.#zones.get(path);
    if (zone !== undefined && directories.length > 0 && inodeOf(directories) === zone.inode) {
      zone.reopen(directories);
      return;
    }
    if (zone !== undefined) this.#end(zone);
    if (directories.length === 0) return;
    const label = zoneLabel(path, this.#names);
    if (label === undefined || !this.#options.wanted(path, label.name)) return;
    const added = new Zone(this.#surroundings, directories, label);
    this.#zones.set(path, added);
    if (!label.resolved) this.#unnamed.set(added, NAME_ATTEMPTS);
  }

  #end(zone: Zone): void {
    zone.end();
    this.#zones.delete(zone.path);
    this.#unnamed.delete(zone);
  }

  /** A name travels once, with the zone: one that comes later makes a new zone of it. */
  #retryNames(nowMs: number): void {
    if (this.#unnamed.size === 0 || nowMs - this.#namesCheckedMs < NAME_RETRY_MS) return;
    this.#namesCheckedMs = nowMs;
    for (const [zone, attempts] of this.#unnamed) {
      const label = zoneLabel(zone.path, this.#names);
      if (label !== undefined && label.name !== zone.label.name) {
        this.#end(zone);
        this.#changed.add(zone.path);
      } else if (attempts > 1) this.#unnamed.set(zone, attempts - 1);
      else this.#unnamed.delete(zone);
    }
  }

  #note(detail: string): void {
    if (this.#notes.has(detail)) return;
    this.#notes.add(detail);
    this.#context.note(detail);
  }
}

export const source: SourceModule = {
  name: 'cgroup',
  pace: 'tick',
  fields,
  probe,
  open(context: SourceContext): Source {
    const hierarchies = cgroupHierarchies(context.paths);
    const obstacle = unavailable(context.paths, hierarchies);
    if (obstacle !== undefined) throw new SourceUnavailable(obstacle.why, obstacle.remedy);
    return new CgroupSource(context, hierarchies);
  },
};
