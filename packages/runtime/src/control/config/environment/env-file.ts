/** What is wrong with a line of a dotenv file, or read in different ways elsewhere. Never holds a value. */
interface EnvFileFinding {
  /** 1 is the first. */
  readonly line: number;
  readonly key?: string;
  readonly message: string;
  readonly fix: string;
}

export interface EnvFile {
  readonly variables: ReadonlyMap<string, string>;
  readonly findings: readonly EnvFileFinding[];
}

const NAME = /(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*/y;
/** `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `$NAME`. */
const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_.]*)(?:(:?-)([^}\n]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/y;
const REST_IS_COMMENT = /[ \t]*(?:#[^\n]*)?(?=\n|$)/y;

const QUOTE_IT = "write the value in single quotes: everything between them is taken as it is";

/**
 * Reads a dotenv file as the original does (dotenvy 0.15): a comment begins at a `#` at the start of a line or behind white space,
 * single quotes take everything as it is, double quotes and bare values know `\` and `$NAME`, quoted values may have several lines, and
 * of a repeated name the first value counts. What a shell or docker compose would read in another way is a finding, and so is a line
 * that is ignored because it is not `NAME=value`. `outer` gives the variables that are set already: `$NAME` means those first.
 */
export function parseEnvFile(source: string, outer: (name: string) => string | undefined): EnvFile {
  return new EnvFileReader(source.replaceAll("\r\n", "\n"), outer).read();
}

class EnvFileReader {
  readonly #text: string;
  readonly #outer: (name: string) => string | undefined;
  readonly #variables = new Map<string, string>();
  readonly #findings: EnvFileFinding[] = [];
  #at = 0;
  #line = 1;
  #key = "";

  constructor(text: string, outer: (name: string) => string | undefined) {
    this.#text = text;
    this.#outer = outer;
  }

  read(): EnvFile {
    while (this.#at < this.#text.length) {
      this.#at += this.#match(/[ \t]*/y)?.[0].length ?? 0;
      const first = this.#text[this.#at];
      if (first !== undefined && first !== "\n" && first !== "#") this.#assignment();
      this.#skipLine();
    }
    return { variables: this.#variables, findings: this.#findings };
  }

  #assignment(): void {
    const named = this.#match(NAME);
    const line = this.#line;
    this.#key = named?.[1] ?? "";
    if (named === undefined) {
      this.#find(line, "the line is not NAME=value, and is ignored", "correct it, or begin it with #");
      return;
    }
    const start = this.#at;
    this.#at += named[0].length;
    const value = this.#value(line);
    if (value === undefined) {
      this.#find(
        line,
        "a quote is not closed, and the line is ignored",
        "close it, or quote the other kind of quotes with it",
      );
      this.#at = start;
      this.#line = line;
    } else if (this.#variables.has(this.#key)) {
      this.#find(
        line,
        "the name is repeated: its first value counts, elsewhere the last one",
        "leave one of the lines out",
      );
    } else {
      this.#variables.set(this.#key, value);
    }
  }

  /** Up to the end of the line; undefined: a quote is not closed. */
  #value(line: number): string | undefined {
    if (this.#text[this.#at] === "#") {
      this.#find(line, "the value begins with #, which begins a comment: it is empty", QUOTE_IT);
      return "";
    }
    let value = "";
    let quote = "";
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) return quote === "" ? value : undefined;
      if (quote === "" && character === "\n") return value;
      if (quote === "" && (character === " " || character === "\t")) {
        if (this.#match(REST_IS_COMMENT) !== undefined) return value;
        this.#find(line, "the value has white space and no quotes: a shell and the original refuse the line", QUOTE_IT);
      }
      if (character === "$" && quote !== "'") {
        value += this.#substitute(line);
        continue;
      }
      this.#at += 1;
      if (character === "\n") this.#line += 1;
      if (character === "\\" && quote !== "'") value += this.#escape(line, quote);
      else if (character === quote) quote = "";
      else if (quote === "" && (character === "'" || character === '"')) quote = character;
      else value += character;
    }
  }

  /** What a backslash and the character behind it stand for. */
  #escape(line: number, quote: string): string {
    const escaped = this.#text[this.#at] ?? "";
    if (escaped === "\n" || escaped === "") return "\\";
    this.#at += 1;
    const alike = quote === '"' ? '\\"$' : "";
    if (!alike.includes(escaped) || alike === "") {
      this.#find(line, `\\${escaped} is read in different ways by a shell, docker compose and the original`, QUOTE_IT);
    }
    if (escaped === "n") return "\n";
    return "\\\"'$ ".includes(escaped) ? escaped : `\\${escaped}`;
  }

  #substitute(line: number): string {
    const found = this.#match(VARIABLE);
    if (found === undefined) {
      this.#at += 1;
      this.#find(
        line,
        "a $ that names no variable is read in different ways by a shell, docker compose and the original",
        QUOTE_IT,
      );
      return "$";
    }
    this.#at += found[0].length;
    const [, braced, operator, fallback, bare] = found;
    const name = braced ?? bare ?? "";
    const value = this.#outer(name) ?? this.#variables.get(name);
    if (operator !== undefined) {
      this.#find(
        line,
        `the default of \${${name}} is one for a shell and docker compose only; the original reads nothing`,
        "set the variable",
      );
      return value === undefined || (value === "" && operator === ":-") ? (fallback ?? "") : value;
    }
    if (value === undefined) this.#find(line, `the variable ${name} is not set: nothing stands in its place`, QUOTE_IT);
    return value ?? "";
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
    this.#line += 1;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text) ?? undefined;
  }

  #find(line: number, message: string, fix: string): void {
    const key = this.#key === "" ? {} : { key: this.#key };
    const last = this.#findings.at(-1);
    if (last?.line === line && last.message === message) return;
    this.#findings.push({ line, ...key, message, fix });
  }
}
