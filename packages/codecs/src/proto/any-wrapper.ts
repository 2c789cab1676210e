import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import { asBuffer, stringifyJson } from "@iggy-connectors/sdk";
import { decodeError } from "../errors/codec-error.ts";
import { payloadTypeError } from "../errors/payload-type.ts";
import { WireFault, WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

const TYPE_URL_TAG = 0x0a;
const VALUE_TAG = 0x12;
const MAX_GROUPS = 100;

/**
 * Reads `bytes[start, end)` as a `google.protobuf.Any` whose content stays base64, as in the original without a schema.
 * Throws `RejectedError` (`IGC_DECODE_PROTO`).
 */
export function readAnyWrapper(bytes: Uint8Array, start: number, end: number): { type_url: string; value: string } {
  const wire = new WireReader(asBuffer(bytes), start, end);
  const any = { type_url: "", value: "" };
  try {
    while (wire.at < end) {
      const tag = wire.uint32();
      if (tag >>> 3 === 0) throw new WireFault("a field has an invalid number");
      if (tag === TYPE_URL_TAG) any.type_url = wire.string();
      else if (tag === VALUE_TAG) any.value = wire.base64();
      else if (tag >>> 3 <= 2) throw new WireFault("its fields 1 and 2 are not those of an Any");
      else wire.skip(tag & 7, tag >>> 3, MAX_GROUPS);
    }
  } catch (error) {
    if (error instanceof WireFault) throw decodeError("proto", error.message, [], "google.protobuf.Any");
    throw error;
  }
  return any;
}

/** Writes a payload of any kind as an Any, as the original does: the content is the payload itself, not an encoded wrapper message. */
export function writeAnyWrapper(value: unknown, kind: Schema, typeUrlPrefix: string, output: OutputBuffer): void {
  const wire = new WireWriter(output);
  const content = contentOf(value, kind);
  const type = typeof content === "string" ? "StringValue" : "BytesValue";
  wire.varint(TYPE_URL_TAG);
  wire.string(`${typeUrlPrefix}/google.protobuf.${type}`);
  if (content.length === 0) return;
  wire.varint(VALUE_TAG);
  if (typeof content === "string") wire.string(content);
  else wire.bytes(content);
}

function contentOf(value: unknown, kind: Schema): string | Uint8Array {
  switch (kind) {
    case "json":
      if (!(value instanceof Uint8Array)) return stringifyJson(value);
      break;
    case "text":
      if (typeof value === "string") return JSON.stringify({ text: value, timestamp: Date.now(), encoding: "utf-8" });
      break;
    case "proto":
      if (typeof value === "string") return value;
      break;
    default:
  }
  if (value instanceof Uint8Array && kind !== "json" && kind !== "text") return value;
  throw payloadTypeError("proto", kind, value);
}
