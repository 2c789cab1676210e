import { createRequire } from "node:module";
import type { AST, parseTOML } from "toml-eslint-parser";
import type { KeyPath } from "../../../shared/key-path.ts";

const require = createRequire(import.meta.url);

/**
 * The lines of all keys of a TOML text that the parser has accepted; that parser does not keep them. The library is loaded
 * here, when a line is needed, which is only for a finding.
 */
export function tomlLines(text: string): (path: KeyPath) => number | undefined {
  const lines = new PathMap<number>();
  visit(text, (path, node) => lines.add(path, node.loc.start.line));
  return (path) => lines.get(path);
}

/** The dates of a TOML text as they are written, with all digits of their seconds. */
export function tomlDates(text: string): (path: KeyPath) => string | undefined {
  const dates = new PathMap<string>();
  visit(text, (path, node) => {
    if (node.type === "TOMLValue" && /^(?:offset|local)-/.test(node.kind)) dates.add(path, text.slice(...node.range));
  });
  return (path) => dates.get(path);
}

class PathMap<Value> {
  readonly #values = new Map<string, Value>();

  /** The first value of a path counts. */
  add(path: KeyPath, value: Value): void {
    const key = JSON.stringify(path);
    if (!this.#values.has(key)) this.#values.set(key, value);
  }

  get(path: KeyPath): Value | undefined {
    return this.#values.get(JSON.stringify(path));
  }
}

/** Tells every key, item and value with its path, in the order of the text. */
function visit(text: string, tell: (path: KeyPath, node: AST.TOMLNode) => void): void {
  const visitPair = ({ key, value }: AST.TOMLKeyValue, table: KeyPath): void => {
    const path = [...table];
    for (const segment of key.keys) {
      path.push(segment.type === "TOMLBare" ? segment.name : segment.value);
      tell([...path], segment);
    }
    visitValue(value, path);
  };
  const visitValue = (value: AST.TOMLContentNode, path: KeyPath): void => {
    if (value.type === "TOMLInlineTable") for (const pair of value.body) visitPair(pair, path);
    if (value.type === "TOMLValue") tell(path, value);
    if (value.type !== "TOMLArray") return;
    value.elements.forEach((element, index) => {
      const item = [...path, index];
      tell(item, element);
      visitValue(element, item);
    });
  };
  for (const node of parse(text)) {
    if (node.type === "TOMLKeyValue") visitPair(node, []);
    else {
      // `[[streams]]` is the first line of the list, and the line of its new item.
      node.resolvedKey.forEach((_, index) => {
        tell(node.resolvedKey.slice(0, index + 1), node);
      });
      for (const pair of node.body) visitPair(pair, node.resolvedKey);
    }
  }
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
