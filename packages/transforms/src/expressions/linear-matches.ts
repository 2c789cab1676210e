import type { RE2JS } from "re2js";

/** The function that expressions call in place of `matches`, which the library runs with patterns of JavaScript. */
const LINEAR_MATCHES = "matchesLinear";
export const LINEAR_MATCHES_SIGNATURE = `string.${LINEAR_MATCHES}(string): bool`;

/** So many patterns are kept compiled. Nearly all expressions have theirs as a literal. */
const MAX_PATTERNS = 100;

interface Node {
  readonly op: string;
  readonly args: unknown;
}

/**
 * Lets all calls of `matches` in a parsed expression call the linear one, for which RE2 is loaded. Rejects with `Error` for a literal that
 * is not a pattern.
 */
export async function useLinearMatches(tree: unknown): Promise<void> {
  const patterns = replaceMatches(tree);
  if (patterns === undefined) return;
  ({ RE2JS: engine } = await import("re2js"));
  for (const pattern of patterns) patternOf(pattern);
}

/** `matches` of CEL: whether an RE2 pattern matches a part of a text. Throws `Error` for an invalid pattern. */
export function linearMatches(text: string, source: string): boolean {
  return patternOf(source).test(text);
}

let engine: typeof RE2JS | undefined;
const compiled = new Map<string, RE2JS>();

function patternOf(source: string): RE2JS {
  let pattern = compiled.get(source);
  if (pattern === undefined) {
    if (engine === undefined) throw new Error(`${LINEAR_MATCHES} is for internal use: call matches`);
    if (compiled.size >= MAX_PATTERNS) compiled.clear();
    pattern = engine.compile(source);
    compiled.set(source, pattern);
  }
  return pattern;
}

/** The patterns that are literals; undefined: nothing calls `matches`. */
function replaceMatches(tree: unknown): readonly string[] | undefined {
  const patterns: string[] = [];
  const seen = new Set<unknown>();
  let calls = 0;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (isNode(value) && value.op === "rcall" && Array.isArray(value.args) && value.args[0] === "matches") {
      calls++;
      value.args[0] = LINEAR_MATCHES;
      const [pattern] = value.args[2] as readonly unknown[];
      if (isNode(pattern) && pattern.op === "value" && typeof pattern.args === "string") patterns.push(pattern.args);
    }
    for (const member of Object.values(value)) visit(member);
  };
  visit(tree);
  return calls === 0 ? undefined : patterns;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
