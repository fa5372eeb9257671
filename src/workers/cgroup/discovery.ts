// Which cgroup directories exist, in every hierarchy in use, without walking the trees at every tick: each directory is
// watched (inotify), and a little of the tree is listed again at each poll to find what the watches missed. Where the
// system has no watches left, the whole tree is walked once a second. Runs in the source's thread, at housekeeping.

import { type BigIntStats, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import type { Hierarchy } from '../linux/cgroup-mounts.js';

/** A cgroup directory as it was last listed. */
export interface CgroupDirectory {
  readonly hierarchy: Hierarchy;
  /** Below the hierarchy's root, with a leading slash; empty for the root. */
  readonly path: string;
  readonly directory: string;
  readonly inode: bigint;
  /** Names of its files; the same object for all directories with the same files. */
  readonly files: ReadonlySet<string>;
}

export interface DiscoverySettings {
  readonly hierarchies: readonly Hierarchy[];
  /** Called for a path that appeared, vanished or changed its files in some hierarchy; look with `directoriesOf`. */
  readonly changed: (path: string) => void;
  /** What the operator should know, once. */
  readonly note: (detail: string) => void;
  /** Milliseconds in which every directory is listed once more. */
  readonly auditMs?: number;
  /** False: walk, don't watch. */
  readonly watch?: boolean;
}

const AUDIT_MS = 30_000;
const WALK_MS = 1000;
/**
 * The kernel drops events beyond 16,384 waiting ones (fs.inotify.max_queued_events) and Node doesn't say so: after half
 * as many in one turn, everything is listed again.
 */
const EVENTS_TRUSTED = 8192;
/** Written when controllers are switched on or off for the cgroups below: their files change without an event. */
const SUBTREE_CONTROL = 'cgroup.subtree_control';

interface Node extends CgroupDirectory {
  readonly name: string;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node>;
  files: ReadonlySet<string>;
  watcher: FSWatcher | undefined;
}

export class Discovery {
  /** Changes that no event had told. */
  missed = 0;
  readonly #settings: DiscoverySettings;
  readonly #roots: Node[] = [];
  /** By hierarchy, in the order of the settings. */
  readonly #nodes: Map<string, Node>[];
  /** Children to look at, from events. */
  #pending = new Map<Node, Set<string>>();
  /** Differences that the audit found; an event may still be on its way. */
  #suspects: { parent: Node; name: string }[] = [];
  #events = 0;
  #watching: boolean;
  #watchers = 0;
  #checkedMs = 0;
  /** What is left of the audit's present round. */
  #auditQueue: Node[] = [];
  readonly #fileSets = new Map<string, ReadonlySet<string>>();

  /** Walks the trees. @throws when a root can't be listed */
  constructor(settings: DiscoverySettings, nowMs: number) {
    this.#settings = settings;
    this.#watching = settings.watch ?? true;
    this.#nodes = settings.hierarchies.map(() => new Map());
    this.#checkedMs = nowMs;
    for (const hierarchy of settings.hierarchies) this.#addRoot(hierarchy);
  }

  /** False when it has to walk. */
  get watching(): boolean {
    return this.#watching;
  }

  /** Directories watched, and all that are known. */
  get counts(): { watched: number; known: number } {
    return { watched: this.#watchers, known: this.#nodes.reduce((sum, nodes) => sum + nodes.size, 0) };
  }

  /** The directories with this path, in the order of the hierarchies. */
  directoriesOf(path: string): CgroupDirectory[] {
    return this.#nodes.map((nodes) => nodes.get(path)).filter((node) => node !== undefined);
  }

  /** Takes in what the events since the last poll told, and a part of the audit; after a turn of the event loop. */
  poll(nowMs: number): void {
    const flood = this.#events > EVENTS_TRUSTED;
    this.#events = 0;
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [parent, names] of pending) for (const name of names) this.#check(parent, name);
    if (flood) this.#walk();
    for (const { parent, name } of this.#suspects.splice(0)) if (this.#check(parent, name)) this.missed++;
    if (this.#watching) this.#audit(nowMs);
    else if (nowMs - this.#checkedMs >= WALK_MS) {
      this.#checkedMs = nowMs;
      this.#walk();
    }
  }

  /**
   * Looks at one path again, after a file of it was found gone.
   * @returns whether anything had changed, which was reported then
   */
  recheck(path: string): boolean {
    let changed = false;
    for (const nodes of this.#nodes) {
      const node = nodes.get(path);
      if (node?.parent === undefined) continue;
      if (this.#check(node.parent, node.name)) changed = true;
      else if (this.#relist(node)) changed = true;
    }
    return changed;
  }

  close(): void {
    for (const root of this.#roots) this.#unwatch(root);
    for (const nodes of this.#nodes) {
      for (const node of nodes.values()) this.#unwatch(node);
      nodes.clear();
    }
    this.#pending.clear();
  }

  #addRoot(hierarchy: Hierarchy): void {
    const { directory } = hierarchy;
    const inode = statSync(directory, { bigint: true }).ino;
    const root = this.#node(hierarchy, undefined, '', directory, inode);
    this.#roots.push(root);
    this.#watch(root);
    for (const child of this.#list(root)) this.#add(root, child);
  }

  #node(hierarchy: Hierarchy, parent: Node | undefined, name: string, directory: string, inode: bigint): Node {
    const path = parent === undefined ? '' : `${parent.path}/${name}`;
    const files: ReadonlySet<string> = new Set();
    return { hierarchy, path, directory, inode, files, name, parent, children: new Map(), watcher: undefined };
  }

  #nodesOf(node: Node): Map<string, Node> {
    return this.#nodes[this.#settings.hierarchies.indexOf(node.hierarchy)]!;
  }

  /** Compares one child of `parent` with what is there. @returns whether it differed */
  #check(parent: Node, name: string): boolean {
    const known = parent.children.get(name);
    const found = directoryAt(`${parent.directory}/${name}`);
    if (known?.inode === found?.ino) return false;
    if (known !== undefined) this.#remove(known);
    return found === undefined ? known !== undefined : this.#add(parent, name) || known !== undefined;
  }

  /** Adds a directory and all below it. Watched first, then listed: what is made in between is seen by one or both. */
  #add(parent: Node, name: string): boolean {
    const directory = `${parent.directory}/${name}`;
    const found = directoryAt(directory);
    // A name that isn't UTF-8 reaches us changed: there is nothing under it.
    if (found === undefined) return false;
    const node = this.#node(parent.hierarchy, parent, name, directory, found.ino);
    parent.children.set(name, node);
    this.#nodesOf(node).set(node.path, node);
    this.#watch(node);
    const children = this.#list(node);
    this.#settings.changed(node.path);
    for (const child of children) this.#add(node, child);
    return true;
  }

  #remove(node: Node): void {
    for (const child of node.children.values()) this.#remove(child);
    this.#unwatch(node);
    node.parent?.children.delete(node.name);
    this.#nodesOf(node).delete(node.path);
    this.#settings.changed(node.path);
  }

  /** Lists a directory into `files`. @returns the directories in it; none when it is gone */
  #list(node: Node): string[] {
    const directories: string[] = [];
    const files: string[] = [];
    try {
      for (const entry of readdirSync(node.directory, { withFileTypes: true })) {
        (entry.isDirectory() ? directories : files).push(entry.name);
      }
    } catch {
      return [];
    }
    node.files = this.#interned(files);
    return directories;
  }

  /** @returns whether the files of a directory have changed, which is reported then */
  #relist(node: Node): boolean {
    const before = node.files;
    this.#list(node);
    if (node.files === before) return false;
    this.#settings.changed(node.path);
    return true;
  }

  #interned(files: string[]): ReadonlySet<string> {
    const key = files.sort().join('/');
    let set = this.#fileSets.get(key);
    if (set === undefined) {
      set = new Set(files);
      this.#fileSets.set(key, set);
    }
    return set;
  }

  #watch(node: Node): void {
    if (!this.#watching) return;
    try {
      const watcher = watch(node.directory, { persistent: false }, (event, name) => this.#onEvent(node, event, name));
      watcher.on('error', () => this.#unwatch(node));
      node.watcher = watcher;
      this.#watchers++;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      this.#giveUpWatching(code);
    }
  }

  #unwatch(node: Node): void {
    if (node.watcher === undefined) return;
    node.watcher.close();
    node.watcher = undefined;
    this.#watchers--;
  }

  #giveUpWatching(code: string): void {
    this.#watching = false;
    for (const root of this.#roots) this.#unwatch(root);
    for (const nodes of this.#nodes) for (const node of nodes.values()) this.#unwatch(node);
    this.#settings.note(
      `cgroups can't be watched (${code}); the tree is walked once a second instead; raise fs.inotify.max_user_watches`,
    );
  }

  #onEvent(node: Node, event: string, name: string | null): void {
    this.#events++;
    if (event === 'change') {
      if (name === SUBTREE_CONTROL) for (const child of node.children.values()) this.#relist(child);
      return;
    }
    if (name === null) return;
    const names = this.#pending.get(node);
    if (names === undefined) this.#pending.set(node, new Set([name]));
    else names.add(name);
  }

  #walk(): void {
    for (const root of this.#roots) this.#walkBelow(root);
  }

  #walkBelow(node: Node): void {
    for (const name of this.#differences(node)) this.#check(node, name);
    for (const child of node.children.values()) this.#walkBelow(child);
  }

  /** Lists as much as makes a whole round every `auditMs`, so that no poll takes long. */
  #audit(nowMs: number): void {
    const known = this.#roots.length + this.counts.known;
    const share = (nowMs - this.#checkedMs) / (this.#settings.auditMs ?? AUDIT_MS);
    let count = Math.min(known, Math.floor(known * share));
    if (count === 0) return;
    this.#checkedMs = nowMs;
    for (; count > 0; count--) {
      const node = this.#auditQueue.pop() ?? this.#newRound();
      if (node.parent !== undefined && this.#nodesOf(node).get(node.path) !== node) continue;
      for (const name of this.#differences(node)) this.#suspects.push({ parent: node, name });
    }
  }

  #newRound(): Node {
    this.#auditQueue = this.#nodes.flatMap((nodes) => [...nodes.values()]).concat(this.#roots);
    return this.#auditQueue.pop()!;
  }

  /** Lists again. @returns names of children that are new or gone */
  #differences(node: Node): string[] {
    const before = node.files;
    const directories = new Set(this.#list(node));
    if (node.files !== before) this.#settings.changed(node.path);
    const gone = [...node.children.keys()].filter((name) => !directories.has(name));
    return [...gone, ...[...directories].filter((name) => !node.children.has(name))];
  }
}

function directoryAt(path: string): BigIntStats | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat?.isDirectory() ? stat : undefined;
  } catch {
    return undefined;
  }
}
