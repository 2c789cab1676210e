import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "../codec.ts";
import { payloadTypeError } from "../errors/payload-type.ts";

/** Schema `raw`: any bytes, unchanged. Encodes raw payloads only. */
export const rawCodec: Codec = {
  schema: "raw",
  kind: "raw",
  decode: (bytes, start = 0, end = bytes.length) => bytes.subarray(start, end),
  acceptsAll: true,
  accepts: () => true,
  encode: (value, kind = "raw") => rawBytes(value, kind),
  encodeInto(value: unknown, kind: Schema, output: OutputBuffer): void {
    output.writeBytes(rawBytes(value, kind));
  },
};

function rawBytes(value: unknown, kind: Schema): Uint8Array {
  if (kind !== "raw" || !(value instanceof Uint8Array)) throw payloadTypeError("raw", kind, value);
  return value;
}
