import { RejectedError, SCHEMAS, stringifyJson } from "@iggy-connectors/sdk";
import { z } from "zod";
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

/** `avro_convert`: between Avro and other formats. */
export const avroConvert = defineTransform({
  type: "avro_convert",
  description: "Converts payloads between Avro (one bare datum) and other formats, by a schema.",
  notes: [
    "Messages of a stream with schema avro are already JSON when they reach the transforms: use this step on a raw stream, or before a sink that takes bytes.",
    "The original reads and parses the schema for every message, so that an invalid schema fails each of them; here the connector does not start. The original applies field_mappings twice; here they are applied once.",
    "Messages for which the pair of formats is not supported pass unchanged, as in the original.",
  ],
  settings: z.object({
    source_format: formatSetting("Format of the payload at this step", "avro"),
    target_format: formatSetting("Format of the result", "json"),
    schema_path: z
      .string()
      .min(1)
      .optional()
      .describe("File with the Avro schema, relative to the connector file")
      .meta({ example: "order.avsc", file: true }),
    schema_json: z.string().min(1).optional().describe("The Avro schema as text; wins over schema_path"),
    field_mappings: mappingsSetting,
    conversion_options: z
      .object({
        pretty_json: flag("Read and ignored, as by the original"),
        include_metadata: flag("Read and ignored, as by the original"),
        strict_mode: flag("Read and ignored, as by the original"),
      })
      .prefault({})
      .describe("Further options"),
  }),
  examples: [
    {
      title: "JSON becomes a datum",
      settings: {
        source_format: "json",
        target_format: "avro",
        schema_json:
          '{"type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"age","type":"int"}]}',
      },
      input: { json: { name: "Bob", age: 25 } },
      output: [{ hex: "06426f6232", kind: "avro" }],
    },
  ],
  async create(options, { directories, invalid }) {
    const { source_format: source, target_format: target, schema_json: schemaJson, schema_path: schemaPath } = options;
    const mappings = mappingsOf(options.field_mappings);
    const { createAvroCodec } = await import("@iggy-connectors/codecs/avro");
    let codec: ReturnType<typeof createAvroCodec>;
    try {
      codec = createAvroCodec({ schemaJson, schemaPath, folders: directories });
    } catch (error) {
      throw invalid(schemaJson === undefined ? "schema_path" : "schema_json", (error as Error).message);
    }
    const encodes = target === "avro" && (source === "json" || source === "text");
    const decodes = source === "avro" && target === "json";
    const plain = source === "avro" && (target === "text" || target === "raw");
    const relabels = source === "raw" && target === "avro";
    return {
      kinds: SCHEMAS,
      outputKind: (kind) => (encodes || decodes || plain || relabels ? target : kind),
      process(message) {
        mapFields(message, mappings);
        if (encodes) {
          message.value = codec.encode(message.value, message.kind);
        } else if (decodes) {
          if (message.kind !== "avro") throw wrongPayload(source, target, message);
          const value = codec.decode(message.value as Uint8Array);
          message.kind = "json";
          message.value = value;
          mapFields(message, mappings);
        } else if (plain) {
          message.value = target === "text" ? plainText(message) : plainBytes(message);
        } else if (relabels) {
          if (message.kind !== "raw") throw wrongPayload(source, target, message);
        } else {
          return undefined;
        }
        message.kind = target;
        return undefined;
      },
    };
  },
});

/** The original's conversion without a schema: JSON is indented, Avro bytes become base64. */
function plainText({ kind, value }: TransformMessage): string {
  if (kind === "json") return indentedJson(value);
  if (typeof value === "string") return value;
  if (kind === "raw") {
    const text = textOf(value as Uint8Array);
    if (text !== undefined) return text;
    throw new RejectedError("the payload's bytes are not UTF-8", { code: "IGC_DECODE_TEXT" });
  }
  return base64(value as Uint8Array);
}

function plainBytes({ kind, value }: TransformMessage): Uint8Array {
  if (kind === "json") return Buffer.from(stringifyJson(value));
  return typeof value === "string" ? Buffer.from(value) : (value as Uint8Array);
}
