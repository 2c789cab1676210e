import type { Schema } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";

/** The error of an encoder for a kind of payload that it does not take (`IGC_SOURCE_PAYLOAD_TYPE`). */
export function payloadTypeError(schema: Schema, kind: Schema, value: unknown): RejectedError {
  return new RejectedError(`a stream with schema ${schema} does not take ${describe(kind, value)}`, {
    code: "IGC_SOURCE_PAYLOAD_TYPE",
    fix: `produce what schema ${schema} takes, or set the stream's schema to the format of the payloads`,
  });
}

function describe(kind: Schema, value: unknown): string {
  const type = value instanceof Uint8Array ? "bytes" : value === null ? "null" : `a value of type ${typeof value}`;
  return `a ${kind} payload (${type})`;
}
