import type { Codec } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";

/** A stream that bytes of a source go to, and its codec. */
export interface ReadFor {
  readonly spec: { readonly schema: Schema };
  readonly codec: Codec;
}

/**
 * What reads a source's bytes for a stream: the stream's codec where they are of its schema. The same for batches that are delivered,
 * rehearsed and refused at the origin.
 */
export function readerOf({ spec, codec }: ReadFor, batchSchema: Schema | undefined): Codec | Schema {
  if (batchSchema !== undefined && batchSchema !== spec.schema) return batchSchema;
  return codec.produced ?? codec;
}
