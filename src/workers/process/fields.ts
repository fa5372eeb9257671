// What the source `process` declares of its fields, apart from reading them; docs/FIELDS.md is generated from here.

import type { FieldDeclaration, Unit } from '../source.js';

const NOT_LISTED =
  'For processes that are not among the ten (option `top`) that used most CPU since the reading before, in their zone or in those around it; on ticks between two readings (once a second).';

const field = (
  path: string,
  kind: FieldDeclaration['kind'],
  unit: Unit,
  origin: string,
  absent = NOT_LISTED,
): FieldDeclaration => ({ path, kind, unit, scope: 'both', origin: { linux: origin }, absent });

export const fields: readonly FieldDeclaration[] = [
  field(
    'processes',
    'gauge',
    'processes',
    'host: directories /proc/PID; zone: those whose /proc/PID/cgroup names it or a zone in it',
    'Where procfs hides processes from this user (hidepid); for a zone that has had no process yet; on ticks between two readings (once a second).',
  ),
  field('process.pid', 'gauge', 'id', '/proc/PID/stat, field 1'),
  field('process.execname', 'gauge', 'none', '/proc/PID/stat, field 2'),
  field('process.usage', 'counter', 'profile ticks (4999 Hz)', '/proc/PID/stat, fields 14 + 15, * 4999 / 100'),
  field('process.cpu', 'gauge', 'core', '/proc/PID/stat, field 39'),
  field('process.rss', 'gauge', 'bytes', '/proc/PID/stat, field 24 * page size'),
  field('process.threads', 'gauge', 'threads', '/proc/PID/stat, field 20'),
];
