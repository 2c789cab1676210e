import { codecFor, readAnyWrapper } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import { asBuffer } from "@iggy-connectors/sdk/internal";
import { valueCodec } from "./value-codec.ts";

/** Protobuf of an unknown type, as the original takes it from a plugin: an Any becomes its JSON object, all else stays bytes. */
const UNTYPED_PROTO: Codec = {
  ...valueCodec("raw"),
  schema: "proto",
  kind: "json",
  kindOf: (value) => (value instanceof Uint8Array ? "raw" : "json"),
  decode(bytes, start = 0, end = bytes.length) {
    try {
      return readAnyWrapper(bytes, start, end);
    } catch (error) {
      if (error instanceof RejectedError) return asBuffer(bytes).subarray(start, end);
      throw error;
    }
  },
};

/** One each: transformers are kept by their codec. */
const CODECS: Readonly<Partial<Record<Schema, Codec>>> = {
  proto: UNTYPED_PROTO,
  avro: valueCodec("avro"),
  flat_buffer: valueCodec("flat_buffer"),
};

/** How the bytes of a source are read that are of another schema than the stream's: nothing is known of their type. */
export function producedCodec(schema: Schema): Codec {
  return CODECS[schema] ?? codecFor(schema);
}
