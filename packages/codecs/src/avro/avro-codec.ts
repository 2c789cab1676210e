import type { Schema } from "@iggy-connectors/sdk";
import { asBuffer, OutputBuffer, parseJson, RejectedError } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { EXPECTED_BYTES } from "../codec.ts";
import { decodeError, encodeError, schemaError } from "../errors/codec-error.ts";
import { payloadTypeError } from "../errors/payload-type.ts";
import { ValueFault } from "../errors/value-fault.ts";
import { acceptsWhatDecodes } from "../primitives/accepts.ts";
import { renameMembers } from "../primitives/member.ts";
import type { SchemaFolders } from "../schema-files.ts";
import { AvroFault, AvroInput } from "./input.ts";
import { type AvroForm, type AvroType, branchName } from "./model.ts";
import { type AvroRead, compileRead } from "./read.ts";
import { loadAvroSchema } from "./schema.ts";
import { type AvroWrite, compileWrite, type WritePlace } from "./write.ts";

export interface AvroOptions {
  /** The schema as JSON; wins over `schemaPath`. */
  readonly schemaJson?: string | undefined;
  readonly schemaPath?: string | undefined;
  /** The reader's schema: messages are read as its values. Default: the writer's schema. */
  readonly readerSchemaPath?: string | undefined;
  /** Default `raw`, as the original. */
  readonly logical?: "raw" | "logical" | undefined;
  /** Default `plain`, as the original. */
  readonly unions?: "plain" | "tagged" | undefined;
  /** Integers beyond 2⁵³. Default: `number`, and `string` with logical types. */
  readonly int64As?: "string" | "number" | undefined;
  /** Values are the encoded bytes, without a check. Default false. */
  readonly asBytes?: boolean | undefined;
  /** Renames top-level members: after decoding, and before encoding. */
  readonly fieldMappings?: ReadonlyMap<string, string> | undefined;
  readonly folders?: SchemaFolders | undefined;
}

/** The compiled reader and writer of one schema. */
export interface AvroShape {
  /** Names the schema in errors. */
  readonly name: string;
  readonly read: AvroRead;
  readonly write: AvroWrite;
}

/**
 * The codec of schema `avro`: one bare datum per message. Without a schema only bytes can be passed through. Throws `FatalError`
 * (`IGC_CONFIG_SCHEMA_…`) for a schema that cannot be used.
 */
export function createAvroCodec(options: AvroOptions = {}): Codec {
  const { schemaJson: json, schemaPath: path, readerSchemaPath, folders = [], fieldMappings } = options;
  const form = avroForm(options);
  let shape: AvroShape | undefined;
  if (json !== undefined || path !== undefined) {
    const writer = loadAvroSchema({ json, path }, folders, "avro_schema");
    const reader =
      readerSchemaPath === undefined
        ? writer
        : loadAvroSchema({ path: readerSchemaPath }, folders, "avro_reader_schema");
    shape = avroShape(writer, reader, form);
  }
  return options.asBytes === true ? bytesCodec(shape, fieldMappings) : avroCodec(shape, fieldMappings);
}

export function avroForm({ logical, unions, int64As }: AvroOptions): AvroForm {
  return {
    logical: logical === "logical",
    taggedUnions: unions === "tagged",
    int64As: int64As ?? (logical === "logical" ? "string" : "number"),
  };
}

/** Throws `FatalError` if the reader's schema cannot read data of the writer's. */
export function avroShape(writer: AvroType, reader: AvroType, form: AvroForm): AvroShape {
  try {
    return { name: branchName(writer), read: compileRead(writer, reader, form), write: compileWrite(writer, form) };
  } catch (cause) {
    if (cause instanceof AvroFault)
      throw schemaError(`the Avro schemas are not compatible: ${cause.message}`, "avro_reader_schema_path", cause);
    throw cause;
  }
}

