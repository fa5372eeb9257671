// Names of containers, from the files that docker, podman and the kubelet keep. Reads small files when asked and caches
// listings for a second; runs in the sources' threads when a zone is defined, never per tick. A file that is missing,
// unreadable or of another shape is no error: the caller falls back to the id.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { ContainerLookups } from './zone-name.js';

/** Where those files are; other roots serve tests and agents inside containers. */
export interface ContainerRoots {
  /** Holds containers/<id>/config.v2.json. */
  readonly docker: string;
  /** Holds overlay-containers/containers.json (containers/storage). */
  readonly podman: string;
  /** Holds <pod>_<namespace>_<container>-<id>.log (kubelet). */
  readonly kubernetesContainers: string;
  /** Holds directories <namespace>_<pod>_<uid> (kubelet). */
  readonly kubernetesPods: string;
}

const CONTAINER_ROOTS: ContainerRoots = {
  docker: '/var/lib/docker',
  podman: '/var/lib/containers/storage',
  kubernetesContainers: '/var/log/containers',
  kubernetesPods: '/var/log/pods',
};

/** A listing serves all zones that appear together. */
const LISTING_MS = 1000;

/** `containers.json` holds those that last, the other those that are removed with the host's reboot. */
const PODMAN_FILES = ['containers.json', 'volatile-containers.json'];

interface Listing {
  names: Map<string, string>;
  /** What it was made from, or when: a new value makes a new listing. */
  stamp: string;
}

export class ContainerNames implements ContainerLookups {
  readonly #roots: ContainerRoots;
  readonly #listings = new Map<string, Listing>();

  /** @param roots those that are not where they are by default */
  constructor(roots: Partial<ContainerRoots> = {}) {
    this.#roots = { ...CONTAINER_ROOTS, ...roots };
  }

  docker(id: string): string | undefined {
    const config = readJson(`${this.#roots.docker}/containers/${id}/config.v2.json`);
    const name = property(config, 'Name');
    return typeof name === 'string' ? nonEmpty(name.replace(/^\//, '')) : undefined;
  }

  podman(id: string): string | undefined {
    for (const file of PODMAN_FILES) {
      const path = `${this.#roots.podman}/overlay-containers/${file}`;
      const name = this.#listing(path, fileStamp(path), () => podmanNames(readJson(path))).get(id);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  kubernetesContainer(id: string): string | undefined {
    const root = this.#roots.kubernetesContainers;
    return this.#listing(root, clockStamp(), () => kubernetesContainers(list(root))).get(id);
  }

  kubernetesPod(uid: string): string | undefined {
    const root = this.#roots.kubernetesPods;
    return this.#listing(root, clockStamp(), () => kubernetesPods(list(root))).get(uid);
  }

  #listing(key: string, stamp: string, make: () => Map<string, string>): Map<string, string> {
    const known = this.#listings.get(key);
    if (known !== undefined && known.stamp === stamp) return known.names;
    const names = make();
    this.#listings.set(key, { names, stamp });
    return names;
  }
}

const clockStamp = (): string => String(Math.floor(performance.now() / LISTING_MS));

function fileStamp(path: string): string {
  try {
    const stat = statSync(path);
    return `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  } catch {
    return 'none';
  }
}

function podmanNames(containers: unknown): Map<string, string> {
  const names = new Map<string, string>();
  if (!Array.isArray(containers)) return names;
  for (const container of containers) {
    const id = property(container, 'id');
    const given = property(container, 'names');
    const first: unknown = Array.isArray(given) ? given[0] : undefined;
    if (typeof id === 'string' && typeof first === 'string' && first !== '') names.set(id, first);
  }
  return names;
}

/** Neither pods, namespaces nor containers have `_` in their names, so it separates them. */
function kubernetesContainers(files: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const file of files) {
    const match = /^([^_]+)_([^_]+)_([^_]+)-([0-9a-f]{64})\.log$/.exec(file);
    if (match !== null) names.set(match[4]!, `${match[2]}/${match[1]}/${match[3]}`);
  }
  return names;
}

function kubernetesPods(directories: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const directory of directories) {
    const match = /^([^_]+)_([^_]+)_([0-9a-f-]+)$/.exec(directory);
    if (match !== null) names.set(match[3]!, `${match[1]}/${match[2]}`);
  }
  return names;
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const nonEmpty = (text: string): string | undefined => (text === '' ? undefined : text);
