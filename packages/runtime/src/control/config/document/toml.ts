import { parse, TomlDate, TomlError } from "smol-toml";
import type { KeyPath } from "../../../shared/key-path.ts";
import { isTable, setKey, type Table } from "../../../shared/key-path.ts";
import { MAX_DEPTH } from "../../../shared/plain-value.ts";
import { type ParsedText, SyntaxProblem } from "./parsed-text.ts";
import { tomlDates, tomlLines } from "./toml-lines.ts";

export function parseToml(text: string): ParsedText {
  let value: unknown;
  try {
    value = withDateTexts(parse(text, { integersAsBigInt: "asNeeded", maxDepth: MAX_DEPTH }), text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    throw new SyntaxProblem(reason, error.line);
  }
  let lines: ((path: KeyPath) => number | undefined) | undefined;
  return {
    value,
    lineAt(path) {
      lines ??= tomlLines(text);
      return lines(path);
    },
  };
}

/**
 * Dates as they are written: the parser's own class keeps milliseconds only. Beyond its limit of depth a date is not looked
 * for: the text is refused by that.
 */
function withDateTexts(value: unknown, text: string): unknown {
  const texts = /\d:\d\d\.\d{4,}/.test(text) ? tomlDates(text) : undefined;
  return replace(value, []);

  function replace(one: unknown, path: KeyPath): unknown {
    if (one instanceof TomlDate) return texts?.(path) ?? one.toISOString();
    if (path.length > MAX_DEPTH) return one;
    if (Array.isArray(one)) return one.map((item, index) => replace(item, [...path, index]));
    if (!isTable(one)) return one;
    const table: Table = {};
    for (const [key, member] of Object.entries(one)) setKey(table, key, replace(member, [...path, key]));
    return table;
  }
}
