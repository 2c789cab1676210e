import type { LogicalType, ValueCase } from "./value-case.ts";

/** The field `v` of a table in `fixtures/values/values.fbs`; undefined: the field is missing. */
function flat(name: string, type: LogicalType, table: string, hex: string, v: unknown, int64As?: "string") {
  return {
    name: `flat_buffer: ${name}`,
    codec: "flat_buffer",
    type,
    keys: {
      flatbuffer_schema_path: "values/values.bfbs",
      flatbuffer_root_type: `values.${table}`,
      ...(int64As === undefined ? {} : { flatbuffer_int64_as: int64As }),
    },
    hex,
    value: v === undefined ? {} : { v },
    json: v === undefined ? "{}" : `{"v":${typeof v === "bigint" ? v : JSON.stringify(v)}}`,
  } satisfies ValueCase;
}

/** The bytes were made with flatc. */
export const FLAT_BUFFER_VALUES: readonly ValueCase[] = [
  flat("bool", "bool", "Bool", "0c00000000000600080007000600000000000001", true),
  flat("int", "int32", "Int", "0c00000000000600080004000600000000000080", -2_147_483_648),
  flat("long, least", "int64", "Long", "0c000000000006000c000400060000000000000000000080", -(2n ** 63n)),
  flat("long, greatest", "int64", "Long", "0c000000000006000c00040006000000ffffffffffffff7f", 2n ** 63n - 1n),
  flat("ulong, greatest", "uint64", "ULong", "0c000000000006000c00040006000000ffffffffffffffff", 2n ** 64n - 1n),
  flat(
    "ulong, greatest (string)",
    "uint64",
    "ULong",
    "0c000000000006000c00040006000000ffffffffffffffff",
    "18446744073709551615",
    "string",
  ),
  flat("float", "float32", "Float", "0c000000000006000800040006000000cdcccc3d", 0.1),
  flat("double", "float64", "Double", "0c000000000006000c000400060000009a9999999999b93f", 0.1),
  flat("float NaN", "not_finite", "Float", "0c0000000000060008000400060000000000c07f", "NaN"),
  flat("double NaN", "not_finite", "Double", "0c000000000006000c00040006000000000000000000f87f", "NaN"),
  flat("double Infinity", "not_finite", "Double", "0c000000000006000c00040006000000000000000000f07f", "Infinity"),
  flat("double -Infinity", "not_finite", "Double", "0c000000000006000c00040006000000000000000000f0ff", "-Infinity"),
  flat(
    "string beyond the BMP",
    "string",
    "String",
    "0c000000000006000800040006000000040000000c000000c581c3b364c5ba20f09f909d00000000",
    "Łódź 🐝",
  ),
  flat("string, empty", "string", "String", "0c000000000006000800040006000000040000000000000000000000", ""),
  {
    ...flat("[ubyte]", "bytes", "Bytes", "0c00000000000600080004000600000004000000040000000001feff", [0, 1, 254, 255]),
    bytes: "0001feff",
  },
  flat("enum", "enum", "Enum", "0c00000000000600080007000600000000000001", "Good"),
  flat("vector", "array", "Ints", "0c000000000006000800040006000000040000000200000001000000feffffff", [1, -2]),
  flat(
    "table",
    "object",
    "Nested",
    "0c0000000000060008000400060000000c00000008000c00040008000800000001000000040000000100000078000000",
    { id: 1, name: "x" },
  ),
  flat("missing", "missing", "Optional", "080000000400040004000000", undefined),
];
