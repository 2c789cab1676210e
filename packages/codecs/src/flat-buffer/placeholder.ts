import type { Schema } from "@iggy-connectors/sdk";
import { asBuffer, stringifyJson } from "@iggy-connectors/sdk";
import { payloadTypeError } from "../errors/payload-type.ts";
import { buildBuffer } from "./flatbuffers-library.ts";

/** The original's value of every buffer, since it never reads one. */
export function placeholder(bytes: Uint8Array, start: number, end: number, rootType: string | undefined): unknown {
  return {
    buffer_size: end - start,
    has_root_table: true,
    ...(rootType === undefined ? {} : { root_table_type: rootType }),
    raw_data_base64: asBuffer(bytes).toString("base64", start, end),
  };
}

/**
 * A buffer without a schema: its root is the text or the bytes themselves. The original writes JSON objects as a vector that no reader can
 * follow; here they are written as JSON text.
 */
export function writeUntyped(value: unknown, kind: Schema): Uint8Array {
  const content = contentOf(value, kind);
  return buildBuffer((builder) => {
    builder.finish(typeof content === "string" ? builder.createString(content) : builder.createByteVector(content));
  });
}

function contentOf(value: unknown, kind: Schema): string | Uint8Array {
  if (kind === "json" && !(value instanceof Uint8Array)) return stringifyJson(value);
  if ((kind === "text" || kind === "proto") && typeof value === "string") return value;
  if (kind !== "json" && kind !== "text" && value instanceof Uint8Array) return value;
  throw payloadTypeError("flat_buffer", kind, value);
}
