import { createRequire } from "node:module";
import { createContext, Script } from "node:vm";
import type { RE2JS as Re2 } from "re2js";

/** How long a pattern that only JavaScript understands may search one text. */
const PATTERN_MILLIS = 100;
/** What `\s` of JavaScript matches, in a character class. */
const SPACES = String.raw`\t\n\x0B\f\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`;

/** Thrown by a test that takes too long. */
export class PatternTimeout extends Error {}

export interface Pattern {
  test(text: string): boolean;
  /** Tells patterns apart. */
  toString(): string;
}

/**
 * A pattern of a JSON Schema, which is one of JavaScript. It runs in RE2, linear in the length of the text; one that RE2 does not have
 * (look-around, back-references, more than 1000 repetitions) runs in JavaScript for a limited time, after which its test throws
 * `PatternTimeout`. Throws `SyntaxError` for what neither understands.
 */
export function schemaPattern(source: string): Pattern {
  const linear = linearPattern(source);
  if (linear !== undefined) return { test: (text) => linear.test(text), toString: () => `/${source}/` };
  const flags = isPattern(source, "u") ? "u" : "";
  const context = createContext({ pattern: new RegExp(source, flags), text: "" });
  const script = new Script("pattern.test(text)");
  return {
    test(text) {
      context.text = text;
      try {
        return script.runInContext(context, { timeout: PATTERN_MILLIS }) === true;
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
        throw new PatternTimeout(`the pattern ${source} takes longer than ${PATTERN_MILLIS} ms`);
      } finally {
        context.text = "";
      }
    },
    toString: () => `/${source}/`,
  };
}

/** Whether JavaScript takes the text for a pattern. */
export function isPattern(source: string, flags = ""): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}

function linearPattern(source: string): Re2 | undefined {
  const translated = translate(source);
  if (translated === undefined || !isPattern(source)) return undefined;
  const { RE2JS } = createRequire(import.meta.url)("re2js") as typeof import("re2js");
  try {
    return RE2JS.compile(RE2JS.translateRegExp(translated));
  } catch {
    return undefined;
  }
}

/** The pattern with what RE2 reads otherwise written out; undefined: that cannot be done. */
function translate(source: string): string | undefined {
  let result = "";
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const character = source[at]!;
    if (character === "\\") {
      const escaped = source[++at];
      if (escaped === "s") result += inClass ? SPACES : `[${SPACES}]`;
      else if (escaped === "S" && !inClass) result += `[^${SPACES}]`;
      else if (escaped === undefined || /[SkcQEAzZGCRXvVhHNaegx]/.test(escaped)) return undefined;
      else if (escaped === "0") result += "\\x00";
      else result += `\\${escaped}`;
    } else if (inClass) {
      if (character === "]") inClass = false;
      result += character === "[" ? "\\[" : character;
    } else if (character === "[") {
      inClass = true;
      result += character;
    } else if (character === "(" && source[at + 1] === "?" && !/^[:<]/.test(source.slice(at + 2))) {
      return undefined;
    } else result += character === "." ? String.raw`[^\n\r\x{2028}\x{2029}]` : character;
  }
  return result;
}
