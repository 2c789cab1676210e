import type { Schema } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";

/** The error of an encoder that was given a kind of payload it does not take. */
export function payloadTypeError(schema: Schema, kind: Schema, value: unknown): RejectedError {
  return new RejectedError(`a stream with schema ${schema} does not take ${describe(kind, value)}`, {
    code: "IGC_SOURCE_PAYLOAD_TYPE",
    fix: `produce what ${schema} takes, or choose the stream's schema after the payloads`,
  });
}

function describe(kind: Schema, value: unknown): string {
  const type = value instanceof Uint8Array ? "bytes" : value === null ? "null" : `a value of type ${typeof value}`;
  return `a ${kind} payload (${type})`;
}
