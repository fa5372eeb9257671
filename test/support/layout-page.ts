// Writes docs/LAYOUT.md from src/ring/layout.ts: the numbers from its constants, the meanings from their comments.

import { readFileSync } from 'node:fs';
import {
  CELL,
  CONTROL_BYTES,
  DEFINITION,
  DEFINITION_KIND,
  FLAG,
  HEADER,
  HEADER_SLOTS,
  HEADER_WORDS,
  LINE_WORDS,
  MAGIC,
  MAX_CAPACITY_SLOTS,
  MIN_CAPACITY_SLOTS,
  REGION,
  SAMPLE,
  SLOT_BYTES,
  VERSION,
  WORD_BYTES,
} from '../../src/ring/layout.js';

// From the compiled file, <out>/test/support/.
const source = readFileSync(new URL('../../../src/ring/layout.ts', import.meta.url), 'utf8');

/** The one-line comment above each entry of a constant object. @throws Error for an entry without one */
function meanings(constant: string): Map<string, string> {
  const body = new RegExp(`export const ${constant} = \\{\\n([\\s\\S]*?)\\n\\} as const`).exec(source)?.[1];
  if (body === undefined) throw new Error(`src/ring/layout.ts has no ${constant}`);
  const found = new Map<string, string>();
  let comment = '';
  for (const line of body.split('\n')) {
    const text = /^\s*\/\*\* (.*) \*\/$/.exec(line)?.[1];
    const name = /^\s*(\w+):/.exec(line)?.[1];
    if (text !== undefined) comment = text;
    if (name === undefined) continue;
    if (comment === '') throw new Error(`${constant}.${name} has no comment of one line`);
    found.set(name, comment);
    comment = '';
  }
  return found;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function constantTable(constant: string, values: Readonly<Record<string, number>>, head: string): string {
  const meaning = meanings(constant);
  return table(
    [head, 'name', 'meaning'],
    Object.entries(values).map(([name, at]) => [at, `\`${name}\``, meaning.get(name)!]),
  );
}

const WRITERS: Readonly<Record<keyof typeof REGION, string>> = {
  constants: 'creator, once',
  consumer: 'main thread',
  producer: 'worker, at every commit',
  command: 'supervisor, rarely',
  status: 'worker',
};

function cellTable(): string {
  const meaning = meanings('CELL');
  const rows = Object.entries(CELL).map(([name, word]) => {
    const [region] = Object.entries(REGION).findLast(([, first]) => word >= first)!;
    return [word * WORD_BYTES, `\`${name}\``, WRITERS[region as keyof typeof REGION], meaning.get(name)!];
  });
  return table(['byte', 'cell', 'writer', 'meaning'], rows);
}

function drawing(): string {
  const line = (bytes: number, text: string): string => `${String(bytes).padStart(6)}  ${text}`;
  const regions = Object.entries(REGION).map(([name, word]) =>
    line(word * WORD_BYTES, `${name.padEnd(10)} written by: ${WRITERS[name as keyof typeof REGION]}`),
  );
  return [
    '```',
    '  byte  control block',
    ...regions,
    '        ring',
    line(CONTROL_BYTES, 'slot 0'),
    line(CONTROL_BYTES + SLOT_BYTES, 'slot 1'),
    '        …',
    '',
    '        head                                        tail                     head + capacity',
    '        |                                           |                        |',
    "        | frame | frame | frame                     | free: the producer's   |",
    '                |',
    `                | header ${HEADER_SLOTS} slots | samples, 1 slot each | definitions: 1 slot and text |`,
    '```',
  ].join('\n');
}

/** @returns the page's whole text */
export function layoutPage(): string {
  return `# Memory of a ring

Generated from \`src/ring/layout.ts\` by \`npm run docs\`. Don't edit it here.

Each source has one shared memory: a control block of ${CONTROL_BYTES} bytes, then a ring of a power of two of slots
(${MIN_CAPACITY_SLOTS} to ${MAX_CAPACITY_SLOTS}). A word is ${WORD_BYTES} bytes, a slot ${SLOT_BYTES / WORD_BYTES} words or ${SLOT_BYTES} bytes. Words are in the machine's byte order: the memory never
leaves the process. The magic number is 0x${MAGIC.toString(16)}, the version ${VERSION}.

${drawing()}

A *position* counts slots since the ring was made, modulo 2^32, and is never masked when stored; the *index* of its slot
is the position masked by the capacity less one. Only differences of positions are compared, so the wrap means nothing.
The one invariant: \`0 <= tail - head <= capacity\`.

A frame may lie on both sides of the ring's end, and so may its header and a text; a slot never does. The worker writes
a frame into free slots and then stores \`tail\`, once: the frame is visible whole or not at all. The main thread reads it
in place and then stores \`head\`. A frame that does not fit is dropped and counted; its definitions go with the next.

## Control block

Cells of different writers are ${LINE_WORDS * WORD_BYTES} bytes apart: two cache lines, because x86 prefetches lines in pairs. Every cell has one
writer. Counters are uint32 and wrap.

${cellTable()}

## Frame header

${HEADER_WORDS} words (${HEADER_SLOTS} slots). Values of 64 bits are two words, the low one first.

${constantTable('HEADER', HEADER, 'word')}

Bits of the flags:

${constantTable('FLAG', FLAG, 'bit')}

## Sample

One slot. Right behind the header, as many as it says.

${constantTable('SAMPLE', SAMPLE, 'word')}

## Definition

One slot, then its text: UTF-8, fields parted by a NUL, padded to whole slots. Behind the samples, but in force before
them. A text is never longer than a frame of its own can carry.

${constantTable('DEFINITION', DEFINITION, 'word')}

Kinds:

${constantTable('DEFINITION_KIND', DEFINITION_KIND, 'value')}

A number that has ended is handed out again, under a generation higher by one, so memory is bounded by the zones and
series that live at once and not by how many came and went.
`;
}
