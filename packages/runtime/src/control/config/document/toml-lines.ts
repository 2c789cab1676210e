import { createRequire } from "node:module";
import type { AST, parseTOML } from "toml-eslint-parser";
import type { KeyPath } from "../../../shared/key-path.ts";

const require = createRequire(import.meta.url);

/**
 * The lines of all keys of a TOML text that the parser has accepted; that parser does not keep them. The library is loaded
 * here, when a line is needed, which is only for a finding.
 */
export function tomlLines(text: string): (path: KeyPath) => number | undefined {
  const lines = new Map<string, number>();
  const record = (path: KeyPath, line: number): void => {
    const key = JSON.stringify(path);
    if (!lines.has(key)) lines.set(key, line);
  };
  const visitPair = ({ key, value }: AST.TOMLKeyValue, table: KeyPath): void => {
    const path = [...table];
    for (const segment of key.keys) {
      path.push(segment.type === "TOMLBare" ? segment.name : segment.value);
      record(path, segment.loc.start.line);
    }
    visitValue(value, path);
  };
  const visitValue = (value: AST.TOMLContentNode, path: KeyPath): void => {
    if (value.type === "TOMLInlineTable") for (const pair of value.body) visitPair(pair, path);
    if (value.type !== "TOMLArray") return;
    value.elements.forEach((element, index) => {
      const item = [...path, index];
      record(item, element.loc.start.line);
      visitValue(element, item);
    });
  };
  for (const node of parse(text)) {
    if (node.type === "TOMLKeyValue") visitPair(node, []);
    else {
      // `[[streams]]` is the first line of the list, and the line of its new item.
      node.resolvedKey.forEach((_, index) => {
        record(node.resolvedKey.slice(0, index + 1), node.loc.start.line);
      });
      for (const pair of node.body) visitPair(pair, node.resolvedKey);
    }
  }
  return (path) => lines.get(JSON.stringify(path));
}

/** Empty where this library refuses what the parser accepted: a finding without a line is better than none. */
function parse(text: string): readonly (AST.TOMLKeyValue | AST.TOMLTable)[] {
  const library = require("toml-eslint-parser") as { readonly parseTOML: typeof parseTOML };
  try {
    return library.parseTOML(text.replace(/^\ufeff/, "")).body[0].body;
  } catch {
    return [];
  }
}
