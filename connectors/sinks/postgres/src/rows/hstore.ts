import { type JsonValue, numberText, stringifyJson } from "@iggy-connectors/sdk";

/** An object as `hstore` reads it: texts by key, what is nested as its JSON. */
export function hstoreText(object: { readonly [key: string]: JsonValue }): string {
  const pairs = Object.entries(object).map(([key, value]) => {
    if (value === null) return `${quoted(key)}=>NULL`;
    return `${quoted(key)}=>${quoted(typeof value === "string" ? value : (numberText(object, key) ?? stringifyJson(value)))}`;
  });
  return pairs.join(",");
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
