import type { Codec } from "@iggy-connectors/codecs";
import { readAnyWrapper } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import { parseJson, RejectedError, SCHEMAS, stringifyJson } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { TransformContext } from "../../definition/context.ts";
import { defineTransform, type TransformMessage } from "../../definition/transform.ts";
import {
  base64,
  flag,
  formatSetting,
  indentedJson,
  mapFields,
  mappingsOf,
  mappingsSetting,
  textOf,
  wrongPayload,
} from "../../settings/conversion.ts";

const settings = z.object({
  source_format: formatSetting("Format of the payload at this step", "proto"),
  target_format: formatSetting("Format of the result", "json"),
  schema_path: z
    .string()
    .min(1)
    .optional()
    .describe("A .proto file, relative to the connector file")
    .meta({ example: "order.proto", file: true }),
  message_type: z
    .string()
    .min(1)
    .optional()
    .describe("Full name of the message type")
    .meta({ example: "shop.v1.Order" }),
  descriptor_set: z
    .union([z.string().min(1), z.array(z.int().min(0).max(255))])
    .optional()
    .describe("A serialized FileDescriptorSet: a file, base64, or an array of bytes")
    .meta({ file: true }),
  field_mappings: mappingsSetting,
  schema_registry_url: z.string().optional().describe("Read and ignored, as by the original"),
  include_paths: z
    .array(z.string())
    .default(["."])
    .describe("Folders that are searched for imports")
    .meta({ file: true }),
  preserve_unknown_fields: z
    .boolean()
    .default(false)
    .describe("Keep fields that the message type does not have, as unknown_field_<number>"),
  conversion_options: z
    .object({
      validate_messages: flag("Read and ignored: messages are always checked", true),
      pretty_json: flag("Indent JSON that becomes text"),
      include_metadata: flag("Add what was converted, and when, beside the data"),
      type_url_prefix: z.string().default("type.googleapis.com").describe("Read and ignored, as by the original"),
      strict_mode: flag("Read and ignored, as by the original"),
    })
    .prefault({})
    .describe("Further options"),
});
type Settings = z.output<typeof settings>;

/** `proto_convert`: between protobuf and other formats. */
export const protoConvert = defineTransform({
  type: "proto_convert",
  description:
    "Converts payloads between protobuf and other formats. With a schema, JSON becomes protobuf bytes (a raw payload) and back; without one, a proto payload is a string, as in the original.",
  notes: [
    "Messages of a stream with schema proto are already JSON when they reach the transforms: use this step on a raw stream, or before a sink that takes bytes.",
    "The original requires every option; here each has a default. The original never uses the schema when it reads protobuf, and writes wrong bytes for most types; here both directions follow the schema, and a value that does not fit fails the message. With a schema that cannot be read the connector does not start.",
    "A pair of formats that is not supported fails each message, as in the original.",
  ],
  settings,
  examples: [
    {
      title: "JSON in text",
      settings: { source_format: "text", target_format: "json" },
      input: { text: '{"id":1}' },
      output: [{ json: { id: 1 } }],
    },
    {
      title: "An Any without a schema",
      settings: {},
      input: { hex: "0a17747970652e676f6f676c65617069732e636f6d2f782e5912020801" },
      output: [{ json: { type_url: "type.googleapis.com/x.Y", value: "CAE=" } }],
    },
  ],
  async create(options, context) {
    const { source_format: source, target_format: target } = options;
    const mappings = mappingsOf(options.field_mappings);
    const codec = await schemaCodec(options, context);
    const pretty = options.conversion_options.pretty_json;
    const printed = (value: unknown) => (pretty ? indentedJson(value) : stringifyJson(value));
    const toProto = (value: unknown): Converted =>
      codec === undefined ? ["proto", printed(value)] : ["raw", codec.encode(value, "json")];

    const convert = (message: TransformMessage): Converted | undefined => {
      const { kind, value } = message;
      if (source === "proto") {
        const bytes = kind === "raw" ? (value as Uint8Array) : undefined;
        const text = kind === "proto" ? (value as string) : undefined;
        if (bytes === undefined && text === undefined) return undefined;
        if (target === "json")
          return ["json", bytes === undefined ? fromText(text!, options) : fromBytes(bytes, codec, options)];
        if (target === "text") return ["text", text ?? describeBytes(bytes!)];
        return [target, bytes ?? Buffer.from(text!)];
      }
      if (kind !== source) return undefined;
      if (target === "proto") {
        if (source === "json") return toProto(value);
        const text = source === "text" ? (value as string) : textOf(value as Uint8Array);
        const json = source === "text" ? jsonOf(text!) : undefined;
        if (json !== undefined) return toProto(json.value);
        return ["proto", text ?? `binary_data: "${base64(value as Uint8Array)}"`];
      }
      if (source === "json" && target === "text") return ["text", printed(value)];
      if (source === "json" && target === "raw") return ["raw", Buffer.from(stringifyJson(value))];
      if (target !== "json" || (source !== "text" && source !== "raw")) return undefined;
      return ["json", parseJson(source === "text" ? Buffer.from(value as string) : (value as Uint8Array))];
    };

    return {
      kinds: SCHEMAS,
      outputKind: (kind) => (source === target ? kind : target === "proto" && codec !== undefined ? "raw" : target),
      process(message) {
        mapFields(message, mappings);
        if (source === target) return undefined;
        const converted = convert(message);
        if (converted === undefined) throw wrongPayload(source, target, message);
        [message.kind, message.value] = converted;
        return undefined;
      },
    };
  },
});

