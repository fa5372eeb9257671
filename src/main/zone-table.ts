// The zones as packets know them: identity, unique name, series and their cells. Several sources may add to one zone;
// it is published while at least one that owns it says it exists. Main thread only; changes only when names change.

import { HOST_ZONE, type ZoneIdentity } from '../ring/definition.js';
import { CellStore } from './wire/cells.js';
import type { Plan } from './wire/plan.js';

/** One value of a zone. Sources that define the same one share its cell. */
export interface ZoneSeries {
  readonly field: string;
  readonly instance: readonly string[];
  readonly cell: number;
  references: number;
}

export class Zone {
  readonly key: string;
  /** Index into `ZoneTable.freshRounds`. */
  readonly slot: number;
  /** Unique among the published zones; empty while unpublished. */
  name = '';
  kind = '';
  containerId = '';
  inode = '';
  /** Definitions that own the zone, and all of them. */
  owners = 0;
  references = 0;
  /** Of the packet last sent. */
  seq = 0;
  readonly series = new Map<string, ZoneSeries>();
  /** How its packet is encoded; made anew after a change of its series or constants. */
  plan: Plan | undefined;

  constructor(key: string, slot: number) {
    this.key = key;
    this.slot = slot;
  }
}

export class ZoneTable {
  readonly cells = new CellStore();
  /** Per zone slot: the last round in which one of its series got a value. */
  freshRounds = new Uint32Array(64);
  readonly #zones = new Map<string, Zone>();
  readonly #byName = new Map<string, Zone>();
  readonly #freeSlots: number[] = [];
  #nextSlot = 0;
  /** Made anew after a zone came or went, when it is asked for. */
  #published: readonly Zone[] | undefined;
  #names: string[] | undefined;
  /** The host's own zone: always there, always first. */
  readonly global: Zone;

  constructor() {
    this.global = this.refer(HOST_ZONE);
  }

  /** Zones that packets go out for: the host first, then the others in the order in which they came. */
  get published(): readonly Zone[] {
    this.#published ??= [...this.#byName.values()];
    return this.#published;
  }

  /** Names of all published zones but the host. The same array until a zone comes or goes. */
  get names(): readonly string[] {
    this.#names ??= this.published.slice(1).map((zone) => zone.name);
    return this.#names;
  }

  /** Live series of all zones. */
  get seriesCount(): number {
    let count = 0;
    for (const zone of this.#zones.values()) count += zone.series.size;
    return count;
  }

  /** A source has defined a zone: finds or makes it. Undone by `unrefer`. */
  refer(identity: ZoneIdentity): Zone {
    let zone = this.#zones.get(identity.key);
    if (zone === undefined) {
      zone = new Zone(identity.key, this.#takeSlot());
      this.#zones.set(identity.key, zone);
    }
    zone.references++;
    if (identity.owned && ++zone.owners === 1) this.#publish(zone, identity);
    return zone;
  }

  /** A source has ended a zone. */
  unrefer(zone: Zone, owned: boolean): void {
    if (owned && --zone.owners === 0) this.#unpublish(zone);
    if (--zone.references > 0) return;
    this.#zones.delete(zone.key);
    this.#freeSlots.push(zone.slot);
  }

  addSeries(zone: Zone, field: string, instance: readonly string[]): ZoneSeries {
    const id = seriesId(field, instance);
    let series = zone.series.get(id);
    if (series === undefined) {
      series = { field, instance, cell: this.cells.allocate(), references: 0 };
      zone.series.set(id, series);
      zone.plan = undefined;
    }
    series.references++;
    return series;
  }

  dropSeries(zone: Zone, series: ZoneSeries): void {
    if (--series.references > 0) return;
    zone.series.delete(seriesId(series.field, series.instance));
    zone.plan = undefined;
    this.cells.release(series.cell);
  }

  /** As if nothing had got a value in any round. */
  forgetRounds(): void {
    this.cells.forgetRounds();
    this.freshRounds.fill(0);
  }

  #takeSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#nextSlot++;
    if (slot >= this.freshRounds.length) {
      const grown = new Uint32Array(this.freshRounds.length * 2);
      grown.set(this.freshRounds);
      this.freshRounds = grown;
    }
    this.freshRounds[slot] = 0;
    return slot;
  }

  #publish(zone: Zone, identity: ZoneIdentity): void {
    zone.name = this.#uniqueName(identity);
    zone.kind = identity.kind;
    zone.containerId = identity.containerId;
    zone.inode = identity.inode;
    zone.seq = 0;
    zone.plan = undefined;
    this.#byName.set(zone.name, zone);
    this.#zonesChanged();
  }

  #unpublish(zone: Zone): void {
    this.#byName.delete(zone.name);
    zone.name = '';
    this.#zonesChanged();
  }

  #zonesChanged(): void {
    this.#published = undefined;
    this.#names = undefined;
    // The host's packet lists the others.
    const host = this.#zones.get(HOST_ZONE.key);
    if (host !== undefined) host.plan = undefined;
  }

  /** Two zones never share a name: who comes second goes by its key, which is unique on the host. */
  #uniqueName(identity: ZoneIdentity): string {
    const reserved = identity.name === HOST_ZONE.name && identity.key !== HOST_ZONE.key;
    if (!reserved && !this.#byName.has(identity.name)) return identity.name;
    if (!this.#byName.has(identity.key)) return identity.key;
    for (let suffix = 2; ; suffix++) {
      const name = `${identity.key}#${suffix}`;
      if (!this.#byName.has(name)) return name;
    }
  }
}

function seriesId(field: string, instance: readonly string[]): string {
  return [field, ...instance].join('\0');
}
