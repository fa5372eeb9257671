// `zonecast doctor`: which sources this host, kernel and user can run, and for each that can't, why and what to do.
// Starts no agent and binds nothing.

import { release, userInfo } from 'node:os';
import type { HostPaths, Shortfall } from '../../workers/source.js';
import type { SourceConfig } from '../agent-config.js';
import { probeSources } from '../supervisor.js';
import { type Environment, type FlagValues, resolveSettings, toAgentConfig } from './settings.js';
import { EXIT } from './usage-error.js';
import { packageVersion } from './version.js';

/**
 * What `doctor --json` prints, as one JSON object. Keys are only ever added. `why` and `remedy` of a source stand there when
 * it is not available; a shortfall is a part that is missing while the rest of the source runs.
 */
export interface Diagnosis {
  readonly zonecast: string;
  readonly host: string;
  readonly platform: string;
  readonly arch: string;
  readonly kernel: string;
  readonly node: string;
  readonly user: { readonly uid: number; readonly name: string };
  readonly sources: readonly SourceDiagnosis[];
}

export interface SourceDiagnosis {
  readonly name: string;
  readonly available: boolean;
  readonly why?: string;
  readonly remedy?: string;
  readonly shortfalls: readonly Shortfall[];
}

/** Exit code 0 if at least one source can run. @throws UsageError */
export async function doctor(flags: FlagValues, environment: Environment, json: boolean): Promise<number> {
  const { settings } = resolveSettings(flags, environment);
  const { host, sources, paths } = toAgentConfig(settings);
  const found = await Promise.all(sources.map((source) => probe(source, paths)));
  const diagnosis: Diagnosis = {
    zonecast: packageVersion(),
    host,
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    node: process.versions.node,
    user: currentUser(),
    sources: found,
  };
  process.stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis));
  return diagnosis.sources.some(({ available }) => available) ? EXIT.ok : EXIT.failure;
}

/** Each in a worker of its own: a source that can't even load must not keep the others from being looked at. */
async function probe(source: SourceConfig, paths: HostPaths): Promise<SourceDiagnosis> {
  const { name } = source;
  try {
    const [found] = await probeSources([source], paths);
    if (found !== undefined) return { name, ...found.report };
    return { name, available: false, why: 'it gave no report', shortfalls: [] };
  } catch (error) {
    return { name, available: false, why: (error as Error).message, shortfalls: [] };
  }
}

function currentUser(): Diagnosis['user'] {
  const uid = process.getuid?.() ?? -1;
  try {
    return { uid, name: userInfo().username };
  } catch {
    // A uid without an entry in the user database, as in many containers.
    return { uid, name: '' };
  }
}

/** The same for people: an aligned table, then for each source what it lacks and what to do. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { user } = diagnosis;
  const rows: [string, string][] = [
    ['zonecast', diagnosis.zonecast],
    ['host', diagnosis.host],
    ['kernel', `${diagnosis.platform} ${diagnosis.kernel} ${diagnosis.arch}`],
    ['node', diagnosis.node],
    ['user', user.name === '' ? `uid ${user.uid}` : `${user.name} (uid ${user.uid})`],
  ];
  const names = diagnosis.sources.map(({ name }) => name);
  const width = Math.max(...[...rows.map(([key]) => key), ...names].map((text) => text.length)) + 2;
  const lines = rows.map(([key, value]) => `${key.padEnd(width)}${value}`);
  lines.push('', `${'SOURCE'.padEnd(width)}STATE`);
  for (const source of diagnosis.sources) lines.push(...sourceLines(source, width));
  const able = diagnosis.sources.filter(({ available }) => available).length;
  lines.push('', `${able} of ${names.length} sources can run here.`);
  return `${lines.join('\n')}\n`;
}

function sourceLines(source: SourceDiagnosis, width: number): string[] {
  const missing = source.shortfalls.length;
  const state = source.available ? (missing === 0 ? 'available' : 'available, in part') : 'not available';
  const lines = [`${source.name.padEnd(width)}${state}`];
  const indent = ' '.repeat(width);
  if (source.why !== undefined) lines.push(`${indent}why     ${source.why}`);
  if (source.remedy !== undefined) lines.push(`${indent}to do   ${source.remedy}`);
  for (const { what, why, remedy } of source.shortfalls) {
    lines.push(`${indent}lacks   ${what}`, `${indent}why     ${why}`, `${indent}to do   ${remedy}`);
  }
  return lines;
}
