import type { JsonValue } from "@iggy-connectors/sdk";

/** What a field is set to: the same value as a decoded one and as the bytes of its JSON. Asked anew for every message. */
export interface FieldValue {
  next(): JsonValue;
  /** The most bytes that `write` writes. */
  readonly maxBytes: number;
  /** Writes the next value's JSON to `target`, which has room for it, and returns the position behind. */
  write(target: Uint8Array, at: number): number;
}
