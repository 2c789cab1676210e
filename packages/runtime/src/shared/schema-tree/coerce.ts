import { itemOf, type SchemaNode, typesOf } from "./schema-tree.ts";

/**
 * Text from the environment as the type that the schema asks for: a numeric password stays text, a port becomes a
 * number. `undefined`: the text has none of the accepted types.
 */
export function coerceText(text: string, node: SchemaNode): unknown {
  const types = typesOf(node);
  if (types.size === 0) return byAppearance(text);
  if (types.has("array")) return splitList(text).map((item) => coerceText(item, itemOf(node) ?? {}) ?? item);
  if (types.has("string")) return text;
  if (types.has("boolean")) {
    const lower = text.toLowerCase();
    if (lower === "true" || lower === "false") return lower === "true";
  }
  if ((types.has("number") || types.has("integer")) && text.trim() !== "") {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
  }
  return undefined;
}

/** The original's rules for values of unknown type: list, boolean, number, else text. Quoted values are text. */
export function byAppearance(text: string): unknown {
  if (text.startsWith("[") && text.endsWith("]")) return splitList(text, false).map(byAppearance);
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && !/^[+-]?\d+$/.test(text)) return Number(text);
  return unquote(text);
}

/** Elements of `[a, "b, c"]`, or of the same without brackets, split at commas outside double quotes. */
function splitList(text: string, unquoted = true): string[] {
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (inner.trim() === "") return [];
  const items: string[] = [];
  let quoted = false;
  let start = 0;
  for (let index = 0; index <= inner.length; index++) {
    if (inner[index] === '"') quoted = !quoted;
    if (index < inner.length && (quoted || inner[index] !== ",")) continue;
    const item = inner.slice(start, index).trim();
    items.push(unquoted ? unquote(item) : item);
    start = index + 1;
  }
  return items;
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
