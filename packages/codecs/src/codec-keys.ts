import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const text = (meaning: string, example: string) => z.string().min(1).optional().describe(meaning).meta({ example });
/** `file`: the value names a file or a folder of the machine. */
const file = (meaning: string, example: string) => text(meaning, example).meta({ file: true });
const flag = (meaning: string) => z.boolean().optional().describe(`${meaning}. Default: false`).meta({ example: true });
const DEFAULT_CACHE = 1000;

/** Keys of a stream with schema `proto`. */
export const protoKeys = {
  proto_schema_path: file("a .proto file; wins over proto_descriptor_set", "schemas/order.proto"),
  proto_descriptor_set: file("a serialized FileDescriptorSet: a file, or base64", "schemas/order.desc"),
  proto_include_paths: z
    .array(z.string().min(1))
    .optional()
    .describe("folders that are searched for imports, besides the folder of the importing file")
    .meta({ example: ["schemas"], file: true }),
  proto_message_type: text("full name of the message type", "shop.v1.Order"),
  proto_mode: z
    .enum(["any", "message", "raw"])
    .optional()
    .describe(
      "message: decoded by the schema; any: google.protobuf.Any with its content in base64; raw: bytes. Default: message if a message type is set, else any",
    )
    .meta({ example: "message" }),
  proto_json_names: flag("lowerCamelCase names instead of those of the .proto file"),
  proto_enum_numbers: flag("enum values as numbers instead of names"),
  proto_emit_defaults: flag("include absent fields that have no presence"),
  proto_int64_as: z
    .enum(["string", "number"])
    .optional()
    .describe(
      "64-bit integers as decimal strings, as in protobuf's JSON mapping, or as exact JSON integers. Default: string",
    )
    .meta({ example: "number" }),
};

/** Keys of a stream with schema `avro`. */
export const avroKeys = {
  avro_schema_json: text("Avro schema, inline; wins over avro_schema_path", '{"type":"record","name":"R","fields":[]}'),
  avro_schema_path: file("file with the Avro schema", "schemas/order.avsc"),
  avro_reader_schema_path: file(
    "file with the reader's schema, if messages are to be read as values of another schema than they were written with",
    "schemas/order-v2.avsc",
  ),
  avro_logical: z
    .enum(["raw", "logical"])
    .optional()
    .describe(
      "raw: the encoded form, as in the original (bytes and decimals as arrays of numbers); logical: decimals and times as strings, bytes in base64, NaN and the infinities by name. Default: raw",
    )
    .meta({ example: "logical" }),
  avro_unions: z
    .enum(["plain", "tagged"])
    .optional()
    .describe("plain: the value; tagged: an object whose only key names the branch. Default: plain")
    .meta({ example: "tagged" }),
  avro_int64_as: z
    .enum(["string", "number"])
    .optional()
    .describe(
      "integers beyond 2^53 as decimal strings or as exact JSON integers. Default: number; with avro_logical = logical: string",
    )
    .meta({ example: "string" }),
};

/** Keys of a stream with schema `flat_buffer`. */
export const flatBufferKeys = {
  flatbuffer_schema_path: file(
    "a binary schema (.bfbs, made by flatc --schema --binary); without it values are a placeholder, as in the original",
    "schemas/order.bfbs",
  ),
  flatbuffer_root_type: text("full name of the root table; default: the schema's", "shop.Order"),
  flatbuffer_emit_defaults: flag("include absent scalars"),
  flatbuffer_int64_as: z
    .enum(["string", "number"])
    .optional()
    .describe("64-bit integers as exact JSON integers, as flatc does, or as decimal strings. Default: number")
    .meta({ example: "string" }),
};

/** `schema_registry` of a stream. */
export const registryKeys = {
  url: z
    .string()
    .min(1)
    .describe("address of a Confluent-compatible registry")
    .meta({ example: "https://registry.example.org:8081" }),
  username: text("user for basic authentication", "connectors"),
  password: secret()
    .optional()
    .describe("password for basic authentication")
    .meta({ example: "$" + "{REGISTRY_PASSWORD}" }),
  token: secret()
    .optional()
    .describe("bearer token")
    .meta({ example: "$" + "{REGISTRY_TOKEN}" }),
  subject: text(
    "subject of the messages that are written and, without framing, of those that are read. Default: {topic}-value",
    "orders-value",
  ),
  auto_register: z
    .boolean()
    .default(true)
    .describe("register the stream's own schema if the subject does not have it")
    .meta({ example: false }),
  framing: z
    .enum(["confluent", "none"])
    .default("confluent")
    .describe(
      "confluent: each message begins with the id of its schema; none: all messages have the subject's newest schema",
    )
    .meta({ example: "none" }),
  cache: z.int().min(1).default(DEFAULT_CACHE).describe("number of schemas that are cached").meta({ example: 100 }),
};

/** All keys of a stream that determine how its messages are decoded and encoded. */
export const codecKeys = {
  ...avroKeys,
  ...protoKeys,
  ...flatBufferKeys,
  schema_registry: z
    .object(registryKeys)
    .optional()
    .describe("registry of the schemas of json, avro and proto messages"),
};

const codecKeysSchema = z.object(codecKeys);

/** The keys after validation, with their defaults. */
export type CodecKeys = z.output<typeof codecKeysSchema>;
export type RegistryKeys = NonNullable<CodecKeys["schema_registry"]>;
