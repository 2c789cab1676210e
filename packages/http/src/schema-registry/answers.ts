import { RetryableError } from "@iggy-connectors/sdk";
import type { SchemaType } from "@iggy-connectors/sdk/internal";
import type { HttpResponse } from "../options.ts";

export interface ReferenceAnswer {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface SchemaAnswer {
  readonly type: SchemaType;
  readonly schema: string;
  readonly references: readonly ReferenceAnswer[];
}

const TYPES: ReadonlySet<unknown> = new Set<SchemaType>(["AVRO", "PROTOBUF", "JSON"]);

/** A schema as `GET /schemas/ids/{id}` and `GET /subjects/{subject}/versions/{version}` answer. */
export function readSchema(response: HttpResponse): SchemaAnswer {
  const { schema, schemaType = "AVRO", references = [] } = members(response);
  if (typeof schema !== "string" || !TYPES.has(schemaType) || !Array.isArray(references)) throw unreadable();
  return { type: schemaType as SchemaType, schema, references: references.map(readReference) };
}

/** The id that a subject's answers carry. */
export function readId(response: HttpResponse): number {
  const { id } = members(response);
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > 0xffff_ffff) throw unreadable();
  return id as number;
}

/** Error codes of a registry without such a subject, version or schema. */
const NOT_FOUND_CODES: ReadonlySet<unknown> = new Set([40_401, 40_402, 40_403]);

/** Throws `RetryableError` where an answer of status 404 does not come from a schema registry. */
export function requireNotFound(response: HttpResponse): void {
  if (!NOT_FOUND_CODES.has(members(response).error_code)) throw unreadable();
}

function readReference(value: unknown): ReferenceAnswer {
  const { name, subject, version } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof subject !== "string" || !Number.isInteger(version)) throw unreadable();
  return { name, subject, version: version as number };
}

function members(response: HttpResponse): Readonly<Record<string, unknown>> {
  const value = response.json();
  if (typeof value !== "object" || value === null) throw unreadable();
  return value as Record<string, unknown>;
}

function unreadable(): RetryableError {
  return new RetryableError("the answer is not that of a schema registry", {
    code: "IGC_HTTP_RESPONSE_INVALID",
    fix: "check that schema_registry.url is that of a Confluent-compatible registry",
  });
}
