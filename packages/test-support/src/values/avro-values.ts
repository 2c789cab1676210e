import type { LogicalType, ValueCase } from "./value-case.ts";

interface AvroKeys {
  readonly [key: string]: string;
}

/** A record with the field `v` of this type. */
function avro(
  name: string,
  type: LogicalType,
  schema: unknown,
  hex: string,
  v: unknown,
  text: string,
  keys: AvroKeys = {},
) {
  const record = { type: "record", name: "R", fields: [{ name: "v", type: schema }] };
  return {
    name: `avro: ${name}`,
    codec: "avro",
    type,
    keys: { avro_schema_json: JSON.stringify(record), ...keys },
    hex,
    value: { v },
    json: `{"v":${text}}`,
  } satisfies ValueCase;
}

const LOGICAL: AvroKeys = { avro_logical: "logical" };

/** A type with `avro_logical = "logical"`. */
function logical(name: string, type: LogicalType, schema: unknown, hex: string, v: unknown, text = JSON.stringify(v)) {
  return avro(`${name} (logical)`, type, schema, hex, v, text, LOGICAL);
}

const BYTES = "0001feff";
const FIXED = { type: "fixed", name: "F", size: 4 };
const DECIMAL = { type: "bytes", logicalType: "decimal", precision: 38, scale: 2 };
const MILLIS = { type: "long", logicalType: "timestamp-millis" };
const MICROS = { type: "long", logicalType: "timestamp-micros" };
const NANOS = { type: "long", logicalType: "timestamp-nanos" };
const LOCAL_MICROS = { type: "long", logicalType: "local-timestamp-micros" };
const DATE = { type: "int", logicalType: "date" };
const UUID = { type: "string", logicalType: "uuid" };
const UUID_TEXT = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

/** The bytes were made with avsc. */
export const AVRO_VALUES: readonly ValueCase[] = [
  avro("boolean", "bool", "boolean", "01", true, "true"),
  avro("int", "int32", "int", "ffffffff0f", -2_147_483_648, "-2147483648"),
  avro("long, least", "int64", "long", "ffffffffffffffffff01", -(2n ** 63n), "-9223372036854775808"),
  avro("long, greatest", "int64", "long", "feffffffffffffffff01", 2n ** 63n - 1n, "9223372036854775807"),
  avro(
    "long, first that no double holds",
    "int64",
    "long",
    "8280808080808020",
    9_007_199_254_740_993n,
    "9007199254740993",
  ),
  logical("long, greatest", "int64", "long", "feffffffffffffffff01", "9223372036854775807"),
  logical("long, small", "int64", "long", "02", 1),
  avro("float", "float32", "float", "cdcccc3d", 0.1, "0.1"),
  avro("double", "float64", "double", "9a9999999999b93f", 0.1, "0.1"),
  logical("float NaN", "not_finite", "float", "0000c07f", "NaN"),
  logical("double NaN", "not_finite", "double", "000000000000f87f", "NaN"),
  logical("double Infinity", "not_finite", "double", "000000000000f07f", "Infinity"),
  logical("double -Infinity", "not_finite", "double", "000000000000f0ff", "-Infinity"),
  avro("string beyond the BMP", "string", "string", "18c581c3b364c5ba20f09f909d", "Łódź 🐝", '"Łódź 🐝"'),
  avro("string, empty", "string", "string", "00", "", '""'),
  { ...avro("bytes", "bytes", "bytes", `08${BYTES}`, [0, 1, 254, 255], "[0,1,254,255]"), bytes: BYTES },
  { ...logical("bytes", "bytes", "bytes", `08${BYTES}`, "AAH+/w=="), bytes: BYTES },
  { ...logical("fixed", "bytes", FIXED, BYTES, "AAH+/w=="), bytes: BYTES },
  { ...avro("decimal", "bytes", DECIMAL, "0292", [146], "[146]"), bytes: "92" },
  logical("decimal", "decimal", DECIMAL, "0292", "-1.10"),
  logical(
    "decimal of 38 digits",
    "decimal",
    DECIMAL,
    "200949b0f6f0023313c4499050de38f34e",
    "123456789012345678901234567890123456.78",
  ),
  avro("date", "int32", DATE, "88b602", 19_844, "19844"),
  logical("date", "date", DATE, "88b602", "2024-05-01"),
  logical("date before 1970", "date", DATE, "01", "1969-12-31"),
  logical("time-millis", "time", { type: "int", logicalType: "time-millis" }, "f4bb9929", "12:00:00.250"),
  logical("time-micros", "time", { type: "long", logicalType: "time-micros" }, "a282fceec102", "12:00:00.250001"),
  avro("timestamp-micros", "int64", MICROS, "80c9d89de7d88b06", 1_714_564_800_123_456, "1714564800123456"),
  logical("timestamp-millis", "timestamp", MILLIS, "f4fbb4c0e663", "2024-05-01T12:00:00.250Z"),
  logical("timestamp-micros", "timestamp", MICROS, "80c9d89de7d88b06", "2024-05-01T12:00:00.123456Z"),
  logical("timestamp-micros before 1970", "timestamp", MICROS, "01", "1969-12-31T23:59:59.999999Z"),
  logical("timestamp-nanos", "timestamp", NANOS, "aab4fafbbfe6adcb2f", "2024-05-01T12:00:00.123456789Z"),
  logical("local-timestamp-micros", "local_timestamp", LOCAL_MICROS, "80c9d89de7d88b06", "2024-05-01T12:00:00.123456"),
  logical("uuid", "uuid", UUID, `48${Buffer.from(UUID_TEXT).toString("hex")}`, UUID_TEXT),
  avro("enum", "enum", { type: "enum", name: "E", symbols: ["A", "B"] }, "02", "B", '"B"'),
  avro("array", "array", { type: "array", items: "long" }, "04020300", [1, -2], "[1,-2]"),
  avro("map", "map", { type: "map", values: "long" }, "0202610200", { a: 1 }, '{"a":1}'),
  avro(
    "record",
    "object",
    { type: "record", name: "I", fields: [{ name: "id", type: "int" }] },
    "02",
    { id: 1 },
    '{"id":1}',
  ),
  avro("null", "null", ["null", "long"], "00", null, "null"),
  avro("union", "int64", ["null", "long"], "0202", 1, "1"),
];
