import type { Schema } from "@iggy-connectors/sdk";
import { SCHEMAS } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import {
  base64,
  flag,
  formatSetting,
  mapFields,
  mappingsOf,
  mappingsSetting,
  wrongPayload,
} from "../../settings/conversion.ts";

/** `flat_buffer_convert`: between FlatBuffers and other formats. */
export const flatBufferConvert = defineTransform({
  type: "flat_buffer_convert",
  description:
    "Converts payloads between FlatBuffers and other formats: json to flat_buffer, and flat_buffer to json, text (base64) or raw.",
  notes: [
    "The original never reads the schema: it turns every buffer into a placeholder, and writes buffers that no reader can follow. Here a binary schema (.bfbs) is followed in both directions; without one the result is the original's placeholder.",
    "Messages of a stream with schema flat_buffer are already JSON when they reach the transforms: use this step on a raw stream, or before a sink that takes bytes.",
  ],
  settings: z.object({
    source_format: formatSetting("Format of the payload at this step", "flat_buffer"),
    target_format: formatSetting("Format of the result", "json"),
    schema_path: z
      .string()
      .min(1)
      .optional()
      .describe("Binary schema (.bfbs, made by flatc -b --schema), relative to the connector file")
      .meta({ example: "order.bfbs", file: true }),
    root_table_name: z
      .string()
      .min(1)
      .optional()
      .describe("Full name of the root table; default: the schema's")
      .meta({ example: "shop.Order" }),
    field_mappings: mappingsSetting,
    include_paths: z
      .array(z.string())
      .default(["."])
      .describe("Read and ignored: a binary schema contains its imports"),
    preserve_unknown_fields: z.boolean().default(false).describe("Read and ignored, as by the original"),
    conversion_options: z
      .object({
        verify_buffers: flag("Without a schema: reject payloads of fewer than 4 bytes", true),
        pretty_json: flag("Read and ignored, as by the original"),
        include_metadata: flag("Read and ignored, as by the original"),
        buffer_size_hint: z.int().min(0).default(1024).describe("Read and ignored: buffers grow as needed"),
        strict_mode: flag("Read and ignored, as by the original"),
      })
      .prefault({})
      .describe("Further options"),
  }),
  examples: [
    {
      title: "Without a schema",
      settings: { root_table_name: "T" },
      input: { hex: "01020304", kind: "flat_buffer" },
      output: [{ json: { buffer_size: 4, has_root_table: true, root_table_type: "T", raw_data_base64: "AQIDBA==" } }],
    },
  ],
  async create(options, { directories, invalid }) {
    const { source_format: source, target_format: target } = options;
    if (!isSupported(source, target)) {
      throw invalid(
        "target_format",
        `${source} to ${target} is not supported: json becomes flat_buffer, and flat_buffer becomes json, text or raw`,
      );
    }
    const mappings = mappingsOf(options.field_mappings);
    const { createFlatBufferCodec } = await import("@iggy-connectors/codecs/flat-buffer");
    const codec = createFlatBufferCodec({
      schemaPath: options.schema_path,
      rootType: options.root_table_name,
      verify: options.conversion_options.verify_buffers,
      folders: directories,
    });
    return {
      kinds: SCHEMAS,
      outputKind: () => target,
      process(message) {
        if (message.kind !== source) throw wrongPayload(source, target, message);
        mapFields(message, mappings);
        if (source === target) return undefined;
        if (source === "json") {
          message.value = codec.encode(message.value, "json");
        } else {
          const bytes = message.value as Uint8Array;
          message.value = target === "json" ? codec.decode(bytes) : target === "text" ? base64(bytes) : bytes;
        }
        message.kind = target;
        if (target === "json") mapFields(message, mappings);
        return undefined;
      },
    };
  },
});

function isSupported(source: Schema, target: Schema): boolean {
  if (source === target) return true;
  if (source === "json") return target === "flat_buffer";
  return source === "flat_buffer" && (target === "json" || target === "text" || target === "raw");
}
