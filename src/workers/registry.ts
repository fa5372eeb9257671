// Finds a source by name. Each is loaded only by the worker that runs it, so that one that can't load harms no other.

import type { SourceModule, SourceName } from './source.js';

const LOADERS: Readonly<Record<SourceName, () => Promise<{ readonly source: SourceModule }>>> = {
  procfs: () => import('./procfs/source.js'),
  cgroup: () => import('./cgroup/source.js'),
  process: () => import('./process/source.js'),
  self: () => import('./self/source.js'),
};

/** Names of all sources that ship, in the order in which they are shown. */
export const SOURCE_NAMES = Object.keys(LOADERS) as readonly SourceName[];

/** @throws RangeError for a name that no source has */
export async function loadSource(name: string): Promise<SourceModule> {
  if (!Object.hasOwn(LOADERS, name)) throw new RangeError(`no source is called '${name}'`);
  return (await LOADERS[name as SourceName]()).source;
}
