import { headerValue, type PlainHeader } from "@iggy-connectors/protocol/headers";
import type { Headers, HeaderValue, JsonNumber, JsonValue } from "@iggy-connectors/sdk";
import { RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import { exactInteger } from "@iggy-connectors/sdk/internal";

/** Iggy takes header names and values of 1 … 255 bytes. */
const MAX_BYTES = 255;
const NO_HEADERS: Headers = new Map();

/** Headers by their names, whether they were given typed or plain. */
export function typedHeaders(headers: Headers | Readonly<Record<string, PlainHeader>> | undefined): Headers {
  if (headers === undefined) return NO_HEADERS;
  if (headers instanceof Map) return headers as Headers;
  return new Map(
    Object.entries(headers as Record<string, PlainHeader>).map(([name, value]) => [name, headerValue(value)]),
  );
}

/** A header's value as JSON: bytes become base64, integers beyond 2⁵³ stay `bigint`. */
export function plainHeader({ value }: HeaderValue): string | number | boolean | bigint {
  if (typeof value === "bigint") return exactInteger(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/**
 * A field's value as a header: strings as they are, numbers and booleans as text, objects and arrays as JSON. Throws `RejectedError`
 * (`IGC_TRANSFORM_HEADER`) for a length that Iggy does not take.
 */
export function headerText(name: string, value: Exclude<JsonValue, null> | JsonNumber): HeaderValue {
  const text = typeof value === "string" ? value : stringifyJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= MAX_BYTES) return { kind: "string", value: text };
  throw new RejectedError(`header ${name} would have ${bytes} bytes: Iggy takes 1 … ${MAX_BYTES}`, {
    code: "IGC_TRANSFORM_HEADER",
    place: `header ${name}`,
    fix: "leave the field out with delete_fields or map, or put the step under a condition (when)",
  });
}

/** Whether a header may have this name or, as a string, this value. */
export function isHeaderText(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes >= 1 && bytes <= MAX_BYTES && text.isWellFormed();
}

export const HEADER_NAME_RULE = `must be a name of 1 … ${MAX_BYTES} bytes`;
export const HEADER_VALUE_RULE = `must be a string of 1 … ${MAX_BYTES} bytes`;
