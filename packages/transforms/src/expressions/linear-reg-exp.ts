import type { RE2JS } from "re2js";

/** The part of `RegExp` that is needed to find all matches. */
interface LinearRegExp {
  lastIndex: number;
  exec(text: string): (string[] & { index: number }) | null;
}

/**
 * A replacement of `RegExp` for patterns of the RE2 dialect: linear time, no look-around, no back-references. Its constructor throws
 * `Error` with the reason for an invalid pattern.
 */
export async function linearRegExps(): Promise<new (pattern: RegExp) => LinearRegExp> {
  const { RE2JS } = await import("re2js");
  const compiled = new WeakMap<RegExp, RE2JS>();

  function compile(pattern: RegExp): RE2JS {
    const known = compiled.get(pattern);
    if (known !== undefined) return known;
    const flags =
      (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
      (pattern.multiline ? RE2JS.MULTILINE : 0) |
      (pattern.dotAll ? RE2JS.DOTALL : 0);
    const created = RE2JS.compile(pattern.source, flags);
    compiled.set(pattern, created);
    return created;
  }

  return class {
    lastIndex = 0;
    readonly #pattern: RE2JS;

    constructor(pattern: RegExp) {
      this.#pattern = compile(pattern);
    }

    exec(text: string): (string[] & { index: number }) | null {
      const matcher = this.#pattern.matcher(text);
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
