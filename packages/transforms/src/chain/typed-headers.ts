import type { Headers, HeaderValue } from "@iggy-connectors/sdk";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT128 = 2n ** 127n - 1n;

/** What a header may be given as, besides its typed form. */
export type PlainHeader = string | number | boolean | bigint | Uint8Array;

/** Headers by their names, whether they were given typed or plain. */
export function typedHeaders(headers: Headers | Readonly<Record<string, PlainHeader>> | undefined): Headers {
  if (headers === undefined) return NO_HEADERS;
  if (headers instanceof Map) return headers as Headers;
  return new Map(
    Object.entries(headers as Record<string, PlainHeader>).map(([name, value]) => [name, typedHeader(value)]),
  );
}

const NO_HEADERS: Headers = new Map();

/** The type that Iggy's SDKs give a plain value: integers `int64`, other numbers `float64`. */
export function typedHeader(plain: PlainHeader): HeaderValue {
  switch (typeof plain) {
    case "string":
      return { kind: "string", value: plain };
    case "boolean":
      return { kind: "bool", value: plain };
    case "number":
      if (Number.isSafeInteger(plain) && !Object.is(plain, -0)) return { kind: "int64", value: BigInt(plain) };
      return { kind: "float64", value: plain };
    case "bigint":
      if (plain >= MIN_INT64 && plain <= MAX_INT64) return { kind: "int64", value: plain };
      if (plain > 0n && plain <= MAX_UINT64) return { kind: "uint64", value: plain };
      return { kind: plain <= MAX_INT128 ? "int128" : "uint128", value: plain };
    default:
      return { kind: "raw", value: plain };
  }
}

/** A header's value as JSON: bytes become base64, integers beyond 2⁵³ stay `bigint`. */
export function plainHeader({ value }: HeaderValue): string | number | boolean | bigint {
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
