// Where in a TOML text each key stands. smol-toml tells the place of a syntax error, but not that of a value which a schema
// refuses. The text must have been parsed before: this scanner only follows its shape and checks nothing.

/** Line numbers from 1 by path of keys, and of every table on the way there. */
export class TomlLines {
  readonly #lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
    let table: readonly string[] = [];
    for (this.#skipSpace(true); this.#at < text.length; this.#skipSpace(true)) {
      if (text[this.#at] === '[') table = this.#header();
      else this.#pair(table);
    }
  }

  /** The line of the key, or of the longest part of its path that stands in the text; undefined when none does. */
  find(path: readonly string[]): number | undefined {
    for (let length = path.length; length > 0; length--) {
      const line = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /** `[a.b]` or `[[a.b]]`; of an array of tables the first one's line is kept. */
  #header(): readonly string[] {
    while (this.#text[this.#at] === '[') this.#at++;
    const keys = this.#keys([]);
    while (this.#text[this.#at] === ']') this.#at++;
    return keys;
  }

  #pair(table: readonly string[]): void {
    const path = this.#keys(table);
    this.#at++; // the equals sign
    this.#skipSpace(false);
    this.#value(path);
  }

  /** Dotted keys; each prefix is remembered with its line. */
  #keys(prefix: readonly string[]): readonly string[] {
    let path = prefix;
    for (;;) {
      this.#skipSpace(false);
      path = [...path, this.#key()];
      const id = JSON.stringify(path);
      if (!this.#lines.has(id)) this.#lines.set(id, this.#line);
      this.#skipSpace(false);
      if (this.#text[this.#at] !== '.') return path;
      this.#at++;
    }
  }

  #key(): string {
    const quote = this.#text[this.#at];
    const start = this.#at;
    if (quote === '"' || quote === "'") {
      this.#string();
      const raw = this.#text.slice(start, this.#at);
      return quote === '"' ? unescapeBasic(raw) : raw.slice(1, -1);
    }
    while (this.#at < this.#text.length && /[A-Za-z0-9_-]/.test(this.#text[this.#at]!)) this.#at++;
    if (this.#at === start) this.#at++; // can't be in a parsed text; goes on rather than round
    return this.#text.slice(start, this.#at);
  }

  #value(path: readonly string[]): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === '{') this.#inlineTable(path);
    else if (first === '[') this.#array(path);
    else while (this.#at < this.#text.length && !/[\n,#\]}]/.test(this.#text[this.#at]!)) this.#at++;
  }

  #inlineTable(path: readonly string[]): void {
    this.#at++;
    for (this.#skipSeparators(); this.#at < this.#text.length && this.#text[this.#at] !== '}'; this.#skipSeparators()) {
      this.#pair(path);
    }
    this.#at++;
  }

  /** Items are remembered by their index, as numbers in words: ["sources", "1"]. */
  #array(path: readonly string[]): void {
    this.#at++;
    let index = 0;
    for (this.#skipSeparators(); this.#at < this.#text.length && this.#text[this.#at] !== ']'; this.#skipSeparators()) {
      const item = [...path, String(index++)];
      this.#lines.set(JSON.stringify(item), this.#line);
      this.#value(item);
    }
    this.#at++;
  }

  /** Any of the four kinds of strings; multi-line ones count their lines. */
  #string(): void {
    const quote = this.#text[this.#at]!;
    const triple = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = triple ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      if (quote === '"' && this.#text[this.#at] === '\\') this.#at++;
      if (this.#text[this.#at] === '\n') this.#line++;
      this.#at++;
    }
    this.#at += end.length;
    // Up to two more quotes may belong to the content: """a"""""
    while (triple && this.#text[this.#at] === quote) this.#at++;
  }

  #skipSeparators(): void {
    this.#skipSpace(true);
    while (this.#text[this.#at] === ',') {
      this.#at++;
      this.#skipSpace(true);
    }
  }

  /** Blanks; across lines also newlines and comments. */
  #skipSpace(acrossLines: boolean): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === '\n' && acrossLines) this.#line++;
      else if (character === '#' && acrossLines) {
        while (this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== '\n') this.#at++;
      } else if (character !== ' ' && character !== '\t' && !(acrossLines && character === '\r')) return;
    }
  }
}

/** A basic string with its quotes to its value: the escapes that JSON lacks are \UXXXXXXXX, \e and \xXX. */
function unescapeBasic(quoted: string): string {
  const json = quoted.replaceAll(/\\(U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|e|.)/g, (whole, kind: string, long, short) => {
    if (long !== undefined) return JSON.stringify(String.fromCodePoint(Number.parseInt(long, 16))).slice(1, -1);
    if (short !== undefined) return `\\u00${short}`;
    return kind === 'e' ? '\\u001b' : whole;
  });
  try {
    return JSON.parse(json.replaceAll('\t', '\\t')) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}