type Converted = readonly [Schema, unknown];

async function schemaCodec(options: Settings, { directories, invalid }: TransformContext): Promise<Codec | undefined> {
  const { schema_path: schemaPath, descriptor_set: set, message_type: messageType } = options;
  if (schemaPath === undefined && set === undefined) return undefined;
  if (messageType === undefined) throw invalid("message_type", "is required with a schema");
  const { createProtoCodec } = await import("@iggy-connectors/codecs/proto");
  return createProtoCodec({
    schemaPath,
    descriptorSet: Array.isArray(set) ? Uint8Array.from(set) : set,
    messageType,
    mode: "message",
    includePaths: options.include_paths,
    preserveUnknownFields: options.preserve_unknown_fields,
    folders: directories,
  });
}

/** The fields of a `google.protobuf.Any`; undefined when the bytes are not one. */
function readAny(bytes: Uint8Array): { readonly type_url: string; readonly value: string } | undefined {
  try {
    return readAnyWrapper(bytes, 0, bytes.length);
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}

function fromText(
  text: string,
  { conversion_options: { include_metadata: metadata }, message_type: type }: Settings,
): unknown {
  const json = jsonOf(text);
  if (json === undefined) return { proto_text: text, format: "text" };
  return metadata ? withMetadata(json.value, type) : json.value;
}

function fromBytes(bytes: Uint8Array, codec: Codec | undefined, options: Settings): unknown {
  const metadata = options.conversion_options.include_metadata;
  if (codec !== undefined) {
    const value = codec.decode(bytes);
    return metadata ? withMetadata(value, options.message_type) : value;
  }
  const any = readAny(bytes);
  if (any === undefined) return { binary_data: base64(bytes), format: "raw_binary" };
  return metadata ? { ...any, metadata: { converted_from: "protobuf_any", timestamp: Date.now() } } : any;
}

function withMetadata(data: unknown, type = "unknown"): unknown {
  return { data, metadata: { converted_from: "protobuf", timestamp: Date.now(), message_type: type } };
}

function describeBytes(bytes: Uint8Array): string {
  const any = readAny(bytes);
  if (any === undefined) return `Binary protobuf data: ${bytes.length} bytes\nBase64: ${base64(bytes)}`;
  return `Type: ${any.type_url}\nData: ${Buffer.byteLength(any.value, "base64")} bytes\nBase64: ${any.value}`;
}

/** The value of a string if it is JSON. */
function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(Buffer.from(text)) };
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}
