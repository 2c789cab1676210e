import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import { doubleText, JsonNumber } from "./json-number.ts";
import { MAX_JSON_DEPTH } from "./json-scan.ts";
import { orderedMembers, spellingOf, spellingsUsed, writtenText } from "./json-spelling.ts";

/** `JSON` with a method that TypeScript's library does not declare yet (in Node since 22). */
const RawJson = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** Whether the last value printed contained a `bigint`: then the next one most likely does, and finding out costs an exception. */
let expectBigInts = false;

/**
 * Compact JSON of a value. What `parseJson` read is printed as it was written: the texts of numbers, as long as the values are still
 * those that were read, and the order of members. Otherwise a `bigint` is printed as an integer, NaN and infinities as null, a double
 * beyond 64 bits with an exponent, since without it would look like an integer of which every digit counts. Throws `RejectedError`
 * (`IGC_SOURCE_ENCODE`) for what JSON cannot express.
 */
export function stringifyJson(value: unknown): string {
  try {
    if (holdsSpelling(value)) return requireText(printSpelled(value));
    const text = expectBigInts ? undefined : printPlain(value);
    return text === undefined || mayHoldHugeInteger(text) ? printNumbers(value) : text;
  } catch (cause) {
    throw new RejectedError("the value cannot be expressed in JSON", { code: "IGC_SOURCE_ENCODE", cause });
  }
}

/** Whether an object or array, at any depth, knows how its members were written. */
export function holdsSpelling(value: unknown): boolean {
  return spellingsUsed() && isSpelled(value, 0);
}

function isSpelled(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (spellingOf(value) !== undefined) return true;
  // The printers of the platform say what is wrong with a value that contains itself.
  if (depth > MAX_JSON_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const element of value) if (isSpelled(element, depth + 1)) return true;
    return false;
  }
  if (!isPlain(value)) return false;
  for (const key in value) if (isSpelled((value as Record<string, unknown>)[key], depth + 1)) return true;
  return false;
}

/** Prints member by member; what is not a plain object or array as the platform does. `undefined`: it is left out. */
function printSpelled(value: unknown): string | undefined {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return doubleText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return printArray(value);
  if (isPlain(value)) return printObject(value as { [key: string]: JsonValue });
  return value instanceof JsonNumber ? value.text : JSON.stringify(value, printNumber);
}

function printArray(array: readonly unknown[]): string {
  let text = "[";
  for (let index = 0; index < array.length; index++) {
    if (index > 0) text += ",";
    text += printMember(array, index, array[index]) ?? "null";
  }
  return `${text}]`;
}

function printObject(object: { [key: string]: JsonValue }): string {
  if (spellingOf(object)?.order !== undefined) return printOrdered(object);
  let text = "";
  for (const key of Object.keys(object)) {
    const printed = printMember(object, key, object[key]);
    if (printed !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${printed}`;
  }
  return `{${text}}`;
}

/** Prints an object that has its members in another order, or repeats some. */
function printOrdered(object: { [key: string]: JsonValue }): string {
  let text = "";
  for (const member of orderedMembers(object)) {
    const repeated = typeof member !== "string";
    const key = repeated ? member.key : member;
    const printed = repeated ? (member.text ?? printSpelled(member.value)) : printMember(object, key, object[key]);
    if (printed !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${printed}`;
  }
  return `{${text}}`;
}

/** What `JSON.stringify` escapes: quotes, backslashes, control characters, halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as JSON. Most have nothing to escape, which costs less to find out than a call of `JSON.stringify`. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function printMember(holder: object, key: string | number, value: unknown): string | undefined {
  return (typeof value === "number" ? writtenText(holder, key, value) : undefined) ?? printSpelled(value);
}

/** Whether nothing but its members decides how a value is printed. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && !("toJSON" in value && typeof value.toJSON === "function")
  );
}

/** `undefined`: the value contains something, most likely a `bigint`, that the platform does not print. */
function printPlain(value: unknown): string | undefined {
  try {
    return requireText(JSON.stringify(value));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function printNumbers(value: unknown): string {
  expectBigInts = false;
  return requireText(JSON.stringify(value, printNumber));
}

function printNumber(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    expectBigInts = true;
    return RawJson.rawJSON(value.toString());
  }
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? RawJson.rawJSON(doubleText(value))
    : value;
}

/** Number of digits of the smallest integer that may be beyond 64 bits. */
const HUGE_DIGITS = 19;

/** Whether there is a run of 19 digits: every such run covers an index that is a multiple of 19. */
function mayHoldHugeInteger(text: string): boolean {
  for (let place = HUGE_DIGITS - 1; place < text.length; place += HUGE_DIGITS) {
    if (!isDigit(text.charCodeAt(place))) continue;
    let start = place;
    let end = place + 1;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start >= HUGE_DIGITS) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function requireText(text: string | undefined): string {
  if (text === undefined) throw new TypeError("not an object, array, string, number, boolean or null");
  return text;
}
