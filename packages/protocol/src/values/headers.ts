/** The kinds of a user header's key or value, and of an option's value, as Iggy names them. */
export type HeaderKind =
  | "raw"
  | "string"
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "int128"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "uint128"
  | "float32"
  | "float64";

/**
 * A typed header value. 64- and 128-bit integers are `bigint`, the other numbers `number`, `raw` is bytes.
 * Encoded, every value has 1 … 255 bytes.
 */
export type HeaderValue =
  | { readonly kind: "raw"; readonly value: Uint8Array }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32"; readonly value: number }
  | { readonly kind: "float32" | "float64"; readonly value: number }
  | { readonly kind: "int64" | "int128" | "uint64" | "uint128"; readonly value: bigint };

/** One header as it travels: keys may be of any kind, in practice they are strings. Order is kept. */
export interface HeaderEntry {
  readonly key: HeaderValue;
  readonly value: HeaderValue;
}

/** User headers by their key's text, in wire order; a non-string key appears under the text of its value. */
export type Headers = ReadonlyMap<string, HeaderValue>;

/** Options of streams, topics and users: string keys, typed values. */
export type Options = ReadonlyMap<string, HeaderValue>;
