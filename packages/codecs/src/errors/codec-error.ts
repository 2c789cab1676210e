import type { Schema } from "@iggy-connectors/sdk";
import { FatalError, RejectedError } from "@iggy-connectors/sdk";
import { formatPath, typeName } from "@iggy-connectors/sdk/internal";
import type { SchemaViolation } from "../json-schema/compile-json-schema.ts";

/** The formats as messages name them. */
const FORMATS: Readonly<Record<Schema, string>> = {
  json: "JSON",
  raw: "bytes",
  text: "text",
  proto: "a protobuf message",
  flat_buffer: "a FlatBuffer",
  avro: "an Avro datum",
};

/** The path of a field: names of members and indexes of elements, from the outside in. */
export type FieldPath = readonly (string | number)[];

/** The error of a payload that is not what its schema says (`IGC_DECODE_<SCHEMA>`). */
export function decodeError(schema: Schema, reason: string, path: FieldPath = [], type?: string): RejectedError {
  return new RejectedError(`the payload is not ${FORMATS[schema]}${ofType(type)}: ${at(path)}${reason}`, {
    code: `IGC_DECODE_${schema.toUpperCase()}`,
    fix: "send what the stream's schema describes, or correct the stream's schema",
    ...placeOf(path),
  });
}

/** The error of a value that the schema cannot express (`IGC_SOURCE_ENCODE`). */
export function encodeError(schema: Schema, reason: string, path: FieldPath = [], type?: string): RejectedError {
  return new RejectedError(`the value cannot be written as ${FORMATS[schema]}${ofType(type)}: ${at(path)}${reason}`, {
    code: "IGC_SOURCE_ENCODE",
    fix: "produce what the stream's schema describes, or correct the stream's schema",
    ...placeOf(path),
  });
}

/** The error of valid JSON that its JSON Schema forbids (`IGC_DECODE_SCHEMA_VIOLATION`, `IGC_SOURCE_SCHEMA_VIOLATION`). */
export function violationError(direction: "decode" | "encode", { path, rule, demand }: SchemaViolation): RejectedError {
  const subject = direction === "decode" ? "payload" : "value";
  return new RejectedError(`the ${subject} violates its JSON Schema: ${at(path)}${demand} (${rule})`, {
    code: direction === "decode" ? "IGC_DECODE_SCHEMA_VIOLATION" : "IGC_SOURCE_SCHEMA_VIOLATION",
    fix: "correct the data, or register a schema that allows it",
    ...placeOf(path),
  });
}

/** The error of a schema that cannot be used (`IGC_CONFIG_SCHEMA_INVALID`). */
export function schemaError(reason: string, place: string | undefined, cause?: unknown): FatalError {
  return new FatalError(reason, {
    code: "IGC_CONFIG_SCHEMA_INVALID",
    fix: "correct the schema that the stream names",
    ...(place === undefined ? {} : { place }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A value in an error message: a number or boolean itself, else only its type, since content must not leak. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeName(value);
}

function ofType(type: string | undefined): string {
  return type === undefined ? "" : ` of type ${type}`;
}

function at(path: FieldPath): string {
  return path.length === 0 ? "" : `${formatPath(path)}: `;
}

function placeOf(path: FieldPath): { place?: string } {
  return path.length === 0 ? {} : { place: formatPath(path) };
}
