import type { HttpResponse } from "@iggy-connectors/http";
import { type JsonValue, type Path, parseJson, RetryableError, stringifyJson, valueAt } from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig } from "./config.ts";

/** What an answer holds. */
export interface Records {
  readonly value: JsonValue | undefined;
  /** Parsed; for `text` and `ndjson` the texts are in `payloads` only. */
  readonly records: readonly JsonValue[];
  readonly payloads: readonly Uint8Array[];
}

const LINE_END = /\r?\n/;

/** @throws RetryableError when the answer is not what the configuration says: it may be correct later. */
export function readRecords(
  reply: HttpResponse,
  format: HttpPollSourceConfig["format"],
  path: Path | undefined,
): Records {
  if (format === "text") {
    const payloads = reply.body.length === 0 ? [] : [reply.body];
    return { value: undefined, records: payloads.map(() => null), payloads };
  }
  if (format === "ndjson") {
    const lines = reply
      .text()
      .split(LINE_END)
      .filter((line) => line.trim() !== "");
    const payloads = lines.map((line) => Buffer.from(line));
    return { value: undefined, records: payloads.map((line) => parsed(line)), payloads };
  }
  const value = reply.body.length === 0 ? [] : parsed(reply.body);
  const records = listOf(value, path);
  return { value, records, payloads: records.map((record) => Buffer.from(stringifyJson(record))) };
}

function listOf(value: JsonValue, path: Path | undefined): readonly JsonValue[] {
  if (path === undefined) return Array.isArray(value) ? value : [value];
  const list = valueAt(value, path);
  if (Array.isArray(list)) return list;
  if (list === null) return [];
  throw unreadable(`has no list at "${path.text}"`, "records_path");
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
