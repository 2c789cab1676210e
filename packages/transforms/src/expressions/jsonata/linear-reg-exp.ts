import type { RE2JS } from "re2js";
import { charge, STEP } from "./budget.ts";

/** The part of `RegExp` that is needed to find all matches. */
interface LinearRegExp {
  lastIndex: number;
  exec(text: string): (string[] & { index: number }) | null;
}

interface Compiled {
  readonly re2: RE2JS;
  /** What it takes to read a character once. */
  readonly perRead: number;
}

/** What compiling takes for each instruction. */
const INSTRUCTION = 32;
/** What a place in a text takes at least, how many instructions that are open there one unit pays for, and how often it is read. */
const PLACE = 2;
const INSTRUCTIONS_OPEN = 8;
const READS = 3;
/** How many characters the search for a literal passes for one unit. */
const CHARACTERS_PASSED = 16;

/**
 * A replacement of `RegExp` for patterns of the RE2 dialect: linear time, no look-around, no back-references. Its constructor throws
 * `Error` with the reason for an invalid pattern. What compiling and searching take is counted, searching
 * while it is done: finding all matches takes the square of the text's length where each search reads on behind its match.
 */
export async function linearRegExps(): Promise<new (pattern: RegExp) => LinearRegExp> {
  const { MatcherInput, RE2JS } = await import("re2js");
  const compiled = new WeakMap<RegExp, Compiled>();

  function compile(pattern: RegExp): Compiled {
    const known = compiled.get(pattern);
    if (known !== undefined) return known;
    const flags =
      (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
      (pattern.multiline ? RE2JS.MULTILINE : 0) |
      (pattern.dotAll ? RE2JS.DOTALL : 0);
    const re2 = RE2JS.compile(pattern.source, flags);
    charge(re2.programSize() * INSTRUCTION);
    const created = { re2, perRead: (PLACE + re2.programSize() / INSTRUCTIONS_OPEN) / READS };
    compiled.set(pattern, created);
    return created;
  }

  return class {
    lastIndex = 0;
    readonly #pattern: Compiled;

    constructor(pattern: RegExp) {
      this.#pattern = compile(pattern);
    }

    exec(text: string): (string[] & { index: number }) | null {
      const { re2, perRead } = this.#pattern;
      charge(STEP);
      const matcher = re2.matcher(MatcherInput.utf16(new CountedText(text, perRead)));
      if (!matcher.find(this.lastIndex)) {
        this.lastIndex = 0;
        return null;
      }
      this.lastIndex = matcher.end();
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) as string);
      return Object.assign(groups, { index: matcher.start() });
    }
  };
}

/** A text that counts how often it is read. How far a search reads is known to nobody before. */
class CountedText extends String {
  readonly #text: string;
  readonly #perRead: number;

  constructor(text: string, perRead: number) {
    super(text);
    this.#text = text;
    this.#perRead = perRead;
  }

  override charCodeAt(index: number): number {
    charge(this.#perRead);
    return this.#text.charCodeAt(index);
  }

  override indexOf(literal: string, from: number): number {
    const found = this.#text.indexOf(literal, from);
    charge(((found === -1 ? this.#text.length : found) - from) / CHARACTERS_PASSED);
    return found;
  }
}
