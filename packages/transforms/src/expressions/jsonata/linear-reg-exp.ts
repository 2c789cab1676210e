import type { RE2JS } from "re2js";
import { charge } from "./budget.ts";

/** The part of `RegExp` that is needed to find all matches. */
interface LinearRegExp {
  lastIndex: number;
  exec(text: string): (string[] & { index: number }) | null;
}

interface Compiled {
  readonly re2: RE2JS;
  readonly perCharacter: number;
  readonly readsOn: boolean;
}

/** What compiling takes for each instruction. */
const INSTRUCTION = 32;

/**
 * A replacement of `RegExp` for patterns of the RE2 dialect: linear time, no look-around, no back-references. Its constructor throws
 * `Error` with the reason for an invalid pattern. What compiling and searching take is counted. Finding all matches takes the square of
 * the text's length where a search reads on behind its match.
 */
export async function linearRegExps(): Promise<new (pattern: RegExp) => LinearRegExp> {
  const { RE2JS } = await import("re2js");
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
    const created = { re2, perCharacter: 1 + re2.programSize() / 256, readsOn: readsOn(pattern.source) };
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
      const { re2, perCharacter, readsOn } = this.#pattern;
      const rest = text.length - this.lastIndex;
      if (readsOn) charge((rest / 2) * perCharacter);
      const matcher = re2.matcher(text);
      if (!matcher.find(this.lastIndex)) {
        charge(rest * perCharacter);
        this.lastIndex = 0;
        return null;
      }
      charge((matcher.end() - this.lastIndex) * perCharacter);
      this.lastIndex = matcher.end();
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) as string);
      return Object.assign(groups, { index: matcher.start() });
    }
  };
}

/** Whether a search may read further than its match and a constant number of characters: something is repeated before the pattern's end. */
function readsOn(source: string): boolean {
  const plain = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/g, "x").replace(/[*+]\??\)*$/, "");
  return /[*+]|\{\d+,/.test(plain);
}
