import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { payloadTypeError } from "../errors/payload-type.ts";
import { jsonCodec } from "./json-codec.ts";
import { rawCodec } from "./raw-codec.ts";
import { textCodec } from "./text-codec.ts";

/**
 * The codec between values of a kind and their plain bytes, independent of any schema: what a sink gets when the last transform ended with
 * that kind. `proto` values are text (as in the original); `avro` and `flat_buffer` values are bytes that a transform encoded.
 */
export function valueCodec(kind: Schema): Codec {
  switch (kind) {
    case "json":
      return jsonCodec;
    case "text":
      return textCodec;
    case "raw":
      return rawCodec;
    case "proto":
      return PROTO_TEXT;
    default:
      return labelledBytes(kind);
  }
}

const PROTO_TEXT: Codec = {
  ...textCodec,
  schema: "proto",
  kind: "proto",
  encode: (value, kind = "proto") => textCodec.encode(value, textKind(kind)),
  encodeInto: (value, kind, output) => textCodec.encodeInto(value, textKind(kind), output),
};

function textKind(kind: Schema): Schema {
  return kind === "proto" ? "text" : kind;
}

function labelledBytes(schema: Schema): Codec {
  const bytes = (value: unknown, kind: Schema = schema): Uint8Array => {
    if ((kind !== schema && kind !== "raw") || !(value instanceof Uint8Array))
      throw payloadTypeError(schema, kind, value);
    return value;
  };
  return {
    ...rawCodec,
    schema,
    kind: schema,
    encode: bytes,
    encodeInto: (value: unknown, kind: Schema, output: OutputBuffer) => output.writeBytes(bytes(value, kind)),
  };
}
