import type { Headers } from "@iggy-connectors/protocol";
import { type Schema, stringifyJson } from "@iggy-connectors/sdk";
import { JsonText } from "@iggy-connectors/sdk/internal";
import type { ShownPayload } from "./shown-message.ts";

/** The bytes of a value of a kind as it would be delivered, or a text of it where it cannot be. */
export function bytesOf(value: unknown, kind: Schema): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof JsonText) return Buffer.from(value.toString());
  if (typeof value === "string" && kind !== "json") return Buffer.from(value);
  try {
    return Buffer.from(stringifyJson(value) ?? String(value));
  } catch {
    return Buffer.from(String(value));
  }
}

/** A payload with at most `maxBytes` of its bytes, as text where it is text. */
export function showPayload(bytes: Uint8Array, maxBytes: number): ShownPayload {
  const size = bytes.length;
  const truncated = size > maxBytes;
  const part = truncated ? bytes.subarray(0, maxBytes) : bytes;
  const text = textOf(part, truncated);
  return text === undefined
    ? { encoding: "base64", data: Buffer.from(part).toString("base64"), size, truncated }
    : { encoding: "utf8", data: text, size, truncated };
}

/** Undefined: these bytes are not text. A character that was cut in two is left out. */
function textOf(bytes: Uint8Array, truncated: boolean): string | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes, { stream: truncated });
  } catch {
    return undefined;
  }
}

/** Header values as JSON holds them: wide integers in decimal, bytes in base64. */
export function showHeaders(headers: Headers): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, { value }] of headers) {
    if (typeof value === "bigint") shown[name] = value.toString();
    else shown[name] = value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  }
  return shown;
}
