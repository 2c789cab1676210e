import { isUtf8 } from "node:buffer";
import { renameMembers } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import { asBuffer, RejectedError, SCHEMAS, stringifyJson } from "@iggy-connectors/sdk";
import { indentJson, isJsonObject, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import type { TransformMessage } from "../definition/transform.ts";

export const formatSetting = (meaning: string, fallback: Schema) => z.enum(SCHEMAS).default(fallback).describe(meaning);

export const mappingsSetting = z
  .record(z.string(), z.string())
  .optional()
  .describe("Renames top-level fields of JSON payloads, all at once: current name → new name")
  .meta({ example: { user_id: "id" } });

/** A flag of `conversion_options`. The original requires all of them, here each has a default. */
export const flag = (meaning: string, fallback = false) => z.boolean().default(fallback).describe(meaning);

/** Renames the members of a JSON payload; other payloads stay as they are. */
export function mapFields(message: TransformMessage, mappings: ReadonlyMap<string, string> | undefined): void {
  if (mappings !== undefined && message.kind === "json") message.value = renameMembers(message.value, mappings);
}

export function mappingsOf(
  table: Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, string> | undefined {
  return table === undefined ? undefined : new Map(Object.entries(table));
}

/** JSON with an indentation of two spaces, as the original prints it; no digit is lost. */
export function indentedJson(value: unknown): string {
  return indentJson(stringifyJson(value));
}

/** The bytes as text; undefined when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? asBuffer(bytes).toString("utf8") : undefined;
}

export function base64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

/** The error of a payload that a conversion does not take. */
export function wrongPayload(source: Schema, target: Schema, { kind, value }: TransformMessage): RejectedError {
  const shown = isJsonObject(value) || Array.isArray(value) ? "" : ` (${typeName(value)})`;
  return new RejectedError(`${source} to ${target} does not take a ${kind} payload${shown}`, {
    code: "IGC_TRANSFORM_PAYLOAD_TYPE",
    fix: "set source_format to the format of the payloads at this step: a stream with a schema has already decoded them to json",
  });
}