/** Reads exactly one datum. Throws `RejectedError` (`IGC_DECODE_AVRO`) with the field's path. */
export function readAvro(shape: AvroShape, bytes: Uint8Array, start: number, end: number): unknown {
  const input = new AvroInput(asBuffer(bytes), start, end);
  try {
    const value = shape.read(input, 0);
    if (input.at !== end) throw new AvroFault(`${end - input.at} bytes are left after the datum`);
    return value;
  } catch (error) {
    if (error instanceof AvroFault) throw decodeError("avro", error.message, input.place, shape.name);
    throw error;
  }
}

/** Appends a value to the output. Throws `RejectedError` (`IGC_SOURCE_ENCODE`) with the field's path; the output is unchanged then. */
export function writeAvro(shape: AvroShape, value: unknown, output: OutputBuffer): void {
  const start = output.position;
  const place: WritePlace = { path: [], depth: 0 };
  try {
    shape.write(output, value, place, 0);
  } catch (error) {
    output.position = start;
    if (error instanceof ValueFault)
      throw encodeError("avro", error.message, place.path.slice(0, place.depth), shape.name);
    throw error;
  }
}

/** Appends a payload of an avro stream: a JSON value, JSON in text, or bytes of any kind, which are not checked. */
export function writeAvroPayload(
  shape: AvroShape | undefined,
  value: unknown,
  kind: Schema,
  output: OutputBuffer,
  mappings?: ReadonlyMap<string, string>,
): void {
  if (value instanceof Uint8Array && kind !== "json" && kind !== "text") {
    output.writeBytes(value);
    return;
  }
  const isText = typeof value === "string" && (kind === "text" || kind === "proto");
  if (!isText && (kind !== "json" || value instanceof Uint8Array)) throw payloadTypeError("avro", kind, value);
  const json = isText ? parseText(value) : value;
  if (shape === undefined) throw missingSchema("IGC_SOURCE_ENCODE");
  writeAvro(shape, renameMembers(json, mappings), output);
}

function avroCodec(shape: AvroShape | undefined, mappings: ReadonlyMap<string, string> | undefined): Codec {
  function decode(bytes: Uint8Array, start = 0, end = bytes.length): unknown {
    if (start === end) throw decodeError("avro", "it is empty");
    if (shape === undefined) throw missingSchema("IGC_DECODE_AVRO");
    return renameMembers(readAvro(shape, bytes, start, end), mappings);
  }
  return {
    schema: "avro",
    kind: "json",
    untyped: shape === undefined,
    decode,
    accepts: acceptsWhatDecodes(decode),
    ...encoders(shape, mappings, "json"),
  };
}

function bytesCodec(shape: AvroShape | undefined, mappings: ReadonlyMap<string, string> | undefined): Codec {
  return {
    schema: "avro",
    kind: "avro",
    decode(bytes, start = 0, end = bytes.length) {
      if (start === end) throw decodeError("avro", "it is empty");
      return bytes.subarray(start, end);
    },
    accepts: (_bytes, start, end) => start < end,
    ...encoders(shape, mappings, "avro"),
  };
}

function encoders(
  shape: AvroShape | undefined,
  mappings: ReadonlyMap<string, string> | undefined,
  own: Schema,
): Pick<Codec, "encode" | "encodeInto"> {
  return {
    encode(value, kind = own) {
      const output = new OutputBuffer(EXPECTED_BYTES);
      writeAvroPayload(shape, value, kind, output, mappings);
      return output.bytes.subarray(0, output.position);
    },
    encodeInto: (value, kind, output) => writeAvroPayload(shape, value, kind, output, mappings),
  };
}

function parseText(text: string): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (cause) {
    throw encodeError("avro", `the text is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
}

function missingSchema(code: string): RejectedError {
  return new RejectedError("an avro stream without a schema can only pass bytes through", {
    code,
    fix: "set avro_schema_path or avro_schema_json of the stream",
  });
}
