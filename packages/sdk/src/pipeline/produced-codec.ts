import { asBuffer } from "../bytes/as-buffer.ts";
import type { Codec } from "../codecs/codec.ts";
import { codecFor } from "../codecs/codec-for.ts";
import { readAnyWrapper } from "../codecs/proto/any-wrapper.ts";
import { RejectedError } from "../contract/errors.ts";
import type { Schema } from "../contract/message.ts";
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
