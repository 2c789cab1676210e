import type { Schema } from "@iggy-connectors/sdk";
import { FatalError } from "@iggy-connectors/sdk";
import type { SchemaRegistry } from "@iggy-connectors/sdk/internal";
import type { Codec } from "./codec.ts";
import type { CodecKeys, RegistryKeys } from "./codec-keys.ts";
import { codecFor } from "./plain/codec-for.ts";
import type { SchemaFormat } from "./registry/format.ts";
import type { SchemaFolders } from "./schema-files.ts";

export interface CodecContext {
  /** Folders in which relative paths are looked up, in this order. */
  readonly folders: SchemaFolders;
  /** Topic of the stream, for the default subject. */
  readonly topic: string;
  /** Connects to a registry; required if the keys name one. */
  readonly registry?: (keys: RegistryKeys) => SchemaRegistry;
  /** Receives warnings for the log. */
  readonly warn?: (message: string) => void;
}

/**
 * The codec that a stream's keys describe. The code of each format is loaded only if a stream has it. Rejects with `FatalError`
 * (`IGC_CONFIG_SCHEMA_…`) for a schema that cannot be used.
 */
export async function createCodec(schema: Schema, keys: CodecKeys, context: CodecContext): Promise<Codec> {
  const { schema_registry: registry } = keys;
  if (registry !== undefined) return registryCodec(schema, keys, registry, context);
  const { folders, warn } = context;
  switch (schema) {
    case "proto":
      return (await import("./proto/proto-codec.ts")).createProtoCodec({ ...protoOptions(keys), folders });
    case "avro":
      return (await import("./avro/avro-codec.ts")).createAvroCodec({ ...avroOptions(keys), folders });
    case "flat_buffer":
      if (keys.flatbuffer_schema_path === undefined) {
        warn?.(
          "flatbuffer_schema_path is not set: messages are passed on in base64 within a placeholder, as the original does",
        );
      }
      return (await import("./flat-buffer/flat-buffer-codec.ts")).createFlatBufferCodec({
        schemaPath: keys.flatbuffer_schema_path,
        rootType: keys.flatbuffer_root_type,
        emitDefaults: keys.flatbuffer_emit_defaults,
        int64As: keys.flatbuffer_int64_as,
        folders,
      });
    default:
      return codecFor(schema);
  }
}

async function registryCodec(
  schema: Schema,
  keys: CodecKeys,
  registry: RegistryKeys,
  context: CodecContext,
): Promise<Codec> {
  if (context.registry === undefined)
    throw new Error("a stream names a schema registry, but the context has no registry client");
  const format = await formatOf(schema, keys, context.folders);
  const { createRegistryCodec } = await import("./registry/registry-codec.ts");
  return createRegistryCodec({
    registry: context.registry(registry),
    format,
    subject: registry.subject ?? `${context.topic}-value`,
    autoRegister: registry.auto_register,
    framed: registry.framing === "confluent",
    cacheSize: registry.cache,
  });
}

async function formatOf(schema: Schema, keys: CodecKeys, folders: SchemaFolders): Promise<SchemaFormat> {
  switch (schema) {
    case "avro":
      return (await import("./registry/avro-format.ts")).avroFormat({ ...avroOptions(keys), folders });
    case "proto":
      return (await import("./registry/proto-format.ts")).protoFormat({ ...protoOptions(keys), folders });
    case "json":
      return (await import("./registry/json-format.ts")).jsonFormat();
    default:
      throw new FatalError(`a schema registry cannot be used for ${schema} streams`, {
        code: "IGC_CONFIG_SCHEMA_REGISTRY",
        place: "schema_registry",
        fix: "remove it, or choose avro, proto or json",
      });
  }
}

function protoOptions(keys: CodecKeys) {
  return {
    schemaPath: keys.proto_schema_path,
    descriptorSet: keys.proto_descriptor_set,
    includePaths: keys.proto_include_paths,
    messageType: keys.proto_message_type,
    mode: keys.proto_mode,
    jsonNames: keys.proto_json_names,
    enumNumbers: keys.proto_enum_numbers,
    emitDefaults: keys.proto_emit_defaults,
    int64As: keys.proto_int64_as,
  };
}

function avroOptions(keys: CodecKeys) {
  return {
    schemaJson: keys.avro_schema_json,
    schemaPath: keys.avro_schema_path,
    readerSchemaPath: keys.avro_reader_schema_path,
    logical: keys.avro_logical,
    unions: keys.avro_unions,
    int64As: keys.avro_int64_as,
  };
}
