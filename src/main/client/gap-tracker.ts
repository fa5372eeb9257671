// Which packets were lost on the way, told by their sequence numbers. Each publisher (epoch) numbers the packets of each of
// its zones 1, 2, 3 …; it sees every frame that arrived, before any queue of ours drops one.

import type { PacketHeader } from '../wire/peek.js';
import { RecentMap } from './recent-map.js';

/** Packets that one zone lost. */
export interface ZoneGap {
  /** Empty for a publisher that does not say. */
  readonly host: string;
  readonly zone: string;
  readonly lost: number;
}

interface ZoneState {
  seq: bigint;
  monoNs: bigint;
  lost: number;
}

interface PublisherState {
  readonly host: string;
  readonly zones: RecentMap<string, ZoneState>;
}

/** Beyond these, who was not heard of for longest is forgotten: its next packet counts as the first. */
const PUBLISHERS = 4096;
const ZONES_PER_PUBLISHER = 65_536;

export class GapTracker {
  readonly #publishers = new RecentMap<bigint, PublisherState>(PUBLISHERS);
  readonly #hosts = new RecentMap<string, true>(PUBLISHERS);
  #lost = 0;
  #restarts = 0;

  /** Packets lost, of all zones. */
  get lost(): number {
    return this.#lost;
  }

  /** Times that a zone's numbers began anew, or that a host was heard of under another epoch. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Zones that lost packets, of those still remembered. Allocates. */
  gaps(): ZoneGap[] {
    const gaps: ZoneGap[] = [];
    for (const [, { host, zones }] of this.#publishers.entries()) {
      for (const [zone, { lost }] of zones.entries()) if (lost > 0) gaps.push({ host, zone, lost });
    }
    return gaps;
  }

  /** Takes note of a packet. One without epoch or sequence number can't be followed. */
  observe(header: PacketHeader): void {
    const { name, epoch, seq } = header;
    if (epoch === undefined || seq === undefined) return;
    const monoNs = header.mono_ns ?? 0n;
    const { zones } = this.#publisher(epoch, header.host ?? '');
    const zone = zones.get(name);
    if (zone === undefined) {
      // Whoever joins late has missed nothing.
      zones.set(name, { seq, monoNs, lost: 0 });
      return;
    }
    if (seq > zone.seq) {
      this.#lose(zone, seq - zone.seq - 1n);
    } else if (monoNs > zone.monoNs) {
      // A lower number at a later time: the zone ended and came anew, and what it sent before this one was lost.
      this.#restarts++;
      this.#lose(zone, seq - 1n);
    } else {
      // The same packet by another way, or one that was overtaken.
      return;
    }
    zone.seq = seq;
    zone.monoNs = monoNs;
  }

  #lose(zone: ZoneState, packets: bigint): void {
    zone.lost += Number(packets);
    this.#lost += Number(packets);
  }

  #publisher(epoch: bigint, host: string): PublisherState {
    let publisher = this.#publishers.get(epoch);
    if (publisher === undefined) {
      if (this.#hosts.get(host) === true) this.#restarts++;
      this.#hosts.set(host, true);
      publisher = { host, zones: new RecentMap(ZONES_PER_PUBLISHER) };
      this.#publishers.set(epoch, publisher);
    }
    return publisher;
  }
}
