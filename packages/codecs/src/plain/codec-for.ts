import type { Schema } from "@iggy-connectors/sdk";
import { FatalError } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { jsonCodec } from "./json-codec.ts";
import { rawCodec } from "./raw-codec.ts";
import { textCodec } from "./text-codec.ts";

const CODECS: ReadonlyMap<Schema, Codec> = new Map(
  [jsonCodec, rawCodec, textCodec].map((codec) => [codec.schema, codec]),
);

/** Spellings that are accepted besides the original's. */
export const SCHEMA_ALIASES: ReadonlyMap<string, Schema> = new Map([
  ["flatbuffer", "flat_buffer"],
  ["flatbuffers", "flat_buffer"],
  ["protobuf", "proto"],
]);

/**
 * The codec of a schema that needs no settings; `createCodec` makes the others. Throws `FatalError`
 * (`IGC_CONFIG_SCHEMA_UNSUPPORTED`).
 */
export function codecFor(schema: Schema): Codec {
  const codec = CODECS.get(schema);
  if (codec !== undefined) return codec;
  throw new FatalError(`schema ${schema} cannot be read without the settings of its stream`, {
    code: "IGC_CONFIG_SCHEMA_UNSUPPORTED",
    fix: `use ${[...CODECS.keys()].join(", ")}; raw passes the bytes on unchanged`,
  });
}
