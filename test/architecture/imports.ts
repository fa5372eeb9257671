// Who imports whom, read out of the sources' text, and the rules of docs/ARCHITECTURE.md about it.
// Plain functions over plain data, so that the rules themselves can be tried on made-up files.

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the project's root for a relative one, ending in `.ts`. */
  readonly file: string | undefined;
  /** Name of the npm package, for one that is neither relative nor of Node. */
  readonly npm: string | undefined;
  /** `type` is gone after compilation; `url` is handed to someone who loads it in another thread. */
  readonly kind: 'runtime' | 'type' | 'url';
}

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

/** Where each package may be imported, as the beginning of a path. A package that is missing here has no owner. */
export const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  piscina: ['src/main/supervisor.ts'],
  zeromq: ['src/main/publisher.ts', 'src/main/client/'],
  protobufjs: ['src/main/wire/'],
  msgpackr: ['src/main/wire/'],
  commander: ['src/main/cli/'],
  'smol-toml': ['src/main/cli/'],
  valibot: ['src/main/cli/'],
  pino: ['src/main/cli/'],
};

/** What a consumer may load along with the client library. */
const CLIENT_ENTRY = 'src/main/client/subscribe.ts';
const CLIENT_FOLDERS = ['src/main/client/', 'src/main/wire/', 'src/ring/u64.ts'];
const CLIENT_PACKAGES = ['zeromq', 'protobufjs', 'msgpackr'];

const WORKER_URL_OWNER = 'src/main/supervisor.ts';
const LINES_MAX = 400;

// Statements begin a line (the formatter sees to it); an import may run over several.
const STATIC = /^(?:import|export)\s+(type\s+)?(?:[\w*$\s{},]+?\s+from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g;
const URL_OF_MODULE = /new URL\(\s*'([^']+\.[jt]s)',\s*import\.meta\.url/g;

export function parseSource(path: string, text: string): SourceFile {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, type, specifier] of code.matchAll(STATIC))
    found.push(toImport(path, specifier!, type ? 'type' : 'runtime'));
  for (const [, specifier] of code.matchAll(DYNAMIC)) found.push(toImport(path, specifier!, 'runtime'));
  for (const [, specifier] of code.matchAll(URL_OF_MODULE)) found.push(toImport(path, specifier!, 'url'));
  return { path, lines: text.split('\n').length - 1, imports: found };
}

function toImport(from: string, specifier: string, kind: Import['kind']): Import {
  if (specifier.startsWith('.')) {
    const file = posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
    return { specifier, file, npm: undefined, kind };
  }
  const parts = specifier.split('/');
  const npm = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  return { specifier, file: undefined, npm: specifier.startsWith('node:') ? undefined : npm, kind };
}

/** Reads every TypeScript file below `src`. @param root the project's root */
export function readSources(root: string): SourceFile[] {
  return readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => parseSource(path, readFileSync(`${root}/${path}`, 'utf8')));
}

/** @returns one sentence per offence; nothing when all rules hold */
export function offences(files: readonly SourceFile[]): string[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  for (const file of files) {
    if (file.lines > LINES_MAX) found.push(`${file.path} has ${file.lines} lines, more than ${LINES_MAX}`);
    for (const { specifier, file: target, npm, kind } of file.imports) {
      const say = (what: string): number => found.push(`${file.path} ${what} (${specifier})`);
      if (target !== undefined) {
        if (!specifier.endsWith('.js')) say('imports without .js');
        else if (!known.has(target)) say('imports a file that does not exist');
        else if (!mayImport(file.path, target, kind)) say(`must not import ${target}`);
      }
      if (npm !== undefined && !PACKAGE_OWNERS[npm]?.some((owner) => file.path.startsWith(owner))) {
        say(`does not own the package ${npm}`);
      }
    }
  }
  return [...found, ...cycles(known), ...clientOffences(known)];
}

function mayImport(from: string, to: string, kind: Import['kind']): boolean {
  if (from.startsWith('src/ring/')) return to.startsWith('src/ring/');
  if (to.startsWith('src/ring/')) return true;
  if (from.startsWith('src/workers/')) return to.startsWith('src/workers/');
  if (to.startsWith('src/workers/')) return kind === 'type' || (kind === 'url' && from === WORKER_URL_OWNER);
  return from.startsWith('src/main/') && to.startsWith('src/main/');
}

const runtimeTargets = (file: SourceFile | undefined): string[] =>
  (file?.imports ?? []).flatMap((entry) => (entry.kind === 'runtime' && entry.file !== undefined ? [entry.file] : []));

function cycles(known: ReadonlyMap<string, SourceFile>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (at: string): void => {
    const since = path.indexOf(at);
    if (since >= 0) found.push(`a cycle: ${[...path.slice(since), at].join(' -> ')}`);
    if (since >= 0 || done.has(at)) return;
    path.push(at);
    for (const target of runtimeTargets(known.get(at))) visit(target);
    path.pop();
    done.add(at);
  };
  for (const at of known.keys()) visit(at);
  return found;
}

function clientOffences(known: ReadonlyMap<string, SourceFile>): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (at: string): void => {
    if (seen.has(at)) return;
    seen.add(at);
    if (!CLIENT_FOLDERS.some((folder) => at.startsWith(folder))) found.push(`the client library loads ${at}`);
    for (const { npm, kind } of known.get(at)?.imports ?? []) {
      if (npm !== undefined && kind !== 'type' && !CLIENT_PACKAGES.includes(npm)) {
        found.push(`the client library loads ${npm} through ${at}`);
      }
    }
    for (const target of runtimeTargets(known.get(at))) visit(target);
  };
  if (known.has(CLIENT_ENTRY)) visit(CLIENT_ENTRY);
  return found;
}
