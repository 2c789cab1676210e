import type { Schema } from "@iggy-connectors/sdk";
import { stringifyJson } from "@iggy-connectors/sdk";
import { payloadTypeError } from "../errors/payload-type.ts";

/** The bytes of a payload without a schema: JSON compact, strings in UTF-8, bytes unchanged. */
export function plainBytes(schema: Schema, value: unknown, kind: Schema): Uint8Array {
  if (kind === "json" && !(value instanceof Uint8Array)) return Buffer.from(stringifyJson(value));
  if ((kind === "text" || kind === "proto") && typeof value === "string") return Buffer.from(value);
  if (kind !== "json" && kind !== "text" && value instanceof Uint8Array) return value;
  throw payloadTypeError(schema, kind, value);
}
