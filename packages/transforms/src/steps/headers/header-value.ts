import type { Headers, HeaderValue, JsonValue } from "@iggy-connectors/sdk";
import { RejectedError, stringifyJson } from "@iggy-connectors/sdk";

/** Iggy takes header names and values of 1 … 255 bytes. */
const MAX_BYTES = 255;

/** A field's value as a header: text as it is, numbers and booleans as text, objects and arrays as JSON. */
export function headerText(name: string, value: Exclude<JsonValue, null>): HeaderValue {
  const text = typeof value === "string" ? value : stringifyJson(value);
  checkLength(name, Buffer.byteLength(text));
  return { kind: "string", value: text };
}

function checkLength(name: string, bytes: number): void {
  if (bytes >= 1 && bytes <= MAX_BYTES) return;
  throw new RejectedError(`header ${name} would have ${bytes} bytes: Iggy takes 1 … ${MAX_BYTES}`, {
    code: "IGC_TRANSFORM_HEADER",
    place: `header ${name}`,
    fix: "leave the field out with delete_fields or map, or put the step under a condition (when)",
  });
}

/** Whether a header may have this name. */
export function isHeaderName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= MAX_BYTES && name.isWellFormed();
}

export const HEADER_NAME_RULE = `must be a name of 1 … ${MAX_BYTES} bytes`;

/** Headers with some set, in order: a present one keeps its place. */
export function withHeaders(headers: Headers, entries: Iterable<readonly [string, HeaderValue]>): Headers {
  const changed = new Map(headers);
  for (const [name, value] of entries) changed.set(name, value);
  return changed;
}
