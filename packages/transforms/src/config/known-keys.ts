/** Keys that every transform may have, in either form of the configuration. */
const COMMON = ["type", "name", "enabled", "when", "on_error"];

/**
 * The settings of every type. Listed here so that a configuration can be shown without loading all transforms; a test compares them with
 * the definitions.
 */
export const SETTINGS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["add_fields", ["fields", "paths", "on_conflict"]],
  ["delete_fields", ["fields", "paths"]],
  ["update_fields", ["fields", "paths"]],
  ["filter_fields", ["keep_fields", "patterns", "include_matching"]],
  ["rename_fields", ["fields", "on_conflict"]],
  ["hoist_field", ["field"]],
  ["extract_field", ["field", "on_missing"]],
  ["unwrap_envelope", ["field", "paths"]],
  ["flatten", ["delimiter", "max_depth", "on_conflict"]],
  ["cast", ["fields"]],
  ["mask_fields", ["fields", "replacement", "keep_last", "character"]],
  ["hash_fields", ["fields", "algorithm", "key", "encoding"]],
  ["timestamp_convert", ["field", "from", "to", "timezone"]],
  ["field_to_header", ["fields", "operation", "on_conflict"]],
  ["header_to_field", ["headers", "operation", "on_conflict"]],
  ["insert_headers", ["headers", "overwrite", "on_conflict"]],
  ["drop_headers", ["headers", "pattern"]],
  ["insert_metadata", ["fields", "on_conflict"]],
  ["filter", ["condition", "mode"]],
  ["map", ["fields", "keep"]],
  ["jsonata", ["expression"]],
  ["validate", ["schema", "schema_path", "on_invalid"]],
  ["explode", ["field", "keep", "index_field", "on_conflict", "on_missing", "max_messages"]],
  ["route", ["to", "field", "expression", "names", "default", "key_field"]],
  [
    "debezium_unwrap",
    ["deletes", "truncates", "messages", "tombstones", "others", "add_fields", "add_headers", "on_conflict"],
  ],
  ["script", ["path", "export", "config", "output"]],
  [
    "proto_convert",
    [
      "source_format",
      "target_format",
      "schema_path",
      "message_type",
      "descriptor_set",
      "field_mappings",
      "schema_registry_url",
      "include_paths",
      "preserve_unknown_fields",
      "conversion_options",
    ],
  ],
  [
    "avro_convert",
    ["source_format", "target_format", "schema_path", "schema_json", "field_mappings", "conversion_options"],
  ],
  [
    "flat_buffer_convert",
    [
      "source_format",
      "target_format",
      "schema_path",
      "root_table_name",
      "field_mappings",
      "include_paths",
      "preserve_unknown_fields",
      "conversion_options",
    ],
  ],
]);

/** Whether a transform of this type has a key. A type that does not exist has the common ones only. */
export function isKnownKey(type: unknown, key: string): boolean {
  return COMMON.includes(key) || (SETTINGS.get(type)?.includes(key) ?? false);
}
