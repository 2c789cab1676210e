import { asBuffer } from "../bytes/as-buffer.ts";
import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import { jsonTextScanner } from "./batch/json-text-scanner.ts";
import { withExactNumbers } from "./exact-numbers.ts";
import { faultOf } from "./json-fault.ts";
import { readJson } from "./json-reader.ts";
import {
  JSON_BEYOND_ASCII,
  JSON_ESCAPED_KEY,
  JSON_INEXACT,
  type MemberSpans,
  NOTED_SHIFT,
  scanJson,
} from "./json-scan.ts";

/** What the platform's parser would not read exactly. */
const INEXACT = JSON_INEXACT | JSON_ESCAPED_KEY;

/**
 * Whether `bytes[start, end)` is a JSON text that `parseJson` takes. A byte scan, several times cheaper than decoding;
 * allocates nothing.
 */
export function validateJson(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  return scanJson(bytes, start, end) >= 0;
}

/**
 * The value of the JSON text `bytes[start, end)`, every valid one by RFC 8259. Nothing is lost: integers beyond 2⁵³ become `bigint`
 * (doubles, beyond a thousand digits); where the text of a number says more than its double (`1.10`, `1e400`, 20 digits), and where
 * JavaScript would reorder members or drop a repeated key, the object or array remembers it, for `stringifyJson`, `numberText` and
 * `exactAt`. As a value, a repeated key has the last of its values. Throws `RejectedError` (`IGC_DECODE_JSON`) with the byte offset for anything that is not strict
 * JSON in UTF-8: a byte order mark, trailing data; and for lone surrogates and more than 1024 levels.
 */
export function parseJson(bytes: Uint8Array, start = 0, end = bytes.length): JsonValue {
  const buffer = asBuffer(bytes);
  const scanner = jsonTextScanner();
  let result = scanner.scanToDecode(buffer, start, end);
  if (result < 0) result = scanOrThrow(bytes, start, end);
  const text = buffer.toString((result & JSON_BEYOND_ASCII) === 0 ? "latin1" : "utf8", start, end);
  if ((result & INEXACT) !== 0) return readJson(text);
  const value = JSON.parse(text) as JsonValue;
  if (result < 1 << NOTED_SHIFT) return value;
  return withExactNumbers(value, notedTexts(scanner.noted, result, buffer, start, text), scanner.noted);
}

/** The texts of the numbers that a scan has noted. */
function notedTexts(noted: Int32Array, result: number, buffer: Buffer, start: number, text: string): string[] {
  const texts: string[] = [];
  const isAscii = (result & JSON_BEYOND_ASCII) === 0;
  for (let word = 0; word < (result >> NOTED_SHIFT) * 3; word += 3) {
    const from = noted[word + 1]!;
    const to = noted[word + 2]!;
    // A piece of a string costs less than one of the bytes.
    texts.push(isAscii ? text.slice(from, to) : buffer.toString("latin1", start + from, start + to));
  }
  return texts;
}

/** As `scanJson`, but throws `RejectedError` (`IGC_DECODE_JSON`) where the text is not JSON. */
export function scanOrThrow(bytes: Uint8Array, start: number, end: number, members?: MemberSpans): number {
  const result = scanJson(bytes, start, end, members);
  if (result >= 0) return result;
  const { offset, message } = faultOf(bytes, start, end, result);
  throw new RejectedError(`the payload is not JSON: ${message} (at byte ${offset})`, {
    code: "IGC_DECODE_JSON",
    place: `byte ${offset} of the payload`,
    fix: "send JSON, or set the stream's schema to what the payloads are",
  });
}
