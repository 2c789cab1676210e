import { bodyText, type HttpResponse } from "@iggy-connectors/http";
import {
  asBuffer,
  type JsonValue,
  jsonBytesAt,
  jsonElements,
  type Path,
  parseJson,
  RetryableError,
  stringifyJson,
  valueAt,
} from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig } from "./config.ts";

/** What an answer holds. */
export interface Records {
  readonly value: JsonValue | undefined;
  /** Parsed; null for `text`, and for lines that are not JSON. */
  readonly records: readonly JsonValue[];
  /** The bytes of each as the server wrote them. */
  readonly payloads: readonly Uint8Array[];
}

const LINE_FEED = 0x0a;
const WHOLE: Path = { text: "", segments: [] };
const NO_RECORDS: Records = { value: undefined, records: [], payloads: [] };

/** @throws RetryableError when the answer is not what the configuration says: it may be correct later. */
export function readRecords(
  reply: HttpResponse,
  format: HttpPollSourceConfig["format"],
  path: Path | undefined,
): Records {
  const type = reply.headers["content-type"];
  const contentType = Array.isArray(type) ? type[0] : type;
  const body = bodyText(asBuffer(reply.body), contentType, (charset) => unreadable(`is not in ${charset}`, "format"));
  if (body.length === 0) return NO_RECORDS;
  if (format === "text") return { value: undefined, records: [null], payloads: [body] };
  if (format === "ndjson") {
    const payloads = lines(body);
    // A line that is not JSON is one message's fault, not the page's.
    return { value: undefined, records: payloads.map(parsedOrNull), payloads };
  }
  const value = parsed(body);
  const records = listOf(value, path);
  return { value, records, payloads: spansOf(body, records, path) };
}

function lines(body: Buffer): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < body.length; ) {
    const feed = body.indexOf(LINE_FEED, start);
    const end = feed < 0 ? body.length : feed;
    let last = end;
    while (last > start && body[last - 1]! <= 0x20) last--;
    if (last > start) found.push(body.subarray(start, last));
    start = end + 1;
  }
  return found;
}

/** The records' own bytes: nothing of a number, and no member, is lost by reading and printing them. */
function spansOf(body: Buffer, records: readonly JsonValue[], path: Path | undefined): readonly Uint8Array[] {
  const list = jsonBytesAt(body, path ?? WHOLE);
  // A path may lead through every element of several lists.
  if (list === undefined) return records.map((record) => Buffer.from(stringifyJson(record)));
  const elements = jsonElements(list);
  return Array.isArray(elements) ? elements : records.length === 0 ? [] : [list];
}

function listOf(value: JsonValue, path: Path | undefined): readonly JsonValue[] {
  if (path === undefined) return Array.isArray(value) ? value : [value];
  const list = valueAt(value, path);
  if (Array.isArray(list)) return list;
  if (list === null) return [];
  throw unreadable(`has no list at "${path.text}"`, "records_path");
}

function parsedOrNull(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch {
    return null;
  }
}

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch {
    throw unreadable("is not JSON", "format");
  }
}

function unreadable(what: string, place: string): RetryableError {
  return new RetryableError(`the response ${what}`, {
    code: "IGC_SOURCE_HTTP_POLL_REPLY",
    place,
    fix: "compare the configuration with the response of the server",
  });
}
