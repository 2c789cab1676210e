import type { OutputBuffer } from "../bytes/output-buffer.ts";
import type { Schema } from "../contract/message.ts";

/** Turns the bytes of one schema into values and back. Stateless: one serves all batches. */
export interface Codec {
  readonly schema: Schema;
  /** What a decoded value is; decides which encoders take it and which transforms look at it. */
  readonly kind: Schema;
  /** The value of `bytes[start, end)`. Throws `RejectedError` (`IGC_DECODE_<SCHEMA>`). */
  decode(bytes: Uint8Array, start?: number, end?: number): unknown;
  /** Whether `decode` would succeed, without making the value. */
  accepts(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * The bytes of a value of the given kind (absent: this schema's own). Throws `RejectedError`
   * (`IGC_SOURCE_PAYLOAD_TYPE`) for a kind that this schema does not take.
   */
  encode(value: unknown, kind?: Schema): Uint8Array;
  /** As `encode`, behind what `output` already holds. */
  encodeInto(value: unknown, kind: Schema, output: OutputBuffer): void;
}
