import { addFields } from "./add-fields.ts";
import { deleteFields } from "./delete-fields.ts";
import type { TransformDefinition } from "./transform.ts";

/** Every transform of this version, by its type. Documentation and JSON Schema are generated from it. */
export const TRANSFORMS: ReadonlyMap<string, TransformDefinition> = new Map(
  [addFields, deleteFields].map((definition) => [definition.type, definition]),
);

/** Types of the original that this version does not have: a file that has them disabled still loads. */
export const UNSUPPORTED_TYPES: ReadonlySet<string> = new Set([
  "update_fields",
  "filter_fields",
  "unwrap_envelope",
  "proto_convert",
  "flat_buffer_convert",
  "avro_convert",
]);
