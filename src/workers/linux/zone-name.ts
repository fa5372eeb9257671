// From a cgroup path to the name people know the zone by. Pure but for the lookups it is given: it opens nothing.
// Container managers and systemd put what is needed into the path; the patterns are theirs (see PATTERNS below).
// Runs in the threads of the sources `cgroup` and `process`, when a zone is defined; never per tick.

import { HOST_ZONE } from '../../ring/definition.js';

/** Names that only the container manager's own files tell. Each answers undefined when it can't be had. */
export interface ContainerLookups {
  /** Name of the docker container with this id of 64 hex digits. */
  docker(id: string): string | undefined;
  podman(id: string): string | undefined;
  /** `namespace/pod/container` of the container with this id. */
  kubernetesContainer(id: string): string | undefined;
  /** `namespace/pod` of the pod with this uid. */
  kubernetesPod(uid: string): string | undefined;
}

export interface ZoneLabel {
  /** 1 to 120 bytes of UTF-8 without control characters; never `global`. */
  readonly name: string;
  /** docker, podman, kubernetes, containerd, lxc, nspawn, machine, systemd or cgroup. */
  readonly kind: string;
  readonly containerId: string;
  /** False when a lookup that should know the name did not (yet): worth asking again a little later. */
  readonly resolved: boolean;
}

/** The subscription filter of a packet is `0A <length> <name>`, with a length of one byte: below 128. */
const NAME_BYTES_MAX = 120;
const SHORT_ID = 12;

interface Match {
  readonly name: string;
  readonly kind: string;
  readonly containerId: string;
  readonly resolved: boolean;
  /** Parts of the path that it took; what follows lies inside the zone. */
  readonly parts: number;
}

/** Helpers that container managers keep beside a container: no zones. */
const IGNORED = /^(?:libpod-conmon-|crio-conmon-|lxc\.monitor(?:\.|$))/;

const ID = /^[0-9a-f]{64}$/;
const DOCKER_SCOPE = /^docker-([0-9a-f]{64})\.scope$/;
const LIBPOD = /^libpod-([0-9a-f]{64})(?:\.scope)?$/;
const CRI_CONTAINER = /(?:^(?:cri-containerd|crio|docker)-|:cri-containerd:)([0-9a-f]{64})(?:\.scope)?$/;
const CONTAINERD_SCOPE = /^(?:nerdctl|cri-containerd)-([0-9a-f]{64})\.scope$/;
/** Pods carry a UUID; static pods a hash of 32 digits. With systemd's naming `-` in the uid is written `_`. */
const POD = /^(?:kubepods(?:-[a-z]+)?-)?pod([0-9a-f]{8}[0-9a-f_-]{24,28})(?:\.slice)?$/;
const KUBE_ROOT = /^(?:kubepods|kubelet)/;
const LXC_PAYLOAD = /^lxc\.payload\.(.+)$/;
const NSPAWN_SERVICE = /^systemd-nspawn@(.+)\.service$/;
const MACHINE_SCOPE = /^machine-(.+)\.scope$/;
/** Virtual machines of libvirt: `machine-qemu\x2d1\x2dNAME.scope`. */
const LIBVIRT = /^(qemu|lxc)-\d+-(.+)$/;
const UNIT = /\.(?:service|scope|slice|socket|mount|swap)$/;

/**
 * @param path cgroup path below the hierarchy's root, with its leading slash
 * @returns undefined for a cgroup that is no zone (a container manager's helper)
 */
export function zoneLabel(path: string, lookups: ContainerLookups): ZoneLabel | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => IGNORED.test(part))) return undefined;
  const match = matchContainer(parts, lookups) ?? matchUnit(parts);
  if (match === undefined) return { name: tidy(path, path), kind: 'cgroup', containerId: '', resolved: true };
  const name = [match.name, ...parts.slice(match.parts)].join('/');
  return { name: tidy(name, path), kind: match.kind, containerId: match.containerId, resolved: match.resolved };
}

/** The outermost container in the path: what is inside it belongs to it. */
function matchContainer(parts: readonly string[], lookups: ContainerLookups): Match | undefined {
  for (let at = 0; at < parts.length; at++) {
    const match = matchKubernetes(parts, at, lookups) ?? matchOci(parts, at, lookups) ?? matchMachine(parts, at);
    if (match !== undefined) return match;
  }
  return undefined;
}

