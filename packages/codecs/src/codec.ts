import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";

/** Capacity to begin with for the bytes of one message of usual size. */
export const EXPECTED_BYTES = 512;

/** Turns the bytes of one schema into values and back. Stateless: one codec serves all batches. */
export interface Codec {
  readonly schema: Schema;
  /** What a decoded value is. Decides which encoders take it and which transforms look at it. */
  readonly kind: Schema;
  /** The kind of a decoded value, where that differs from value to value. */
  kindOf?(value: unknown): Schema;
  /** The bytes on the stream are not the plain bytes of `kind`, even if the two names are equal, so that every payload is encoded again for delivery. Default false. */
  readonly transcodes?: boolean;
  /** Has no schema to read with: nothing can be decoded, and bytes are passed on as they are. Default false. */
  readonly untyped?: boolean;
  /** Reads the bytes that a source declares to be of this schema, where they differ from those on the stream. */
  readonly produced?: Codec;
  /** Present where schemas have to be fetched before payloads are decoded or values encoded. */
  readonly remote?: RemoteSchemas;
  /** The value of `bytes[start, end)`. Throws `RejectedError` (`IGC_DECODE_<SCHEMA>`). */
  decode(bytes: Uint8Array, start?: number, end?: number): unknown;
  /** Any bytes can be decoded, so that none need be asked for with `accepts`. Default false. */
  readonly acceptsAll?: boolean;
  /** Whether `decode` would succeed, without making the value. Never throws. */
  accepts(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * The bytes of a value of the given kind (default: the codec's own). Throws `RejectedError`: `IGC_SOURCE_PAYLOAD_TYPE` for a
   * kind that this schema does not take, `IGC_SOURCE_ENCODE` for a value that it cannot express.
   */
  encode(value: unknown, kind?: Schema): Uint8Array;
  /** As `encode`, appended to `output`. */
  encodeInto(value: unknown, kind: Schema, output: OutputBuffer): void;
}

/** The schemas that a codec fetches from a registry. Its calls throw `RetryableError` while the registry is unavailable. */
export interface RemoteSchemas {
  /** The id of the schema that a payload names; undefined when it names none. */
  idOf(bytes: Uint8Array, start: number, end: number): number | undefined;
  /** Whether a payload with this id can be decoded, or is known to have no schema. */
  has(id: number): boolean;
  /** Fetches these schemas. A message whose id the registry does not know fails to decode afterwards. */
  fetch(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void>;
  /** Whether `fetchCurrent` has to be called before a value is encoded and, with `readsCurrent`, before one is decoded. */
  readonly needsCurrent: boolean;
  /** Whether payloads name no schema and are all of the subject's current one. */
  readonly readsCurrent: boolean;
  /** Fetches the schema that is written. Throws `FatalError` for a subject or schema that the registry does not have. */
  fetchCurrent(signal: AbortSignal): Promise<void>;
}
