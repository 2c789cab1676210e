import type { Schema } from "@iggy-connectors/sdk";
import { FatalError, parseJson } from "@iggy-connectors/sdk";
import { suggest } from "@iggy-connectors/sdk/internal";
import type { Codec } from "../codec.ts";
import { decodeError, encodeError } from "../errors/codec-error.ts";
import { payloadTypeError } from "../errors/payload-type.ts";
import { acceptsWhatDecodes } from "../primitives/accepts.ts";
import { renameMembers } from "../primitives/member.ts";
import type { SchemaFolders } from "../schema-files.ts";
import type { FlatObject, FlatSchema } from "./model.ts";
import { placeholder, writeUntyped } from "./placeholder.ts";
import { readFlatBuffer } from "./reader.ts";
import { loadFlatSchema } from "./schema.ts";
import { writeFlatBuffer } from "./writer.ts";

export interface FlatBufferOptions {
  /** A binary schema (`.bfbs`). Without one values are the original's placeholder object. */
  readonly schemaPath?: string | undefined;
  /** Full name of the root table; default: the schema's. */
  readonly rootType?: string | undefined;
  /** Include absent scalars. Default false. */
  readonly emitDefaults?: boolean | undefined;
  /** Default `number`, as `flatc` does. */
  readonly int64As?: "string" | "number" | undefined;
  /** Values are the encoded bytes. Default false. */
  readonly asBytes?: boolean | undefined;
  /** Without a schema: refuse payloads of fewer than 4 bytes. Default true. */
  readonly verify?: boolean | undefined;
  /** Renames top-level members: after decoding, and before encoding. */
  readonly fieldMappings?: ReadonlyMap<string, string> | undefined;
  readonly folders?: SchemaFolders | undefined;
}

const SMALLEST = 4;

interface Typed {
  readonly root: FlatObject;
  readonly identifier: string | undefined;
}

/** The codec of schema `flat_buffer`. Throws `FatalError` (`IGC_CONFIG_SCHEMA_…`) for a schema that cannot be used. */
export function createFlatBufferCodec(options: FlatBufferOptions = {}): Codec {
  const { schemaPath, rootType, folders = [], fieldMappings, asBytes = false, verify = true } = options;
  const form = { emitDefaults: options.emitDefaults ?? false, int64As: options.int64As ?? "number" } as const;
  const typed = schemaPath === undefined ? undefined : typedBy(loadFlatSchema(schemaPath, folders), rootType);

  function decode(bytes: Uint8Array, start = 0, end = bytes.length): unknown {
    if (start === end) throw decodeError("flat_buffer", "it is empty");
    if (typed !== undefined && !asBytes) {
      return renameMembers(readFlatBuffer(typed.root, typed.identifier, form, bytes, start, end), fieldMappings);
    }
    if (verify && end - start < SMALLEST) throw decodeError("flat_buffer", `it has fewer than ${SMALLEST} bytes`);
    if (asBytes) return bytes.subarray(start, end);
    return renameMembers(placeholder(bytes, start, end, rootType), fieldMappings);
  }

  function encode(value: unknown, kind: Schema = asBytes ? "flat_buffer" : "json"): Uint8Array {
    if (kind === "flat_buffer" && value instanceof Uint8Array) return value;
    if (typed === undefined) return writeUntyped(renameMembers(value, fieldMappings), kind);
    return writeFlatBuffer(typed.root, typed.identifier, renameMembers(tableValue(value, kind), fieldMappings));
  }

  return {
    schema: "flat_buffer",
    kind: asBytes ? "flat_buffer" : "json",
    decode,
    accepts: acceptsWhatDecodes(decode),
    encode,
    encodeInto(value, kind, output) {
      output.writeBytes(encode(value, kind));
    },
  };
}

/** The value of a payload for a table: json payloads themselves, text and raw payloads parsed as JSON. */
function tableValue(value: unknown, kind: Schema): unknown {
  if (kind === "json" && !(value instanceof Uint8Array)) return value;
  const isText = (kind === "text" || kind === "proto") && typeof value === "string";
  if (!isText && !(kind === "raw" && value instanceof Uint8Array)) throw payloadTypeError("flat_buffer", kind, value);
  try {
    return parseJson(isText ? Buffer.from(value) : (value as Uint8Array));
  } catch (cause) {
    throw encodeError(
      "flat_buffer",
      `the ${kind} payload is not JSON (${cause instanceof Error ? cause.message : cause})`,
    );
  }
}

function typedBy(schema: FlatSchema, rootType: string | undefined): Typed {
  const tables = [...schema.objects.values()].filter(({ isStruct }) => !isStruct);
  const root = rootType === undefined ? schema.root : tables.find(({ name }) => name === rootType);
  if (root !== undefined) return { root, identifier: root === schema.root ? schema.fileIdentifier : undefined };
  const names = tables.map(({ name }) => name);
  const near = rootType === undefined ? undefined : suggest(rootType, names);
  throw new FatalError(
    rootType === undefined
      ? "the FlatBuffers schema has no root type"
      : `the schema has no table ${JSON.stringify(rootType)}`,
    {
      code: "IGC_CONFIG_SCHEMA_TYPE",
      place: "flatbuffer_root_type",
      fix: `${near === undefined ? "" : `did you mean ${near}? `}the schema has ${names.slice(0, 10).join(", ") || "no tables"}`,
    },
  );
}
