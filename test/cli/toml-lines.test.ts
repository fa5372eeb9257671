// The locator finds the line of every key. Documents are built line by line, so that the test knows where each key stands.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { TomlLines } from '../../src/main/cli/toml-lines.js';

function locate(text: string): (...path: string[]) => number | undefined {
  parse(text); // the locator is only ever given texts that parse
  const lines = new TomlLines(text);
  return (...path) => lines.find(path);
}

test('tables, dotted keys and quoted keys', () => {
  const find = locate(
    [
      '# port = 1', // 1
      'port = 7211 # not = here', // 2
      '  "delay"=10', // 3
      "path.'procfs' = '/proc'", // 4
      '', // 5
      ' [ procfs . "every" ] # [x]', // 6
      'vmstat = 100', // 7
      '"with.dot" = 1', // 8
      '"t\\u00e9" = 1', // 9
      '[cgroup]', // 10
      'include = []', // 11
    ].join('\n'),
  );
  assert.equal(find('port'), 2);
  assert.equal(find('delay'), 3);
  assert.equal(find('path', 'procfs'), 4);
  assert.equal(find('path'), 4);
  assert.equal(find('procfs'), 6);
  assert.equal(find('procfs', 'every', 'vmstat'), 7);
  assert.equal(find('procfs', 'every', 'with.dot'), 8);
  assert.equal(find('procfs', 'every', 'té'), 9);
  assert.equal(find('cgroup', 'include'), 11);
});

test('values over several lines do not lead astray', () => {
  const find = locate(
    [
      'a = """', // 1
      'port = 1', // 2
      '\\""" quoted """""', // 3: an escaped quote, and two quotes before the closing three
      "b = '''", // 4
      "it's [x]", // 5
      "'''", // 6
      'list = [ # ] a comment', // 7
      '  "one",', // 8
      '  { inner = "}", other = [1, 2] },', // 9
      ']', // 10
      'table = { x.y = 1, "z" = [{ w = 2 }] }', // 11
      'last = 1979-05-27T07:32:00Z', // 12
      '[[array]]', // 13
      'first = 1', // 14
      '[[array]]', // 15
      'second = 2', // 16
    ].join('\r\n'),
  );
  assert.equal(find('port'), undefined);
  assert.equal(find('b'), 4);
  assert.equal(find('list'), 7);
  assert.equal(find('list', '0'), 8);
  assert.equal(find('list', '1', 'other', '1'), 9);
  assert.equal(find('table', 'x', 'y'), 11);
  assert.equal(find('table', 'z', '0', 'w'), 11);
  assert.equal(find('last'), 12);
  assert.equal(find('array', 'first'), 14);
  assert.equal(find('array', 'second'), 16);
});

test('the nearest part of the path that stands in the text is found', () => {
  const find = locate('x = 1\n[a]\nb = 1');
  assert.equal(find('a', 'missing', 'deeper'), 2);
  assert.equal(find('nothing'), undefined);
});

const keyText = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/).map((key) => ({ key, text: key })),
  fc.string({ maxLength: 6 }).map((key) => ({ key, text: JSON.stringify(key).replaceAll('\x7f', '\\u007f') })),
);
const value = fc.constantFrom(
  '1',
  'true',
  '"a # b = \\" [ { "',
  "'c:\\'",
  '"""\n x = 1\n[y]\n"""',
  "'''\n\n'''",
  '[1, 2]',
  '[\n  "]", # ]\n\n  [ "x" ],\n]',
  '{ p = 1, q.r = "}" }',
  '1979-05-27 07:32:00',
);
const gap = fc.constantFrom('', '\n', '# key = 1\n', '\n  \n# [t]\n');
const eol = fc.constantFrom('\n', ' # tail = 1\n');

test('every key of any document is found on its line', () => {
  const entry = fc.record({ keys: fc.array(keyText, { minLength: 1, maxLength: 3 }), value, gap, eol });
  const section = fc.record({
    table: fc.array(keyText, { maxLength: 2 }),
    entries: fc.array(entry, { maxLength: 4 }),
    eol,
  });
  let documents = 0;
  fc.assert(
    fc.property(fc.array(section, { minLength: 1, maxLength: 4 }), (sections) => {
      let text = '';
      const expected: { path: string[]; line: number }[] = [];
      for (const [index, { table, entries, eol: end }] of sections.entries()) {
        // A first key of its own for each table and entry keeps the document free of redefinitions.
        const prefix = index === 0 ? [] : [{ key: `t${index}`, text: `t${index}` }, ...table];
        if (index > 0) text += `[ ${prefix.map((part) => part.text).join(' . ')} ]${end}`;
        for (const [number, { keys, value: written, gap: before, eol: after }] of entries.entries()) {
          text += before;
          const own = [{ key: `k${number}`, text: `"k${number}"` }, ...keys];
          expected.push({ path: [...prefix, ...own].map((part) => part.key), line: text.split('\n').length });
          text += `${own.map((part) => part.text).join('.')} = ${written}${after}`;
        }
      }
      parse(text);
      documents++;
      const lines = new TomlLines(text);
      for (const { path, line } of expected)
        assert.equal(lines.find(path), line, `${JSON.stringify(path)} in\n${text}`);
    }),
    { numRuns: 400 },
  );
  assert.ok(documents >= 400);
});
