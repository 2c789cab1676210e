import type { Schema } from "@iggy-connectors/sdk";

/** What a value is, whatever the codec: targets have their columns for these. */
export type LogicalType =
  | "bool"
  | "int32"
  | "int64"
  | "uint64"
  /** Beyond 64 bits. */
  | "integer"
  | "decimal"
  | "float32"
  | "float64"
  /** NaN and the infinities. */
  | "not_finite"
  | "string"
  | "bytes"
  | "date"
  | "time"
  | "timestamp"
  /** Date and time without a zone. */
  | "local_timestamp"
  | "duration"
  | "uuid"
  | "enum"
  | "array"
  | "map"
  | "object"
  | "null"
  /** The field is not in the message. */
  | "missing";

/** Encoded bytes, and what becomes of them. */
export interface ValueCase {
  /** Unique within the list. */
  readonly name: string;
  readonly codec: Schema;
  readonly type: LogicalType;
  /** Keys of the stream beside `schema`; paths are relative to `FIXTURES`. */
  readonly keys: Readonly<Record<string, string | boolean>>;
  /** The payload in Iggy, hexadecimal. */
  readonly hex: string;
  /** The decoded value. All but those of `text` and `raw` are objects with the value in field `v`. */
  readonly value: unknown;
  /** What is delivered as JSON; undefined where the delivered value is not JSON. */
  readonly json: string | undefined;
  /** Where `v` represents bytes: those bytes, hexadecimal. */
  readonly bytes?: string;
}
