import type { HeaderKind } from "../values/headers.ts";

/** Header kinds in the order of their codes, which start at 1. */
const KINDS: readonly HeaderKind[] = [
  "raw",
  "string",
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "int128",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "uint128",
  "float32",
  "float64",
];

/** Bytes of a value of each kind with a fixed size; `raw` and `string` have 1 … 255. */
export const FIXED_SIZE: Readonly<Partial<Record<HeaderKind, number>>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  int128: 16,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  uint128: 16,
  float32: 4,
  float64: 8,
};

const CODES: ReadonlyMap<HeaderKind, number> = new Map(KINDS.map((kind, index) => [kind, index + 1]));

/** The kind with this code, or `undefined` when there is none. */
export function headerKind(code: number): HeaderKind | undefined {
  return KINDS[code - 1];
}

export function headerKindCode(kind: HeaderKind): number {
  return CODES.get(kind)!;
}
