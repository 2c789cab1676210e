import { ProtocolError } from "../errors.ts";
import type { HeaderEntry, HeaderValue } from "../values/headers.ts";
import { encodeHeaderValue } from "./header-value.ts";

export type PlainHeader = string | number | boolean | bigint | Uint8Array;

const MAX_INT64 = (1n << 63n) - 1n;
const MIN_INT64 = -(1n << 63n);
const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_INT128 = (1n << 127n) - 1n;

/**
 * Typed headers from plain values, each as `headerValue` types it.
 * Throws {@link ProtocolError} naming the key when a key or value is empty or longer than 255 bytes.
 */
export function headersFrom(record: Readonly<Record<string, PlainHeader>>): HeaderEntry[] {
  return Object.entries(record).map(([name, plain]) => {
    const entry: HeaderEntry = { key: { kind: "string", value: name }, value: headerValue(plain) };
    try {
      encodeHeaderValue(entry.key);
      encodeHeaderValue(entry.value);
    } catch (error) {
      throw new ProtocolError(`header ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
    return entry;
  });
}

/**
 * A typed header value from a plain one: text becomes `string`, booleans `bool`, safe integers `int64`, other numbers `float64`, bytes
 * `raw`, and a bigint the smallest of `int64`, `uint64`, `int128`, `uint128` that holds it. The length is not checked.
 */
export function headerValue(plain: PlainHeader): HeaderValue {
  switch (typeof plain) {
    case "string":
      return { kind: "string", value: plain };
    case "boolean":
      return { kind: "bool", value: plain };
    case "number":
      if (Number.isSafeInteger(plain) && !Object.is(plain, -0)) return { kind: "int64", value: BigInt(plain) };
      return { kind: "float64", value: plain };
    case "bigint":
      return { kind: bigIntegerKind(plain), value: plain };
    default:
      return { kind: "raw", value: plain };
  }
}

function bigIntegerKind(value: bigint): "int64" | "uint64" | "int128" | "uint128" {
  if (value >= MIN_INT64 && value <= MAX_INT64) return "int64";
  if (value > 0n && value <= MAX_UINT64) return "uint64";
  return value <= MAX_INT128 ? "int128" : "uint128";
}
