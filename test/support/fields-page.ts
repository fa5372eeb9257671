// Writes docs/FIELDS.md: every field of the schema, joined with what the sources declare and what the agent fills itself.

import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { KEY_FIELDS } from '../../src/main/wire/schema.js';
import { loadSource, SOURCE_NAMES } from '../../src/workers/registry.js';
import type { FieldDeclaration } from '../../src/workers/source.js';
import { AGENT_FIELDS } from './agent-fields.js';

/** One way in which a field is filled. */
interface Filling {
  readonly filledBy: string;
  readonly kind: string;
  readonly unit: string;
  readonly scope: FieldDeclaration['scope'];
  /** Per platform. */
  readonly origin: Readonly<Record<string, string>>;
  readonly absent: string;
}

export interface SourceFields {
  readonly name: string;
  readonly fields: readonly FieldDeclaration[];
}

// From the compiled file, <out>/test/support/.
const schema = readFileSync(new URL('../../../proto/zonecast.proto', import.meta.url), 'utf8');
const { root } = protobuf.parse(schema, { keepCase: true, alternateCommentMode: true });
root.resolveAll();
const packet = root.lookupType('PBMSG.Packet');

/** What every source that ships declares. */
export async function declaredFields(): Promise<SourceFields[]> {
  return Promise.all(SOURCE_NAMES.map(async (name) => ({ name, fields: (await loadSource(name)).fields })));
}

/** Paths of the schema's fields that can hold a value: `threads`, `disk.nread`. */
export function schemaPaths(): string[] {
  return packet.fieldsArray.flatMap((field) =>
    field.resolvedType instanceof protobuf.Type
      ? field.resolvedType.fieldsArray.map((leaf) => `${field.name}.${leaf.name}`)
      : [field.name],
  );
}

function fillings(sources: readonly SourceFields[]): Map<string, Filling[]> {
  const found = new Map<string, Filling[]>();
  const add = (path: string, filling: Filling): void => {
    found.set(path, [...(found.get(path) ?? []), filling]);
  };
  for (const { path, origin, ...rest } of AGENT_FIELDS) {
    add(path, { filledBy: 'the agent', origin: { any: origin }, ...rest });
  }
  for (const { name, fields } of sources) {
    for (const { path, ...rest } of fields) add(path, { filledBy: `\`${name}\``, ...rest });
  }
  for (const [field, keys] of Object.entries(KEY_FIELDS)) {
    const siblings = [...found].filter(([path]) => path.startsWith(`${field}.`)).flatMap(([, ways]) => ways);
    if (siblings.length === 0) continue;
    for (const path of keys.map((key) => `${field}.${key}`)) if (!found.has(path)) add(path, keyFilling(siblings));
  }
  return found;
}

/** A field that tells entries apart is in every entry that another field is in. */
function keyFilling(siblings: readonly Filling[]): Filling {
  const scopes = new Set(siblings.map((way) => way.scope));
  return {
    filledBy: [...new Set(siblings.map((way) => way.filledBy))].join(', '),
    kind: 'label',
    unit: 'none',
    scope: scopes.size === 1 ? [...scopes][0]! : 'both',
    origin: { any: 'tells the entries apart' },
    absent: 'never',
  };
}

const SCOPE_NAMES = { global: 'the host', zone: 'zones', both: 'host and zones' } as const;

const cellText = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function originText(origin: Readonly<Record<string, string>>): string {
  return Object.entries(origin)
    .map(([platform, from]) => (platform === 'any' ? from : `${platform}: ${from}`))
    .map(cellText)
    .join('<br>');
}

const HEAD = ['field', 'no.', 'type', 'kind', 'unit', 'in packets of', 'filled by', 'from', 'absent', 'note'];

function rowsOf(path: string, leaf: protobuf.Field, ways: readonly Filling[]): string[][] {
  const first = [
    `\`${leaf.name}\``,
    String(leaf.id),
    `${leaf.repeated ? 'repeated ' : leaf.required ? 'required ' : ''}${leaf.type}`,
  ];
  const note = cellText(leaf.comment ?? '');
  if (ways.length === 0) return [[...first, '', '', '', 'nothing yet', '', 'always', note]];
  return ways.map((way, i) => {
    const scope = SCOPE_NAMES[way.scope];
    const cells = [way.kind, way.unit, scope, way.filledBy, originText(way.origin), cellText(way.absent)];
    return [
      ...(i === 0 ? first : [`\`${path.slice(path.lastIndexOf('.') + 1)}\``, '', '']),
      ...cells,
      i === 0 ? note : '',
    ];
  });
}

function table(rows: readonly string[][]): string {
  return [HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** @returns the page's whole text */
export async function fieldsPage(): Promise<string> {
  const ways = fillings(await declaredFields());
  const plain = packet.fieldsArray.filter((field) => !(field.resolvedType instanceof protobuf.Type));
  const nested = packet.fieldsArray.filter((field) => field.resolvedType instanceof protobuf.Type);
  const sections = nested.map((field) => {
    const type = field.resolvedType as protobuf.Type;
    const keys = KEY_FIELDS[field.name] ?? [];
    const rows = type.fieldsArray.flatMap((leaf) =>
      rowsOf(`${field.name}.${leaf.name}`, leaf, ways.get(`${field.name}.${leaf.name}`) ?? []),
    );
    const facts = [
      `Field ${field.id}, ${field.repeated ? 'repeated' : 'at most once'}.`,
      keys.length > 0 ? `Entries are told apart by ${keys.map((key) => `\`${key}\``).join(' and ')}.` : '',
      type.comment ?? '',
      field.comment ?? '',
    ];
    return `## \`${field.name}\`\n\n${facts
      .filter((fact) => fact !== '')
      .join(' ')
      .replaceAll('\n', ' ')}\n\n${table(rows)}\n`;
  });
  const plainRows = plain.flatMap((field) => rowsOf(field.name, field, ways.get(field.name) ?? []));
  return `# Fields of a packet

Generated by \`npm run docs\` from \`proto/zonecast.proto\` and from what the sources declare. Don't edit it here.

- A *counter* is a running total: take differences. One of type uint32 wraps modulo 2^32. A *gauge* is the value at the
  reading. A *label* names something.
- A field that was not read for a packet's tick is absent from that packet, whatever the column "absent" says besides:
  slower files, a failed reading, a source that is not running. Absent never means 0.
- "the host" is the packet named \`global\`; "zones" are all others.
- Numbers below 32 (in inner messages too) are those of the 2013 contract.

## The packet itself

${table(plainRows)}

${sections.join('\n')}`;
}
