import { avroConvert } from "../steps/convert/avro-convert.ts";
import { flatBufferConvert } from "../steps/convert/flat-buffer-convert.ts";
import { protoConvert } from "../steps/convert/proto-convert.ts";
import { addFields } from "../steps/fields/add-fields.ts";
import { cast } from "../steps/fields/cast.ts";
import { deleteFields } from "../steps/fields/delete-fields.ts";
import { extractField } from "../steps/fields/extract-field.ts";
import { filterFields } from "../steps/fields/filter-fields.ts";
import { flatten } from "../steps/fields/flatten.ts";
import { hashFields } from "../steps/fields/hash-fields.ts";
import { hoistField } from "../steps/fields/hoist-field.ts";
import { maskFields } from "../steps/fields/mask-fields.ts";
import { renameFields } from "../steps/fields/rename-fields.ts";
import { timestampConvert } from "../steps/fields/timestamp-convert.ts";
import { unwrapEnvelope } from "../steps/fields/unwrap-envelope.ts";
import { updateFields } from "../steps/fields/update-fields.ts";
import { debeziumUnwrap } from "../steps/flow/debezium-unwrap.ts";
import { explode } from "../steps/flow/explode.ts";
import { filter } from "../steps/flow/filter.ts";
import { jsonata } from "../steps/flow/jsonata.ts";
import { map } from "../steps/flow/map.ts";
import { route } from "../steps/flow/route.ts";
import { script } from "../steps/flow/script.ts";
import { validate } from "../steps/flow/validate.ts";
import { dropHeaders } from "../steps/headers/drop-headers.ts";
import { fieldToHeader } from "../steps/headers/field-to-header.ts";
import { headerToField } from "../steps/headers/header-to-field.ts";
import { insertHeaders } from "../steps/headers/insert-headers.ts";
import { insertMetadata } from "../steps/headers/insert-metadata.ts";
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
