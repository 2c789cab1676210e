import type { KeyPath } from "../../../shared/key-path.ts";

/** The lines of all keys of a TOML text that a parser has accepted; the parser itself does not keep them. */
export function tomlLines(text: string): (path: KeyPath) => number | undefined {
  const scanner = new TomlLineScanner(text);
  scanner.scan();
  return (path) => scanner.lines.get(spell(path));
}

const spell = (path: KeyPath): string => JSON.stringify(path);

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const SCALAR = /[^,\]}#\n]*/y;

class TomlLineScanner {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  /** Number of tables seen so far of each array of tables. */
  readonly #tables = new Map<string, number>();
  #position = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    let section: KeyPath = [];
    for (this.#skip(BLANK); this.#position < this.#text.length; this.#skip(BLANK)) {
      const before = this.#position;
      if (this.#peek("[")) section = this.#header();
      else this.#pair(section);
      // A text that no parser accepts must not cause an endless loop.
      if (this.#position === before) return;
    }
  }

  #header(): KeyPath {
    const list = this.#peek("[[");
    const line = this.#currentLine();
    this.#position += list ? 2 : 1;
    const keys = this.#dottedKey();
    const path: (string | number)[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      const last = index === keys.length - 1;
      const name = spell(path);
      const count = this.#tables.get(name) ?? 0;
      if (list && last) {
        this.#tables.set(name, count + 1);
        this.#record(path, line);
        path.push(count);
      } else if (count > 0) path.push(count - 1);
    });
    this.#record(path, line);
    this.#skip(/[^\n]*/y);
    return path;
  }

  #pair(section: KeyPath): void {
    const line = this.#currentLine();
    const path = [...section];
    for (const key of this.#dottedKey()) {
      path.push(key);
      this.#record(path, line);
    }
    this.#skip(/[ \t]*=[ \t]*/y);
    this.#value(path);
  }

  #value(path: KeyPath): void {
    if (this.#peek('"""')) this.#skip(/"""(?:\\[\s\S]|(?!""")[^\\])*"{3,5}/y);
    else if (this.#peek("'''")) this.#skip(/'''(?:(?!''')[\s\S])*'{3,5}/y);
    else if (this.#peek('"') || this.#peek("'")) this.#quoted();
    else if (this.#peek("["))
      this.#items("]", (index) => {
        const item = [...path, index];
        this.#record(item, this.#currentLine());
        this.#value(item);
      });
    else if (this.#peek("{")) this.#items("}", () => this.#pair(path));
    else this.#skip(SCALAR);
  }

  #items(end: string, item: (index: number) => void): void {
    this.#position++;
    for (let index = 0; this.#position < this.#text.length; index++) {
      this.#skip(BLANK);
      if (this.#peek(end)) break;
      const before = this.#position;
      item(index);
      this.#skip(BLANK);
      if (this.#peek(",")) this.#position++;
      if (this.#position === before) return;
    }
    this.#position++;
  }

  #dottedKey(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skip(/[ \t]*/y);
      keys.push(this.#peek('"') || this.#peek("'") ? this.#quoted() : this.#skip(BARE_KEY));
      this.#skip(/[ \t]*/y);
      if (!this.#peek(".")) return keys;
      this.#position++;
    }
  }

  #quoted(): string {
    if (this.#peek("'")) return this.#skip(/'[^'\n]*'/y).slice(1, -1);
    const text = this.#skip(/"(?:\\.|[^"\\\n])*"/y);
    try {
      return JSON.parse(text) as string;
    } catch {
      return text.slice(1, -1);
    }
  }

  #record(path: KeyPath, line: number): void {
    const name = spell(path);
    if (!this.lines.has(name)) this.lines.set(name, line);
  }

  #peek(expected: string): boolean {
    return this.#text.startsWith(expected, this.#position);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0] ?? "";
    this.#position += match.length;
    return match;
  }

  #currentLine(): number {
    for (; this.#counted < this.#position; this.#counted++) {
      if (this.#text.charCodeAt(this.#counted) === 0x0a) this.#line++;
    }
    return this.#line;
  }
}
