// The TypeScript types of a packet, made from proto/zonecast.proto, so that no field is written down twice. `npm run docs`
// writes src/main/wire/packet.ts; a test holds that file equal to what this makes.

import { readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);
export const PACKET_TYPES_FILE = new URL('src/main/wire/packet.ts', ROOT);

const HEADER = `// The packet as decodePacket gives it. Made from proto/zonecast.proto by \`npm run docs\`: change it there.
// Names are the schema's. Fields of 64 bits are bigint, of 32 bits number, enums the name of their value. A field that the
// packet doesn't carry is absent; a repeated one is always there, maybe empty. Counters are running totals.
`;

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  uint32: 'number',
  uint64: 'bigint',
  fixed64: 'bigint',
};

/** A message or enum whose body is being read. */
interface Block {
  readonly kind: string;
  readonly name: string;
  readonly comment: readonly string[];
  readonly lines: string[];
}

/** A comment of the schema holds for the fields below it up to an empty line, another comment or another type. */
interface Comment {
  lines: string[];
  type: string;
}

const FIELD = /^(required|optional|repeated) (\w+) (\w+) = \d+;$/;

export function packetTypes(schema: string): string {
  const blocks: Block[] = [];
  const done: Block[] = [];
  let comment: Comment = { lines: [], type: '' };
  for (const line of schema
    .slice(schema.indexOf('message Packet'))
    .split('\n')
    .map((text) => text.trim())) {
    const opened = /^(message|enum) (\w+) \{$/.exec(line);
    const field = FIELD.exec(line);
    const value = /^(\w+) = \d+;$/.exec(line);
    if (line.startsWith('//')) {
      if (comment.type !== '') comment = { lines: [], type: '' };
      comment.lines.push(line.slice(2).trim());
    } else if (opened !== null) {
      // The name of an enum is that of its message and its own: it stands beside the message here.
      const outer = blocks.at(-1);
      const name = opened[1] === 'enum' && outer !== undefined ? outer.name + opened[2] : opened[2]!;
      blocks.push({ kind: opened[1]!, name, comment: comment.lines, lines: [] });
      comment = { lines: [], type: '' };
    } else if (field !== null) {
      const type = field[2]!;
      if (comment.type !== '' && comment.type !== type) comment = { lines: [], type: '' };
      comment.type = type;
      blocks.at(-1)!.lines.push(...docComment(comment.lines, '  '), property(field, blocks));
    } else if (value !== null) {
      blocks.at(-1)!.lines.push(`'${value[1]}'`);
      comment = { lines: [], type: '' };
    } else {
      if (line === '}') done.push(blocks.pop()!);
      comment = { lines: [], type: '' };
    }
  }
  return [HEADER, ...done.map(declaration)].join('\n');
}

function property([, label, type, name]: RegExpExecArray, blocks: readonly Block[]): string {
  const message = blocks.at(-1)!.name;
  const known = SCALARS[type!] ?? (type === 'State' ? `${message}State` : type!);
  if (label === 'repeated') return `  ${name}: ${known}[];`;
  return `  ${name}${label === 'optional' ? '?' : ''}: ${known};`;
}

function declaration(block: Block): string {
  const doc = docComment(block.comment, '').join('\n');
  const head = doc === '' ? '' : `${doc}\n`;
  if (block.kind === 'enum') return `${head}export type ${block.name} = ${block.lines.join(' | ')};\n`;
  return `${head}export interface ${block.name} {\n${block.lines.join('\n')}\n}\n`;
}

function docComment(lines: readonly string[], indent: string): string[] {
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}

export function generatedPacketTypes(): string {
  return packetTypes(readFileSync(new URL('proto/zonecast.proto', ROOT), 'utf8'));
}
