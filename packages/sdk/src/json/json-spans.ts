import type { Path } from "../paths/path.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

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

function afterSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (json[at]! <= SPACE) at++;
  return at;
}

/** Behind the value that begins at `start`. */
function valueEnd(json: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at = stringEnd(json, at) - 1;
        if (depth === 0) return at + 1;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth++;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (depth === 0) return trimmedEnd(json, at);
        depth--;
        if (depth === 0) return at + 1;
        break;
      case COMMA:
      case COLON:
        if (depth === 0) return trimmedEnd(json, at);
        break;
    }
  }
  return trimmedEnd(json, json.length);
}

/** A number or a word ends before the space that follows it. */
function trimmedEnd(json: Uint8Array, end: number): number {
  let at = end;
  while (json[at - 1]! <= SPACE) at--;
  return at;
}

/** Behind the closing quote. */
function stringEnd(json: Uint8Array, open: number): number {
  let at = open + 1;
  while (json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
