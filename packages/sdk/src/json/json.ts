import { asBuffer } from "../bytes/as-buffer.ts";
import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import { faultOf } from "./json-fault.ts";
import { readJson } from "./json-reader.ts";
import { JSON_BEYOND_ASCII, JSON_ESCAPED_KEY, JSON_LONG_INTEGER, scanJson } from "./json-scan.ts";

/** What the platform's parser would not read exactly. */
const INEXACT = JSON_LONG_INTEGER | JSON_ESCAPED_KEY;

/** `JSON` with a method that TypeScript's library does not declare yet (in Node since 22). */
const RawJson = JSON as typeof JSON & { rawJSON(text: string): unknown };

/**
 * Whether `bytes[start, end)` is a JSON text that `parseJson` takes. A byte scan, several times cheaper than decoding;
 * allocates nothing.
 */
export function validateJson(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  return scanJson(bytes, start, end) >= 0;
}

/**
 * The value of the JSON text `bytes[start, end)`. No digit is lost: integers beyond 2⁵³ become `bigint`. Of a repeated
 * key the last value wins. Throws `RejectedError` (`IGC_DECODE_JSON`) with the byte offset for anything that is not
 * strict JSON in UTF-8: a byte order mark, lone surrogates, trailing data, integers beyond 64 bits, infinite numbers.
 */
export function parseJson(bytes: Uint8Array, start = 0, end = bytes.length): JsonValue {
  const result = scanJson(bytes, start, end);
  if (result < 0) {
    const { offset, message } = faultOf(bytes, start, end, result);
    throw new RejectedError(`the payload is not JSON: ${message} (at byte ${offset})`, {
      code: "IGC_DECODE_JSON",
      place: `byte ${offset} of the payload`,
      fix: "send JSON, or set the stream's schema to what the payloads are",
    });
  }
  const text = asBuffer(bytes).toString((result & JSON_BEYOND_ASCII) === 0 ? "latin1" : "utf8", start, end);
  return (result & INEXACT) === 0 ? (JSON.parse(text) as JsonValue) : readJson(text);
}

/** Whether the last value printed contained a `bigint`: then the next one most likely does, and finding out costs an exception. */
let expectBigInts = false;

/**
 * Compact JSON of a value; a `bigint` is printed as an integer, NaN and infinities as null, a double beyond 64 bits with an
 * exponent, since parsers limit integers to 64 bits. Throws `RejectedError` (`IGC_SOURCE_ENCODE`) for what JSON cannot express.
 */
export function stringifyJson(value: unknown): string {
  try {
    const text = expectBigInts ? undefined : printPlain(value);
    return text === undefined || mayHoldHugeInteger(text) ? printNumbers(value) : text;
  } catch (cause) {
    throw new RejectedError("the value cannot be expressed in JSON", { code: "IGC_SOURCE_ENCODE", cause });
  }
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
  if (typeof value !== "number" || !Number.isInteger(value)) return value;
  const huge = (value >= 2 ** 64 || value <= -(2 ** 63)) && Math.abs(value) < 1e21;
  return huge ? RawJson.rawJSON(value.toExponential()) : value;
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
