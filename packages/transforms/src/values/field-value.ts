import type { JsonValue } from "@iggy-connectors/sdk";

/** The value that a field is set to, as a decoded value or as the bytes of its JSON. Evaluated again for every message. */
export interface FieldValue {
  next(): JsonValue;
  /** The JSON of a value that is the same for every message. */
  readonly json?: Buffer;
  /** The most bytes that `write` writes. */
  readonly maxBytes: number;
  /** Writes the next value's JSON to `target`, which is large enough, and returns the position after it. */
  write(target: Uint8Array, at: number): number;
}
