import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Schema } from "@iggy-connectors/sdk";
import { parseJson } from "@iggy-connectors/sdk";
import { withDeviations } from "./deviations.ts";

/** A payload of the fixtures, before it is a value. */
export interface CasePayload {
  readonly json?: unknown;
  readonly json_text?: string;
  readonly text?: string;
  readonly raw_hex?: string;
  readonly avro_hex?: string;
  readonly flatbuffer_hex?: string;
  readonly proto?: string;
}

export interface CodecCase<Config> {
  readonly name: string;
  readonly op: string;
  readonly schema?: Schema;
  readonly config: Config;
  readonly input: CasePayload & { readonly hex?: string; readonly schema?: string };
  readonly expected?: CasePayload & {
    readonly hex?: string;
    readonly accepted?: boolean;
    readonly any?: { readonly type_url: string; readonly value_hex?: string };
    readonly decodes_to?: unknown;
    readonly non_empty?: boolean;
  };
  readonly expected_camel_case?: CasePayload;
  readonly expected_with_defaults?: CasePayload;
  readonly expected_logical?: CasePayload;
  readonly expected_error?: string;
}

/** The folder that the paths in the fixtures are relative to. */
export const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** The cases of a file, every digit of their numbers kept. */
export function loadCodecCases<Config>(file: string): readonly CodecCase<Config>[] {
  const cases = parseJson(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url)));
  // A clone has the values alone, not how they were written, so that they can be compared.
  return withDeviations(file, structuredClone(cases) as unknown as CodecCase<Config>[]);
}

/** A payload of the fixtures as a value and its kind. */
export function payloadOf(payload: CasePayload): { kind: Schema; value: unknown } {
  if (payload.json !== undefined) return { kind: "json", value: payload.json };
  if (payload.json_text !== undefined)
    return { kind: "json", value: structuredClone(parseJson(Buffer.from(payload.json_text))) };
  if (payload.text !== undefined) return { kind: "text", value: payload.text };
  if (payload.raw_hex !== undefined) return { kind: "raw", value: Buffer.from(payload.raw_hex, "hex") };
  if (payload.avro_hex !== undefined) return { kind: "avro", value: Buffer.from(payload.avro_hex, "hex") };
  if (payload.flatbuffer_hex !== undefined)
    return { kind: "flat_buffer", value: Buffer.from(payload.flatbuffer_hex, "hex") };
  return { kind: "proto", value: payload.proto };
}

export function bytesOf(input: { readonly hex?: string; readonly text?: string }): Buffer {
  return input.hex === undefined ? Buffer.from(input.text ?? "") : Buffer.from(input.hex, "hex");
}

/** What a codec makes of a case's `field_mappings`. */
export function mappingsOf(mappings: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(mappings ?? {}));
}
