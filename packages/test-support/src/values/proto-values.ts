import type { LogicalType, ValueCase } from "./value-case.ts";

type Keys = Readonly<Record<string, string | boolean>>;

/** The field `v` of a message in `fixtures/values/values.proto`; undefined: the field is missing. */
function proto(name: string, type: LogicalType, message: string, hex: string, v: unknown, keys: Keys = {}) {
  return {
    name: `proto: ${name}`,
    codec: "proto",
    type,
    keys: { proto_schema_path: "values/values.proto", proto_message_type: `values.${message}`, ...keys },
    hex,
    value: v === undefined ? {} : { v },
    json: v === undefined ? "{}" : `{"v":${typeof v === "bigint" ? v : JSON.stringify(v)}}`,
  } satisfies ValueCase;
}

const NUMBER: Keys = { proto_int64_as: "number" };
const DEFAULTS: Keys = { proto_emit_defaults: true };

/** The bytes were made with protobufjs; an absent field stands beside an unknown one, because payloads have at least one byte. */
export const PROTO_VALUES: readonly ValueCase[] = [
  proto("bool", "bool", "Bool", "0801", true),
  proto("bool false, as missing", "missing", "Bool", "1001", undefined),
  proto("bool false, with defaults", "bool", "Bool", "1001", false, DEFAULTS),
  proto("int32", "int32", "Int32", "0880808080f8ffffffff01", -2_147_483_648),
  proto("int64, least", "int64", "Int64", "0880808080808080808001", "-9223372036854775808"),
  proto("int64, small", "int64", "Int64", "0801", "1"),
  proto("int64, greatest (number)", "int64", "Int64", "08ffffffffffffffff7f", 2n ** 63n - 1n, NUMBER),
  proto("uint64, greatest", "uint64", "UInt64", "08ffffffffffffffffff01", "18446744073709551615"),
  proto("uint64, greatest (number)", "uint64", "UInt64", "08ffffffffffffffffff01", 2n ** 64n - 1n, NUMBER),
  proto("float", "float32", "Float", "0dcdcccc3d", 0.1),
  proto("double", "float64", "Double", "099a9999999999b93f", 0.1),
  proto("float NaN", "not_finite", "Float", "0d0000c07f", "NaN"),
  proto("double NaN", "not_finite", "Double", "09000000000000f87f", "NaN"),
  proto("double Infinity", "not_finite", "Double", "09000000000000f07f", "Infinity"),
  proto("double -Infinity", "not_finite", "Double", "09000000000000f0ff", "-Infinity"),
  proto("string beyond the BMP", "string", "String", "0a0cc581c3b364c5ba20f09f909d", "Łódź 🐝"),
  { ...proto("bytes", "bytes", "Bytes", "0a040001feff", "AAH+/w=="), bytes: "0001feff" },
  proto(
    "timestamp with nanos",
    "timestamp",
    "Timestamp",
    "0a0b08c0ddc8b10610959aef3a",
    "2024-05-01T12:00:00.123456789Z",
  ),
  proto("timestamp, whole seconds", "timestamp", "Timestamp", "0a0608c0ddc8b106", "2024-05-01T12:00:00Z"),
  proto(
    "timestamp before 1970",
    "timestamp",
    "Timestamp",
    "0a1108ffffffffffffffffff0110ff93ebdc03",
    "1969-12-31T23:59:59.999999999Z",
  ),
  proto("duration", "duration", "Duration", "0a0808011080cab5ee01", "1.500s"),
  proto("enum", "enum", "Enum", "0801", "QUALITY_GOOD"),
  proto("repeated", "array", "Ints", "0a0b01feffffffffffffffff01", [1, -2]),
  proto("map", "map", "Map", "0a050a01611001", { a: "1" }),
  proto("message", "object", "Nested", "0a050801120178", { id: 1, name: "x" }),
  proto("optional zero", "int32", "Optional", "0800", 0),
  proto("optional, missing", "missing", "Optional", "1001", undefined),
  proto("wrapper of zero", "int32", "Wrapper", "0a00", 0),
];
