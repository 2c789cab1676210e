import { createRequire } from "node:module";
import type { JsonValue } from "@iggy-connectors/sdk";
import { parseJson } from "@iggy-connectors/sdk";
import { schemaError } from "../errors/codec-error.ts";
import { readSchemaFile, type SchemaFolders } from "../schema-files.ts";
import { buildType } from "./build.ts";
import type { AvroType } from "./model.ts";

type Library = typeof import("avsc");

let library: Library | undefined;

/** `avsc`, loaded when the first Avro schema is read: other connectors do not pay for it. */
function avsc(): Library {
  library ??= createRequire(import.meta.url)("avsc") as Library;
  return library;
}

/** An Avro schema from inline JSON, or else from a file. Throws `FatalError` (`IGC_CONFIG_SCHEMA_FILE`, `IGC_CONFIG_SCHEMA_INVALID`). */
export function loadAvroSchema(
  source: { readonly json?: string | undefined; readonly path?: string | undefined },
  folders: SchemaFolders,
  key: string,
): AvroType {
  if (source.json !== undefined) return parseAvroSchema(source.json, [], `${key}_json`);
  const { bytes, path } = readSchemaFile(source.path ?? "", folders, `${key}_path`);
  return parseAvroSchema(bytes.toString("utf8"), [], path);
}

/**
 * Parses a schema that may use the named types of `references` (each of which may use those before it).
 * `avsc` validates it as a whole. A bare name (`string`) is a schema as well.
 */
export function parseAvroSchema(text: string, references: readonly string[], place: string): AvroType {
  const names = new Map<string, AvroType>();
  const registry = {};
  let type: AvroType | undefined;
  for (const schema of [...references, text]) {
    const json = readSchemaJson(schema, place);
    try {
      // Logical types are ours to read, and a union may have branches that avsc could not distinguish by value.
      avsc().Type.forSchema(JSON.parse(JSON.stringify(json, plainNumbers)) as never, { registry, wrapUnions: true });
      type = buildType(json, "", names);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw schemaError(`the Avro schema is not valid: ${reason}`, place, cause);
    }
  }
  return type!;
}

function readSchemaJson(text: string, place: string): JsonValue {
  try {
    return /^[A-Za-z_][\w.]*$/.test(text.trim()) ? text.trim() : parseJson(Buffer.from(text));
  } catch (cause) {
    throw schemaError(`the Avro schema is not JSON: ${cause instanceof Error ? cause.message : cause}`, place, cause);
  }
}

/** The library does not know `bigint`; it only validates defaults, so that their digits do not matter. */
function plainNumbers(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number.MAX_SAFE_INTEGER : value;
}
