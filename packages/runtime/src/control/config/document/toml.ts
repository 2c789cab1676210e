import { parse, TomlDate, TomlError } from "smol-toml";
import type { KeyPath } from "../../../shared/key-path.ts";
import { isTable, setKey, type Table } from "../../../shared/key-path.ts";
import { type ParsedText, SyntaxProblem } from "./parsed-text.ts";
import { tomlLines } from "./toml-lines.ts";

export function parseToml(text: string): ParsedText {
  let value: unknown;
  try {
    value = plain(parse(text, { integersAsBigInt: "asNeeded", maxDepth: 64 }));
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

/** Dates become text: a configuration is sent to other threads and as JSON, which would lose the parser's own class. */
function plain(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value)) return value;
  const table: Table = {};
  for (const [key, member] of Object.entries(value)) setKey(table, key, plain(member));
  return table;
}
