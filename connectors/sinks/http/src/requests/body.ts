import type { HttpSinkConfig } from "../config.ts";
import { type EnvelopeWriter, outputFor } from "./envelope.ts";
import { isContiguous, type Part } from "./part.ts";

const CONTENT_TYPES: Readonly<Record<HttpSinkConfig["batch_mode"], string>> = {
  individual: "application/json",
  ndjson: "application/x-ndjson",
  json_array: "application/json",
  raw: "application/octet-stream",
};

export function contentType({ content_type, batch_mode }: HttpSinkConfig): string {
  return content_type ?? CONTENT_TYPES[batch_mode];
}

/** Whether a request carries one message. */
export function isSingle(mode: HttpSinkConfig["batch_mode"]): boolean {
  return mode === "individual" || mode === "raw";
}

/** The body of a request. */
export function encodePart(part: Part, mode: HttpSinkConfig["batch_mode"], envelope: EnvelopeWriter): Uint8Array {
  const { batch, indexes } = part;
  if (mode === "raw") return batch.payload(indexes[0]!);
  if (mode === "ndjson" && envelope.writesPayloadsAlone(batch) && isContiguous(part)) {
    return batch.slice(indexes[0]!, indexes.at(-1)! + 1).toLines();
  }
  const output = outputFor(batch, indexes.length);
  if (mode === "json_array") output.writeText("[");
  for (const [position, index] of indexes.entries()) {
    if (mode === "json_array" && position > 0) output.writeText(",");
    envelope.write(batch, index, output);
    if (mode === "ndjson") output.writeText("\n");
  }
  if (mode === "json_array") output.writeText("]");
  return output.bytes.subarray(0, output.position);
}
