import { type AvroOptions, avroForm, avroShape, readAvro, writeAvroPayload } from "../avro/avro-codec.ts";
import { loadAvroSchema, parseAvroSchema } from "../avro/schema.ts";
import { decodeError } from "../errors/codec-error.ts";
import { readSchemaFile } from "../schema-files.ts";
import type { SchemaFormat } from "./format.ts";
import { frameHeader } from "./framing.ts";

/** Avro data with registered schemas. A schema in the configuration is the reader's schema: data are read as its values. */
export function avroFormat(options: AvroOptions): SchemaFormat {
  const form = avroForm(options);
  const { schemaJson: json, schemaPath: path, readerSchemaPath, folders = [] } = options;
  const reader =
    readerSchemaPath !== undefined
      ? loadAvroSchema({ path: readerSchemaPath }, folders, "avro_reader_schema")
      : json === undefined && path === undefined
        ? undefined
        : loadAvroSchema({ json, path }, folders, "avro_schema");
  return {
    schema: "avro",
    type: "AVRO",
    compile({ text, references }, place) {
      const writer = parseAvroSchema(
        text,
        references.map((reference) => reference.text),
        place,
      );
      const shape = avroShape(writer, reader ?? writer, form);
      return {
        read(bytes, start, end) {
          if (start === end && writer.kind !== "null")
            throw decodeError("avro", "there are no data after the schema id");
          return readAvro(shape, bytes, start, end);
        },
        readBare: (bytes, start, end) => readAvro(shape, bytes, start, end),
        header: (id) => frameHeader(id),
        write: (value, kind, output) => writeAvroPayload(shape, value, kind, output),
      };
    },
    localText() {
      if (json !== undefined) return json;
      return path === undefined ? undefined : readSchemaFile(path, folders, "avro_schema_path").bytes.toString("utf8");
    },
  };
}
