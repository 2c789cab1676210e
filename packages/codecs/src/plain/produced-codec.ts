import type { Schema } from "@iggy-connectors/sdk";
import { asBuffer, RejectedError } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { readAnyWrapper } from "../proto/any-wrapper.ts";
import { codecFor } from "./codec-for.ts";
import { valueCodec } from "./value-codec.ts";

/** Protobuf of an unknown type, as the original takes it from a plugin: an Any becomes its JSON object, everything else stays bytes. */
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

/** One codec per schema: plans keep what they compiled by the identity of its codec. */
const CODECS: Readonly<Partial<Record<Schema, Codec>>> = {
  proto: UNTYPED_PROTO,
  avro: valueCodec("avro"),
  flat_buffer: valueCodec("flat_buffer"),
};

/** Reads the bytes of a source whose schema differs from the stream's, so that nothing is known of their type. */
export function producedCodec(schema: Schema): Codec {
  return CODECS[schema] ?? codecFor(schema);
}
