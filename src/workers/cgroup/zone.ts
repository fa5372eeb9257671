// One zone: its identity, the kernel files it is read from (which depends on the hierarchies that have it), its network.
// Owned by the source, used in its thread. A zone whose directories change gets other files; its series for those that
// it no longer has end.

import type { ZoneIdentity } from '../../ring/definition.js';
import type { RingProducer } from '../../ring/producer.js';
import { KernelFile } from '../linux/kernel-file.js';
import type { ZoneLabel } from '../linux/zone-name.js';
import type { HostPaths } from '../source.js';
import type { CgroupDirectory } from './discovery.js';
import { type Member, type NetworkNamespaces, ZoneNetwork } from './network.js';
import type { FileGroup } from './options.js';
import type { ZoneFile, ZoneTarget } from './zone-file.js';
import { openZoneFiles } from './zone-files.js';

/** What all zones of a source share. */
export interface ZoneSurroundings {
  readonly producer: RingProducer;
  readonly paths: HostPaths;
  readonly everyMs: Readonly<Record<FileGroup, number>>;
  readonly namespaces: NetworkNamespaces;
  readonly note: (detail: string) => void;
}

export class Zone {
  readonly path: string;
  readonly parentPath: string;
  readonly label: ZoneLabel;
  readonly inode: bigint;
  readonly network: ZoneNetwork;
  /** The process of its own that stands for its network. */
  member: Member | undefined;
  /** One of the zones in it, and whether those have different namespaces. */
  inherited: Member | undefined;
  mixed = false;
  readonly #surroundings: ZoneSurroundings;
  readonly #target: ZoneTarget;
  #files: ZoneFile[] = [];
  #procs: KernelFile[] = [];

  /** Defines the zone and opens its files. */
  constructor(surroundings: ZoneSurroundings, directories: readonly CgroupDirectory[], label: ZoneLabel) {
    const { producer, paths, note } = surroundings;
    this.path = directories[0]!.path;
    this.parentPath = this.path.slice(0, this.path.lastIndexOf('/'));
    this.label = label;
    this.inode = inodeOf(directories);
    this.#surroundings = surroundings;
    const zone = producer.defineZone(this.#identity());
    this.#target = { producer, paths, zone, note };
    this.network = new ZoneNetwork(this.#target, surroundings.namespaces);
    this.#open(directories);
  }

  /**
   * Reads every file that is due.
   * @returns a file that was found gone, if any; the rest was not read then
   */
  sample(nowMs: number, withNetwork: boolean): ZoneFile | undefined {
    for (let i = 0; i < this.#files.length; i++) {
      const file = this.#files[i]!;
      if (!file.sample(nowMs)) return file;
    }
    if (withNetwork) this.network.sample();
    return undefined;
  }

  /** Goes on with other directories, after one appeared, vanished or changed its files. */
  reopen(directories: readonly CgroupDirectory[]): void {
    this.#closeFiles();
    for (const file of this.#files) file.endSeries();
    this.#open(directories);
  }

  /** A process of the zone itself, if it has one whose namespace can be seen. */
  ownMember(): Member | undefined {
    for (const procs of this.#procs) {
      const member = this.#surroundings.namespaces.memberOf(procs);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** Closes every file and ends the zone with all its series. */
  end(): void {
    this.close();
    this.#target.producer.endZone(this.#target.zone);
  }

  close(): void {
    this.#closeFiles();
    this.network.close();
  }

  #identity(): ZoneIdentity {
    const { name, kind, containerId } = this.label;
    return { key: this.path, name, kind, containerId, inode: String(this.inode), owned: true };
  }

  #open(directories: readonly CgroupDirectory[]): void {
    this.#files = openZoneFiles(this.#target, directories, this.#surroundings.everyMs);
    for (const file of this.#files) file.prime();
    this.#procs = directories
      .filter(({ files }) => files.has('cgroup.procs'))
      .sort((a, b) => memberRank(a) - memberRank(b))
      .slice(0, MEMBER_LISTS)
      .map(({ directory }) => new KernelFile(`${directory}/cgroup.procs`, { single: true }));
  }

  #closeFiles(): void {
    for (const file of this.#files) file.close();
    for (const procs of this.#procs) procs.close();
  }
}

/** Processes are usually in every hierarchy's cgroup of a zone; no more than two lists are looked at. */
const MEMBER_LISTS = 2;
const memberRank = ({ hierarchy }: CgroupDirectory): number =>
  hierarchy.version === 2 ? 0 : hierarchy.controllers.includes('memory') ? 1 : 2;

/** The kernel's cgroup id is the inode of the v2 directory; a zone that has none is known by its first directory's. */
export function inodeOf(directories: readonly CgroupDirectory[]): bigint {
  const directory = directories.find(({ hierarchy }) => hierarchy.version === 2) ?? preferred(directories);
  return directory!.inode;
}

const preferred = (directories: readonly CgroupDirectory[]): CgroupDirectory | undefined =>
  directories.find(({ hierarchy }) => hierarchy.controllers.includes('memory')) ?? directories[0];
