// Names travel once: a zone and a series are defined, used by number, and ended. Both sides share these shapes.
// A number is free for reuse once it has ended; its generation tells the new use from the old.

/** Who a zone is, told once. */
export interface ZoneIdentity {
  /** Unique and stable on this host: `global`, or the cgroup path. Sources that mean the same zone use the same key. */
  readonly key: string;
  /** The name people know. The zone table falls back to `key` where another zone has it already. */
  readonly name: string;
  /** `host`, `docker`, `podman`, `kubernetes`, `systemd`, `cgroup`, … */
  readonly kind: string;
  /** Container id, or empty. */
  readonly containerId: string;
  /** Inode number of the cgroup directory in decimal (the kernel's cgroup id on v2), or empty. */
  readonly inode: string;
  /** True from the source that decides whether the zone exists; a source that only adds to it says false. */
  readonly owned: boolean;
}

/** The host's own zone, as every source that owns it defines it. No other zone has its key or its name. */
export const HOST_ZONE: ZoneIdentity = {
  key: 'global',
  name: 'global',
  kind: 'host',
  containerId: '',
  inode: '',
  owned: true,
};

export type Definition =
  | { readonly kind: 'defineZone'; readonly number: number; readonly generation: number; readonly zone: ZoneIdentity }
  | { readonly kind: 'endZone'; readonly number: number; readonly generation: number }
  | {
      readonly kind: 'defineSeries';
      readonly number: number;
      readonly generation: number;
      /** Number of the zone in the same ring. */
      readonly zone: number;
      /** Path of the field in the packet: `mem.rss`, `disk.nread`, `threads`. */
      readonly field: string;
      /** Values of the element's key fields, in schema order: `['vda']`, `['4711', 'nginx']`; empty for a single field. */
      readonly instance: readonly string[];
    }
  | { readonly kind: 'endSeries'; readonly number: number; readonly generation: number };

/** Separates the fields of a definition's text; a NUL in a name is replaced, since no kernel name has one. */
export const SEPARATOR = '\0';

export function zoneText(zone: ZoneIdentity): string {
  return joinText([zone.key, zone.name, zone.kind, zone.containerId, zone.inode, zone.owned ? '1' : '0']);
}

export function parseZoneText(text: string): ZoneIdentity {
  const [key = '', name = '', kind = '', containerId = '', inode = '', owned = ''] = text.split(SEPARATOR);
  return { key, name, kind, containerId, inode, owned: owned === '1' };
}

export function seriesText(zone: number, field: string, instance: readonly string[]): string {
  return joinText([String(zone), field, ...instance]);
}

export function parseSeriesText(text: string): { zone: number; field: string; instance: string[] } {
  const [zone = '', field = '', ...instance] = text.split(SEPARATOR);
  return { zone: Number(zone), field, instance };
}

function joinText(fields: readonly string[]): string {
  return fields.map((field) => field.replaceAll(SEPARATOR, '\ufffd')).join(SEPARATOR);
}
