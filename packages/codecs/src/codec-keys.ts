import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const text = (meaning: string, example: string) => z.string().min(1).optional().describe(meaning).meta({ example });
const flag = (meaning: string) => z.boolean().optional().describe(`${meaning}. Default: false`).meta({ example: true });
const DEFAULT_CACHE = 1000;

/** Keys of a stream with schema `proto`. */
export const protoKeys = {
  proto_schema_path: text("a .proto file; wins over the descriptor set", "schemas/order.proto"),
  proto_descriptor_set: text("a FileDescriptorSet: its file, or base64", "schemas/order.desc"),
  proto_include_paths: z
    .array(z.string().min(1))
    .optional()
    .describe("folders that imports are looked up in, besides that of the importing file")
    .meta({ example: ["schemas"] }),
  proto_message_type: text("full name of the messages' type", "shop.v1.Order"),
  proto_mode: z
    .enum(["any", "message", "raw"])
    .optional()
    .describe(
      "message: by the schema; any: google.protobuf.Any with its content in base64; raw: bytes. Default: message with a message type, any without",
    )
    .meta({ example: "message" }),
  proto_json_names: flag("lowerCamelCase names instead of those of the .proto file"),
  proto_enum_numbers: flag("numbers of enum values instead of their names"),
  proto_emit_defaults: flag("print fields without presence that are absent"),
  proto_int64_as: z
    .enum(["string", "number"])
    .optional()
    .describe("64-bit integers: decimal text, as protobuf's JSON mapping says, or exact JSON integers. Default: string")
    .meta({ example: "number" }),
};

/** Keys of a stream with schema `avro`. */
export const avroKeys = {
  avro_schema_json: text("inline Avro schema; wins over the path", '{"type":"record","name":"R","fields":[]}'),
  avro_schema_path: text("file of an Avro schema", "schemas/order.avsc"),
  avro_reader_schema_path: text(
    "file of the schema that data are read as, where it is newer than the writer's",
    "schemas/order-v2.avsc",
  ),
  avro_logical: z
    .enum(["raw", "logical"])
    .optional()
    .describe(
      "raw: what is on the wire, as the original (bytes and decimals as arrays of numbers); logical: decimals and times as text, bytes in base64. Default: raw",
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
      "integers beyond 2^53: decimal text or exact JSON integers. Default: number, and string with avro_logical = logical",
    )
    .meta({ example: "string" }),
};

/** Keys of a stream with schema `flat_buffer`. */
export const flatBufferKeys = {
  flatbuffer_schema_path: text(
    "a binary schema (.bfbs, made by flatc --schema --binary); without one values are a placeholder, as in the original",
    "schemas/order.bfbs",
  ),
  flatbuffer_root_type: text("full name of the root table; default: the schema's", "shop.Order"),
  flatbuffer_emit_defaults: flag("print absent scalars"),
  flatbuffer_int64_as: z
    .enum(["string", "number"])
    .optional()
    .describe("64-bit integers: exact JSON integers, as flatc, or decimal text. Default: number")
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
    "subject of what is written, and of what is read without framing. Default: {topic}-value",
    "orders-value",
  ),
  auto_register: z
    .boolean()
    .default(true)
    .describe("register the stream's own schema where the subject does not have it")
    .meta({ example: false }),
  framing: z
    .enum(["confluent", "none"])
    .default("confluent")
    .describe("confluent: each message begins with its schema's id; none: all are of the subject's newest schema")
    .meta({ example: "none" }),
  cache: z.int().min(1).default(DEFAULT_CACHE).describe("schemas kept").meta({ example: 100 }),
};

/** All keys of a stream that say how its messages are read and written. */
export const codecKeys = {
  ...avroKeys,
  ...protoKeys,
  ...flatBufferKeys,
  schema_registry: z
    .object(registryKeys)
    .optional()
    .describe("where the schemas of json, avro and proto messages come from"),
};

const codecKeysSchema = z.object(codecKeys);

/** The keys as written, and with their defaults. */
export type CodecKeys = z.output<typeof codecKeysSchema>;
export type RegistryKeys = NonNullable<CodecKeys["schema_registry"]>;
