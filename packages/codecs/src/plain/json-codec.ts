import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import { parseJson, stringifyJson, validateJson } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { payloadTypeError } from "../errors/payload-type.ts";

/** Schema `json`. Encodes json payloads, and text payloads as a JSON string (they are not parsed). */
export const jsonCodec: Codec = {
  schema: "json",
  kind: "json",
  decode: parseJson,
  accepts: validateJson,
  encode: (value, kind = "json") => Buffer.from(jsonText(value, kind)),
  encodeInto(value: unknown, kind: Schema, output: OutputBuffer): void {
    output.writeText(jsonText(value, kind));
  },
};

function jsonText(value: unknown, kind: Schema): string {
  const accepted = kind === "json" ? !(value instanceof Uint8Array) : kind === "text" && typeof value === "string";
  if (!accepted) throw payloadTypeError("json", kind, value);
  return stringifyJson(value);
}
