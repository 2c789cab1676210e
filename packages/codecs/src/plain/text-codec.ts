import { isUtf8 } from "node:buffer";
import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import { asBuffer, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { payloadTypeError } from "../errors/payload-type.ts";

/** Schema `text`: UTF-8, possibly empty. Encodes text payloads, and json payloads as compact JSON. */
export const textCodec: Codec = {
  schema: "text",
  kind: "text",
  decode(bytes, start = 0, end = bytes.length): string {
    if (!isUtf8Range(bytes, start, end)) {
      throw new RejectedError("the payload is not text: its bytes are not UTF-8", {
        code: "IGC_DECODE_TEXT",
        fix: "send UTF-8, or set the stream's schema to raw",
      });
    }
    return asBuffer(bytes).toString("utf8", start, end);
  },
  accepts: isUtf8Range,
  encode: (value, kind = "text") => Buffer.from(plainText(value, kind)),
  encodeInto(value: unknown, kind: Schema, output: OutputBuffer): void {
    output.writeText(plainText(value, kind));
  },
};

function isUtf8Range(bytes: Uint8Array, start: number, end: number): boolean {
  return isUtf8(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
}

function plainText(value: unknown, kind: Schema): string {
  if (kind === "json" && !(value instanceof Uint8Array)) return stringifyJson(value);
  if (kind !== "text" || typeof value !== "string") throw payloadTypeError("text", kind, value);
  if (!value.isWellFormed()) {
    throw new RejectedError("the string contains a lone surrogate, which UTF-8 cannot express", {
      code: "IGC_SOURCE_ENCODE",
    });
  }
  return value;
}
