import type { OutputBuffer } from "../bytes/output-buffer.ts";
import type { Schema } from "../contract/message.ts";

/** Turns the bytes of one schema into values and back. Stateless: one serves all batches. */
export interface Codec {
  readonly schema: Schema;
  /** What a decoded value is; decides which encoders take it and which transforms look at it. */
  readonly kind: Schema;
  /** The kind of a decoded value, where that differs from value to value. */
  kindOf?(value: unknown): Schema;
  /** The payloads are not those of `kind`, though both are of one name: what is delivered is written anew. Default false. */
  readonly transcodes?: boolean;
  /** How the bytes of a source that says they are of this schema are read, where that differs from what is on the stream. */
  readonly produced?: Codec;
  /** Present where schemas are fetched: to be asked before payloads are decoded or values encoded. */
  readonly remote?: RemoteSchemas;
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

/** The schemas that a codec gets from elsewhere. Its calls throw `RetryableError` while they cannot be fetched. */
export interface RemoteSchemas {
  /** The id of the schema that a payload names; undefined: none. */
  idOf(bytes: Uint8Array, start: number, end: number): number | undefined;
  /** Whether a payload with this id can be decoded, or is known to have no schema. */
  has(id: number): boolean;
  /** Afterwards it has all of them. An id that nobody knows is a failed decode of the messages that have it. */
  fetch(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void>;
  /** Whether `fetchCurrent` has to be called before a value can be encoded, and where `readsCurrent` before one is decoded. */
  readonly needsCurrent: boolean;
  /** Whether payloads name no schema of their own. */
  readonly readsCurrent: boolean;
  /** Throws `FatalError` for a subject or schema that the registry does not have. */
  fetchCurrent(signal: AbortSignal): Promise<void>;
}
