import { isUtf8 } from "node:buffer";
import { bodyText } from "@iggy-connectors/http";
import { jsonElements, validateJson } from "@iggy-connectors/sdk";
import type { Route } from "../endpoints/routes.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

type Content = "json" | "ndjson" | "text" | "raw";

export type Records =
  | { readonly payloads: readonly Uint8Array[] }
  /** Why the body is refused. */
  | { readonly invalid: string }
  /** More messages than may wait at all. */
  | { readonly tooMany: true };

/** What a body is: by the endpoint, or by its own `Content-Type`. */
export function contentOf({ content }: Pick<Route, "content">, contentType: string | undefined): Content {
  return content === "auto" ? kindOf(contentType) : content;
}

/** A body as its messages have it: text in UTF-8 without a byte order mark, bytes as they are. `unreadable`: as for `bodyText`. */
export function bodyOf(
  body: Buffer,
  content: Content,
  contentType: string | undefined,
  unreadable: (charset: string) => Error,
): Buffer {
  return content === "raw" ? body : bodyText(body, contentType, unreadable);
}

/** The messages of a body: views of it, each with the bytes that were sent. */
export function recordsOf(
  body: Buffer,
  content: Content,
  { splitArrays }: Pick<Route, "splitArrays">,
  limit: number,
): Records {
  if (body.length === 0) return { invalid: "the body is empty" };
  switch (content) {
    case "json":
      return jsonRecords(body, splitArrays, limit);
    case "ndjson":
      return lineRecords(body, limit);
    case "text":
      return isUtf8(body) ? { payloads: [body] } : { invalid: "the body is not UTF-8" };
    case "raw":
      return { payloads: [body] };
  }
}

function kindOf(contentType = ""): Content {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (/^application\/(x-)?(ndjson|jsonl|json-lines)$/.test(type)) return "ndjson";
  return type.startsWith("text/") ? "text" : "raw";
}

function jsonRecords(body: Buffer, splitArrays: boolean, limit: number): Records {
  if (!validateJson(body)) return { invalid: "the body is not JSON" };
  const elements = splitArrays ? jsonElements(body, limit) : undefined;
  if (elements === undefined) return { payloads: [body] };
  if (elements === "too many") return { tooMany: true };
  return elements.length === 0 ? { invalid: "the array is empty" } : { payloads: elements };
}

function lineRecords(body: Buffer, limit: number): Records {
  const payloads: Uint8Array[] = [];
  let start = 0;
  for (let line = 1; start < body.length; line++) {
    const feed = body.indexOf(LINE_FEED, start);
    const end = feed < 0 ? body.length : feed;
    const textEnd = end > start && body[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    if (textEnd > start) {
      if (payloads.length >= limit) return { tooMany: true };
      if (!validateJson(body, start, textEnd)) return { invalid: `line ${line} is not JSON` };
      payloads.push(body.subarray(start, textEnd));
    }
    start = end + 1;
  }
  return payloads.length === 0 ? { invalid: "the body has no lines" } : { payloads };
}
