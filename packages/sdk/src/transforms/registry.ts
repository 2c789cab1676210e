import { avroConvert } from "./convert/avro-convert.ts";
import { flatBufferConvert } from "./convert/flat-buffer-convert.ts";
import { protoConvert } from "./convert/proto-convert.ts";
import { addFields } from "./fields/add-fields.ts";
import { cast } from "./fields/cast.ts";
import { deleteFields } from "./fields/delete-fields.ts";
import { extractField } from "./fields/extract-field.ts";
import { filterFields } from "./fields/filter-fields.ts";
import { flatten } from "./fields/flatten.ts";
import { hashFields } from "./fields/hash-fields.ts";
import { hoistField } from "./fields/hoist-field.ts";
import { maskFields } from "./fields/mask-fields.ts";
import { renameFields } from "./fields/rename-fields.ts";
import { timestampConvert } from "./fields/timestamp-convert.ts";
import { unwrapEnvelope } from "./fields/unwrap-envelope.ts";
import { updateFields } from "./fields/update-fields.ts";
import { debeziumUnwrap } from "./flow/debezium-unwrap.ts";
import { explode } from "./flow/explode.ts";
import { filter } from "./flow/filter.ts";
import { jsonata } from "./flow/jsonata.ts";
import { map } from "./flow/map.ts";
import { route } from "./flow/route.ts";
import { script } from "./flow/script.ts";
import { validate } from "./flow/validate.ts";
import { dropHeaders } from "./headers/drop-headers.ts";
import { fieldToHeader } from "./headers/field-to-header.ts";
import { headerToField } from "./headers/header-to-field.ts";
import { insertHeaders } from "./headers/insert-headers.ts";
import { insertMetadata } from "./headers/insert-metadata.ts";
import type { TransformDefinition } from "./transform.ts";

/** Every transform of this version, by its type. Documentation and JSON Schema are generated from it. */
export const TRANSFORMS: ReadonlyMap<string, TransformDefinition> = new Map(
  [
    addFields,
    deleteFields,
    updateFields,
    filterFields,
    unwrapEnvelope,
    renameFields,
    hoistField,
    extractField,
    cast,
    flatten,
    maskFields,
    hashFields,
    timestampConvert,
    fieldToHeader,
    headerToField,
    insertHeaders,
    dropHeaders,
    insertMetadata,
    filter,
    map,
    jsonata,
    route,
    explode,
    validate,
    debeziumUnwrap,
    script,
    protoConvert,
    avroConvert,
    flatBufferConvert,
  ].map((definition) => [definition.type, definition]),
);
