// Which process stands for each zone's network, found anew about once a second at housekeeping, a share of the zones at
// a time. A zone without processes of its own (a pod, a container that runs systemd) is represented by those of the
// zones in it, if they all share one namespace.

import type { NetworkNamespaces } from './network.js';
import type { Zone } from './zone.js';

export class NetworkMembers {
  readonly #namespaces: NetworkNamespaces;
  readonly #everyMs: number;
  readonly #note: (detail: string) => void;
  #updatedMs: number | undefined;
  #cursor = 0;

  constructor(namespaces: NetworkNamespaces, everyMs: number, note: (detail: string) => void) {
    this.#namespaces = namespaces;
    this.#everyMs = everyMs;
    this.#note = note;
  }

  /** Looks at as many zones as makes all of them every `everyMs`; at all of them the first time. */
  update(zones: ReadonlyMap<string, Zone>, list: readonly Zone[], nowMs: number): void {
    if (list.length === 0) return;
    const share = this.#updatedMs === undefined ? 1 : (nowMs - this.#updatedMs) / Math.max(this.#everyMs, 1);
    const count = Math.min(list.length, Math.ceil(list.length * share));
    this.#updatedMs = nowMs;
    for (let i = 0; i < count; i++) {
      this.#cursor = (this.#cursor + 1) % list.length;
      const zone = list[this.#cursor]!;
      zone.member = zone.ownMember();
    }
    inherit(zones, list);
    for (const zone of list) zone.network.follow(zone.member ?? (zone.mixed ? undefined : zone.inherited));
    if (this.#namespaces.denied > 0) {
      this.#note(
        'no right to see the network namespace of some processes: their zones lack net (needs CAP_SYS_PTRACE)',
      );
    }
  }
}

function inherit(zones: ReadonlyMap<string, Zone>, list: readonly Zone[]): void {
  for (const zone of list) {
    zone.inherited = undefined;
    zone.mixed = false;
  }
  for (const { member, parentPath } of list) {
    if (member === undefined) continue;
    for (let outer = zones.get(parentPath); outer !== undefined; outer = zones.get(outer.parentPath)) {
      outer.inherited ??= member;
      if (outer.inherited.namespace !== member.namespace) outer.mixed = true;
    }
  }
}
