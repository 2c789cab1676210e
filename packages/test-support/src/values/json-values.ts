import type { LogicalType, ValueCase } from "./value-case.ts";

/** A message `{"v":…}` with this text of a value. */
function json(name: string, type: LogicalType, text: string, value: unknown = JSON.parse(text)): ValueCase {
  return whole(name, type, `{"v":${text}}`, { v: value });
}

function whole(name: string, type: LogicalType, text: string, value: unknown): ValueCase {
  return {
    name: `json: ${name}`,
    codec: "json",
    type,
    keys: {},
    hex: Buffer.from(text).toString("hex"),
    value,
    json: text,
  };
}

/** Numbers are delivered with the digits that they were written with. */
export const JSON_VALUES: readonly ValueCase[] = [
  json("bool", "bool", "true"),
  json("int32", "int32", "-2147483648"),
  json("int64, least", "int64", "-9223372036854775808", -(2n ** 63n)),
  json("int64, greatest", "int64", "9223372036854775807", 2n ** 63n - 1n),
  json("int64, first that no double holds", "int64", "9007199254740993", 9_007_199_254_740_993n),
  json("uint64, greatest", "uint64", "18446744073709551615", 2n ** 64n - 1n),
  json("integer of 30 digits", "integer", "123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890n),
  json("decimal with trailing zero", "decimal", "1.10"),
  json("decimal, whole", "decimal", "1.0"),
  json("decimal of 19 digits", "decimal", "12345678901234567.89"),
  json("number with exponent", "decimal", "1e2"),
  json("number beyond doubles", "decimal", "1e400"),
  json("float64", "float64", "0.1"),
  json("negative zero", "float64", "-0.0"),
  json("NaN as string", "not_finite", '"NaN"'),
  json("string beyond the BMP", "string", '"Łódź 🐝"'),
  json("string, empty", "string", '""'),
  json("bytes in base64", "string", '"AAH+/w=="'),
  json("date", "date", '"2024-02-29"'),
  json("time", "time", '"12:00:00.250"'),
  json("timestamp with micros", "timestamp", '"2024-05-01T12:00:00.123456Z"'),
  json("timestamp with nanos and offset", "timestamp", '"2024-05-01T14:00:00.123456789+02:00"'),
  json("timestamp without zone", "local_timestamp", '"2024-05-01T12:00:00.123456"'),
  json("uuid", "uuid", '"6f9619ff-8b86-d011-b42d-00c04fc964ff"'),
  json("array", "array", "[1,-2]"),
  json("object", "object", '{"id":1,"name":"x"}'),
  json("null", "null", "null"),
  whole("missing", "missing", "{}", {}),
];
