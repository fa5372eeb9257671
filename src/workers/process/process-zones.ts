// The zones that processes are in, as the source `cgroup` keys them, each with its count and its list: a process counts
// in its own zone and in all around it. Zones are never owned from here. Runs in the source's thread, once a second.

import { existsSync } from 'node:fs';
import { HOST_ZONE, type ZoneIdentity } from '../../ring/definition.js';
import type { RingProducer } from '../../ring/producer.js';
import type { Hierarchy } from '../linux/cgroup-mounts.js';
import type { ContainerNames } from '../linux/container-names.js';
import { zoneLabel } from '../linux/zone-name.js';
import { SeriesSet, type SeriesTarget } from '../series-set.js';
import type { Process } from './process-table.js';
import { TopList } from './top-list.js';

const FIELDS = ['processes'];

/** One zone. */
class ProcessZone {
  readonly path: string;
  readonly target: SeriesTarget;
  /** Those found by the present scan. */
  readonly processes: Process[] = [];
  readonly #count: SeriesSet;
  readonly #list: TopList;

  constructor(producer: RingProducer, identity: ZoneIdentity, top: number) {
    this.path = identity.key;
    const zone = producer.defineZone({ ...identity, owned: false });
    this.target = { producer, zone };
    this.#count = new SeriesSet(this.target, FIELDS);
    this.#list = new TopList(this.target, top);
  }

  /** Puts what the scan found. @param count undefined when not every process could be seen: then none is told */
  put(count: number | undefined): void {
    if (count !== undefined) this.#count.putNumber(0, count);
    this.#list.put(this.processes);
  }
}

const NO_ZONES: readonly ProcessZone[] = [];

export class ProcessZones {
  readonly #producer: RingProducer;
  readonly #hierarchies: readonly Hierarchy[];
  readonly #names: ContainerNames;
  readonly #top: number;
  readonly #host: ProcessZone;
  readonly #zones = new Map<string, ProcessZone>();
  /** For the path of a process all zones it counts in. */
  readonly #chains = new Map<string, readonly ProcessZone[]>();

  constructor(producer: RingProducer, hierarchies: readonly Hierarchy[], names: ContainerNames, top: number) {
    this.#producer = producer;
    this.#hierarchies = hierarchies;
    this.#names = names;
    this.#top = top;
    this.#host = new ProcessZone(producer, HOST_ZONE, top);
  }

  /** Takes one scan over and puts it. @param count processes listed, or undefined when not all could be seen */
  put(processes: readonly Process[], count: number | undefined): void {
    for (const zone of this.#zones.values()) zone.processes.length = 0;
    this.#host.processes.length = 0;
    for (const process of processes) {
      this.#host.processes.push(process);
      for (const zone of this.#chainOf(process.zonePath)) zone.processes.push(process);
    }
    this.#host.put(count);
    for (const zone of this.#zones.values()) {
      if (zone.processes.length === 0 && !this.#exists(zone.path)) this.#end(zone);
      else zone.put(count === undefined ? undefined : zone.processes.length);
    }
  }

  #chainOf(path: string | undefined): readonly ProcessZone[] {
    if (path === undefined || path === '/') return NO_ZONES;
    let chain = this.#chains.get(path);
    if (chain === undefined) {
      chain = this.#zonesOf(path);
      this.#chains.set(path, chain);
    }
    return chain;
  }

  #zonesOf(path: string): ProcessZone[] {
    const zones: ProcessZone[] = [];
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const outer = path.slice(0, end);
      const zone = this.#zones.get(outer) ?? this.#define(outer);
      if (zone !== undefined) zones.push(zone);
    }
    return zones;
  }

  #define(path: string): ProcessZone | undefined {
    const label = zoneLabel(path, this.#names);
    if (label === undefined) return undefined;
    const { name, kind, containerId } = label;
    const identity = { key: path, name, kind, containerId, inode: '', owned: false };
    const zone = new ProcessZone(this.#producer, identity, this.#top);
    this.#zones.set(path, zone);
    return zone;
  }

  #exists(path: string): boolean {
    return this.#hierarchies.some(({ directory }) => existsSync(directory + path));
  }

  #end(zone: ProcessZone): void {
    this.#producer.endZone(zone.target.zone);
    this.#zones.delete(zone.path);
    for (const [path, chain] of this.#chains) if (chain.includes(zone)) this.#chains.delete(path);
  }
}
