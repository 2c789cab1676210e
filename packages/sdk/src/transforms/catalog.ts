import type { TransformDefinition } from "./transform.ts";

/** How each type of transform is loaded: a worker pays only for those that its connector has. */
export const CATALOG: ReadonlyMap<string, () => Promise<TransformDefinition>> = new Map<
  string,
  () => Promise<TransformDefinition>
>([
  ["add_fields", async () => (await import("./fields/add-fields.ts")).addFields],
  ["delete_fields", async () => (await import("./fields/delete-fields.ts")).deleteFields],
  ["update_fields", async () => (await import("./fields/update-fields.ts")).updateFields],
  ["filter_fields", async () => (await import("./fields/filter-fields.ts")).filterFields],
  ["unwrap_envelope", async () => (await import("./fields/unwrap-envelope.ts")).unwrapEnvelope],
  ["rename_fields", async () => (await import("./fields/rename-fields.ts")).renameFields],
  ["hoist_field", async () => (await import("./fields/hoist-field.ts")).hoistField],
  ["extract_field", async () => (await import("./fields/extract-field.ts")).extractField],
  ["cast", async () => (await import("./fields/cast.ts")).cast],
  ["flatten", async () => (await import("./fields/flatten.ts")).flatten],
  ["mask_fields", async () => (await import("./fields/mask-fields.ts")).maskFields],
  ["hash_fields", async () => (await import("./fields/hash-fields.ts")).hashFields],
  ["timestamp_convert", async () => (await import("./fields/timestamp-convert.ts")).timestampConvert],
  ["field_to_header", async () => (await import("./headers/field-to-header.ts")).fieldToHeader],
  ["header_to_field", async () => (await import("./headers/header-to-field.ts")).headerToField],
  ["insert_headers", async () => (await import("./headers/insert-headers.ts")).insertHeaders],
  ["drop_headers", async () => (await import("./headers/drop-headers.ts")).dropHeaders],
  ["insert_metadata", async () => (await import("./headers/insert-metadata.ts")).insertMetadata],
  ["filter", async () => (await import("./flow/filter.ts")).filter],
  ["map", async () => (await import("./flow/map.ts")).map],
  ["jsonata", async () => (await import("./flow/jsonata.ts")).jsonata],
  ["route", async () => (await import("./flow/route.ts")).route],
  ["explode", async () => (await import("./flow/explode.ts")).explode],
  ["validate", async () => (await import("./flow/validate.ts")).validate],
  ["debezium_unwrap", async () => (await import("./flow/debezium-unwrap.ts")).debeziumUnwrap],
  ["script", async () => (await import("./flow/script.ts")).script],
  ["proto_convert", async () => (await import("./convert/proto-convert.ts")).protoConvert],
  ["avro_convert", async () => (await import("./convert/avro-convert.ts")).avroConvert],
  ["flat_buffer_convert", async () => (await import("./convert/flat-buffer-convert.ts")).flatBufferConvert],
]);
