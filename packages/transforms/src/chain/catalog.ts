import type { TransformDefinition } from "./transform.ts";

/** How each type of transform is loaded: a worker pays only for those that its connector has. */
export const CATALOG: ReadonlyMap<string, () => Promise<TransformDefinition>> = new Map<
  string,
  () => Promise<TransformDefinition>
>([
  ["add_fields", async () => (await import("../steps/fields/add-fields.ts")).addFields],
  ["delete_fields", async () => (await import("../steps/fields/delete-fields.ts")).deleteFields],
  ["update_fields", async () => (await import("../steps/fields/update-fields.ts")).updateFields],
  ["filter_fields", async () => (await import("../steps/fields/filter-fields.ts")).filterFields],
  ["unwrap_envelope", async () => (await import("../steps/fields/unwrap-envelope.ts")).unwrapEnvelope],
  ["rename_fields", async () => (await import("../steps/fields/rename-fields.ts")).renameFields],
  ["hoist_field", async () => (await import("../steps/fields/hoist-field.ts")).hoistField],
  ["extract_field", async () => (await import("../steps/fields/extract-field.ts")).extractField],
  ["cast", async () => (await import("../steps/fields/cast.ts")).cast],
  ["flatten", async () => (await import("../steps/fields/flatten.ts")).flatten],
  ["mask_fields", async () => (await import("../steps/fields/mask-fields.ts")).maskFields],
  ["hash_fields", async () => (await import("../steps/fields/hash-fields.ts")).hashFields],
  ["timestamp_convert", async () => (await import("../steps/fields/timestamp-convert.ts")).timestampConvert],
  ["field_to_header", async () => (await import("../steps/headers/field-to-header.ts")).fieldToHeader],
  ["header_to_field", async () => (await import("../steps/headers/header-to-field.ts")).headerToField],
  ["insert_headers", async () => (await import("../steps/headers/insert-headers.ts")).insertHeaders],
  ["drop_headers", async () => (await import("../steps/headers/drop-headers.ts")).dropHeaders],
  ["insert_metadata", async () => (await import("../steps/headers/insert-metadata.ts")).insertMetadata],
  ["filter", async () => (await import("../steps/flow/filter.ts")).filter],
  ["map", async () => (await import("../steps/flow/map.ts")).map],
  ["jsonata", async () => (await import("../steps/flow/jsonata.ts")).jsonata],
  ["route", async () => (await import("../steps/flow/route.ts")).route],
  ["explode", async () => (await import("../steps/flow/explode.ts")).explode],
  ["validate", async () => (await import("../steps/flow/validate.ts")).validate],
  ["debezium_unwrap", async () => (await import("../steps/flow/debezium-unwrap.ts")).debeziumUnwrap],
  ["script", async () => (await import("../steps/flow/script.ts")).script],
  ["proto_convert", async () => (await import("../steps/convert/proto-convert.ts")).protoConvert],
  ["avro_convert", async () => (await import("../steps/convert/avro-convert.ts")).avroConvert],
  ["flat_buffer_convert", async () => (await import("../steps/convert/flat-buffer-convert.ts")).flatBufferConvert],
]);
