import type { TransformDefinition } from "../definition/transform.ts";

type Load = () => Promise<TransformDefinition>;

/**
 * Every type of transform: its group, which is the folder of its file, and how that file is loaded. The imports stand here one by one so
 * that a worker loads only the steps that its connector uses; a test compares the table with the folders. Documentation and JSON
 * Schema list the types in this order.
 */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  fields: {
    add_fields: async () => (await import("./fields/add-fields.ts")).addFields,
    delete_fields: async () => (await import("./fields/delete-fields.ts")).deleteFields,
    update_fields: async () => (await import("./fields/update-fields.ts")).updateFields,
    filter_fields: async () => (await import("./fields/filter-fields.ts")).filterFields,
    rename_fields: async () => (await import("./fields/rename-fields.ts")).renameFields,
    hoist_field: async () => (await import("./fields/hoist-field.ts")).hoistField,
    extract_field: async () => (await import("./fields/extract-field.ts")).extractField,
    unwrap_envelope: async () => (await import("./fields/unwrap-envelope.ts")).unwrapEnvelope,
    flatten: async () => (await import("./fields/flatten.ts")).flatten,
  },
  values: {
    cast: async () => (await import("./values/cast.ts")).cast,
    mask_fields: async () => (await import("./values/mask-fields.ts")).maskFields,
    hash_fields: async () => (await import("./values/hash-fields.ts")).hashFields,
    timestamp_convert: async () => (await import("./values/timestamp-convert.ts")).timestampConvert,
  },
  headers: {
    field_to_header: async () => (await import("./headers/field-to-header.ts")).fieldToHeader,
    header_to_field: async () => (await import("./headers/header-to-field.ts")).headerToField,
    insert_headers: async () => (await import("./headers/insert-headers.ts")).insertHeaders,
    drop_headers: async () => (await import("./headers/drop-headers.ts")).dropHeaders,
    insert_metadata: async () => (await import("./headers/insert-metadata.ts")).insertMetadata,
  },
  messages: {
    filter: async () => (await import("./messages/filter.ts")).filter,
    map: async () => (await import("./messages/map.ts")).map,
    jsonata: async () => (await import("./messages/jsonata.ts")).jsonata,
    validate: async () => (await import("./messages/validate.ts")).validate,
    explode: async () => (await import("./messages/explode.ts")).explode,
    route: async () => (await import("./messages/route.ts")).route,
    debezium_unwrap: async () => (await import("./messages/debezium-unwrap.ts")).debeziumUnwrap,
    script: async () => (await import("./messages/script.ts")).script,
  },
  formats: {
    proto_convert: async () => (await import("./formats/proto-convert.ts")).protoConvert,
    avro_convert: async () => (await import("./formats/avro-convert.ts")).avroConvert,
    flat_buffer_convert: async () => (await import("./formats/flat-buffer-convert.ts")).flatBufferConvert,
  },
};

/** A type of transform that is not loaded yet. */
export interface CatalogEntry {
  readonly group: string;
  load(): Promise<TransformDefinition>;
}

/** All types of this version, by their spelling in configuration files. */
export const CATALOG: ReadonlyMap<string, CatalogEntry> = new Map(
  Object.entries(GROUPS).flatMap(([group, types]) =>
    Object.entries(types).map(([type, load]): [string, CatalogEntry] => [type, { group, load }]),
  ),
);
