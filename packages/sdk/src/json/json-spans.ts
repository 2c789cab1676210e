import type { Path } from "../paths/path.ts";
import {
  afterSpace,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  stringEnd,
  valueEnd,
} from "./value-ends.ts";

/**
 * The elements of a JSON array as views of its bytes, with every digit, space and member as they were written. `json` must be valid
 * (`validateJson`). `undefined` when it is not an array, `"too many"` when it has more than `limit` elements.
 */
export function jsonElements(
  json: Uint8Array,
  limit = Number.POSITIVE_INFINITY,
): Uint8Array[] | "too many" | undefined {
  let at = afterSpace(json, 0);
  if (json[at] !== OPEN_ARRAY) return undefined;
  const elements: Uint8Array[] = [];
  at = afterSpace(json, at + 1);
  while (json[at] !== CLOSE_ARRAY) {
    const end = valueEnd(json, at);
    if (elements.length >= limit) return "too many";
    elements.push(json.subarray(at, end));
    at = afterSpace(json, end);
    if (json[at] === COMMA) at = afterSpace(json, at + 1);
  }
  return elements;
}

/**
 * The bytes of the value at a path of valid JSON; of members with one key the last one counts, as for `parseJson`. `undefined`: there is
 * none, or the path names several (`[*]`).
 */
export function jsonBytesAt(json: Uint8Array, { segments }: Path): Uint8Array | undefined {
  let at = afterSpace(json, 0);
  for (const segment of segments) {
    const found = typeof segment === "string" ? memberAt(json, at, segment) : elementAt(json, at, segment);
    if (found === undefined) return undefined;
    at = found;
  }
  return json.subarray(at, valueEnd(json, at));
}

function memberAt(json: Uint8Array, object: number, name: string): number | undefined {
  if (json[object] !== OPEN_OBJECT) return undefined;
  let found: number | undefined;
  let at = afterSpace(json, object + 1);
  while (json[at] !== CLOSE_OBJECT) {
    const keyEnd = stringEnd(json, at);
    const value = afterSpace(json, afterSpace(json, keyEnd) + 1);
    if (isKey(json.subarray(at, keyEnd), name)) found = value;
    at = afterSpace(json, valueEnd(json, value));
    if (json[at] === COMMA) at = afterSpace(json, at + 1);
  }
  return found;
}

function elementAt(json: Uint8Array, array: number, segment: number | symbol): number | undefined {
  if (json[array] !== OPEN_ARRAY || typeof segment === "symbol") return undefined;
  let at = afterSpace(json, array + 1);
  for (let index = 0; json[at] !== CLOSE_ARRAY; index++) {
    if (index === segment) return at;
    at = afterSpace(json, valueEnd(json, at));
    if (json[at] === COMMA) at = afterSpace(json, at + 1);
  }
  return undefined;
}

function isKey(bytes: Uint8Array, name: string): boolean {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")) === name;
}
