import type { Schema } from "@iggy-connectors/sdk";
import { stringifyJson } from "@iggy-connectors/sdk";
import { payloadTypeError } from "../errors/payload-type.ts";

/** The bytes of a payload as they would be written without a format of their own: JSON compact, texts in UTF-8, bytes as they are. */
export function plainBytes(schema: Schema, value: unknown, kind: Schema): Uint8Array {
  if (kind === "json" && !(value instanceof Uint8Array)) return Buffer.from(stringifyJson(value));
  if ((kind === "text" || kind === "proto") && typeof value === "string") return Buffer.from(value);
  if (kind !== "json" && kind !== "text" && value instanceof Uint8Array) return value;
  throw payloadTypeError(schema, kind, value);
}