function matchKubernetes(parts: readonly string[], at: number, lookups: ContainerLookups): Match | undefined {
  const pod = POD.exec(parts[at]!);
  if (pod === null || !parts.slice(0, at + 1).some((part) => KUBE_ROOT.test(part))) return undefined;
  const uid = pod[1]!.replaceAll('_', '-');
  const podName = lookups.kubernetesPod(uid);
  const inner = parts[at + 1] ?? '';
  const id = ID.test(inner) ? inner : CRI_CONTAINER.exec(inner)?.[1];
  if (id === undefined) {
    const name = podName ?? `pod${uid}`;
    return { name, kind: 'kubernetes', containerId: '', resolved: podName !== undefined, parts: at + 1 };
  }
  // A pod's sandbox has no log and thus no name: it is known by its id, in its pod.
  const known = lookups.kubernetesContainer(id);
  const name = known ?? `${podName ?? `pod${uid}`}/${shortId(id)}`;
  return { name, kind: 'kubernetes', containerId: id, resolved: known !== undefined, parts: at + 2 };
}

function matchOci(parts: readonly string[], at: number, lookups: ContainerLookups): Match | undefined {
  const part = parts[at]!;
  const parent = parts[at - 1] ?? '';
  const docker = DOCKER_SCOPE.exec(part)?.[1] ?? (parent === 'docker' && ID.test(part) ? part : undefined);
  if (docker !== undefined) return named('docker', docker, lookups.docker(docker), at);
  const podman = LIBPOD.exec(part)?.[1];
  if (podman !== undefined) return named('podman', podman, lookups.podman(podman), at);
  if (parts[at - 2] === 'ecs') {
    return ID.test(part) ? named('docker', part, lookups.docker(part), at) : container('containerd', part, part, at);
  }
  if (parent === 'buildkit') return container('containerd', part, shortId(part), at);
  const cri = CRI_CONTAINER.exec(part)?.[1] ?? CONTAINERD_SCOPE.exec(part)?.[1];
  if (cri !== undefined) return container('containerd', cri, shortId(cri), at);
  // Plain containerd: /<namespace>/<id>. Only ids of 64 hex digits can be told from any other directory.
  if (at > 0 && ID.test(part)) return container('containerd', part, shortId(part), at);
  return undefined;
}

function matchMachine(parts: readonly string[], at: number): Match | undefined {
  const part = parts[at]!;
  const parent = parts[at - 1];
  const payload = LXC_PAYLOAD.exec(part)?.[1];
  if (payload !== undefined) return container('lxc', '', payload, at);
  if (parent === 'lxc' || parent === 'lxc.payload') return container('lxc', '', part, at);
  const service = NSPAWN_SERVICE.exec(part)?.[1];
  if (service !== undefined) return container('nspawn', '', unescapeUnit(service), at);
  const scope = MACHINE_SCOPE.exec(part)?.[1];
  if (scope === undefined) return undefined;
  const machine = unescapeUnit(scope);
  const libvirt = LIBVIRT.exec(machine);
  if (libvirt === null) return container('nspawn', '', machine, at);
  return container(libvirt[1] === 'qemu' ? 'machine' : 'lxc', '', libvirt[2]!, at);
}

/** The innermost unit: `foo.service` of `/system.slice/foo.service`. */
function matchUnit(parts: readonly string[]): Match | undefined {
  const at = parts.findLastIndex((part) => UNIT.test(part));
  if (at < 0) return undefined;
  return container('systemd', '', unescapeUnit(parts[at]!), at);
}

function named(kind: string, id: string, name: string | undefined, at: number): Match {
  return { name: name ?? shortId(id), kind, containerId: id, resolved: name !== undefined, parts: at + 1 };
}

function container(kind: string, containerId: string, name: string, at: number): Match {
  return { name, kind, containerId, resolved: true, parts: at + 1 };
}

const shortId = (id: string): string => (ID.test(id) ? id.slice(0, SHORT_ID) : id);

/** systemd writes bytes that a unit's name can't hold as `\xHH` (systemd.unit(5), "String Escaping"). */
export function unescapeUnit(unit: string): string {
  return unit.replace(/(?:\\x[0-9a-f]{2})+/g, (run) => Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'));
}

/** Without control characters, which could forge lines on a terminal, and without halves of characters. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, '?');
}

/** A name that would be empty or the host's gives way to the path, which has a slash. */
function tidy(name: string, path: string): string {
  const text = printable(name);
  return bounded(text === '' || text === HOST_ZONE.name ? `/${printable(path).replace(/^\/+/, '')}` : text);
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= NAME_BYTES_MAX) return text;
  // The hash keeps apart names that differ only behind the cut.
  const suffix = `~${hash(text)}`;
  let cut = '';
  let bytes = suffix.length;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > NAME_BYTES_MAX) break;
    cut += character;
  }
  return cut + suffix;
}

/** FNV-1a, 32 bits, in hex. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}
