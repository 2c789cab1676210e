import { REFUSED, type StoredColumn } from "./stored-values.ts";

const NANOS = {
  "json: timestamp with nanos and offset": REFUSED,
  "avro: timestamp-nanos (logical)": REFUSED,
  "proto: timestamp with nanos": REFUSED,
  "proto: timestamp before 1970": REFUSED,
};

function column(name: string, types: StoredColumn["types"], differs: StoredColumn["differs"] = {}): StoredColumn {
  return { target: "PostgreSQL", column: name, types, differs };
}

const BEYOND_INT64 = {
  "json: uint64, greatest": REFUSED,
  "json: integer of 30 digits": REFUSED,
  "proto: uint64, greatest": REFUSED,
  "proto: uint64, greatest (number)": REFUSED,
  "flat_buffer: ulong, greatest": REFUSED,
  "flat_buffer: ulong, greatest (string)": REFUSED,
};

/** What PostgreSQL stores, as it shows it in a session with `TimeZone = UTC`; `bytea` with `bytes_encoding = "base64"`. */
export const POSTGRES_VALUES: readonly StoredColumn[] = [
  column("boolean", ["bool", "null", "missing"]),
  column("integer", ["int32", "null", "missing"]),
  column("bigint", ["int32", "int64", "uint64", "integer"], BEYOND_INT64),
  column("numeric", ["int64", "uint64", "integer", "decimal", "float32", "float64", "not_finite"], {
    "json: number with exponent": "100",
    "json: number beyond doubles": `1${"0".repeat(400)}`,
    "json: negative zero": "0.0",
  }),
  column("double precision", ["float32", "float64", "decimal", "not_finite"], {
    "json: decimal with trailing zero": "1.1",
    "json: decimal, whole": "1",
    "json: decimal of 19 digits": "1.2345678901234568e+16",
    "json: number with exponent": "100",
    "json: number beyond doubles": REFUSED,
    "json: negative zero": "-0",
    "avro: decimal (logical)": "-1.1",
    "avro: decimal of 38 digits (logical)": "1.2345678901234568e+35",
  }),
  column("real", ["float32", "not_finite"]),
  column("text", ["string", "enum", "uuid", "date", "timestamp", "null", "missing"]),
  column("bytea", ["bytes"]),
  column("date", ["date", "timestamp"], {
    ...NANOS,
    "json: timestamp with micros": "2024-05-01",
    "avro: timestamp-millis (logical)": "2024-05-01",
    "avro: timestamp-micros (logical)": "2024-05-01",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31",
    "proto: timestamp, whole seconds": "2024-05-01",
  }),
  column("time", ["time"], { "json: time": "12:00:00.25", "avro: time-millis (logical)": "12:00:00.25" }),
  column("timestamptz", ["timestamp", "local_timestamp"], {
    ...NANOS,
    "json: timestamp with micros": "2024-05-01 12:00:00.123456+00",
    "json: timestamp without zone": "2024-05-01 12:00:00.123456+00",
    "avro: timestamp-millis (logical)": "2024-05-01 12:00:00.25+00",
    "avro: timestamp-micros (logical)": "2024-05-01 12:00:00.123456+00",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31 23:59:59.999999+00",
    "avro: local-timestamp-micros (logical)": "2024-05-01 12:00:00.123456+00",
    "proto: timestamp, whole seconds": "2024-05-01 12:00:00+00",
  }),
  column("timestamp", ["timestamp", "local_timestamp", "date"], {
    ...NANOS,
    "json: date": "2024-02-29 00:00:00",
    "avro: date (logical)": "2024-05-01 00:00:00",
    "avro: date before 1970 (logical)": "1969-12-31 00:00:00",
    "json: timestamp with micros": "2024-05-01 12:00:00.123456",
    "json: timestamp without zone": "2024-05-01 12:00:00.123456",
    "avro: timestamp-millis (logical)": "2024-05-01 12:00:00.25",
    "avro: timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31 23:59:59.999999",
    "avro: local-timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "proto: timestamp, whole seconds": "2024-05-01 12:00:00",
  }),
  column("interval", ["duration"], { "proto: duration": "00:00:01.5" }),
  column("uuid", ["uuid"]),
  column("integer[]", ["array"], {
    "json: array": "{1,-2}",
    "avro: array": "{1,-2}",
    "proto: repeated": "{1,-2}",
    "flat_buffer: vector": "{1,-2}",
  }),
  column("json", ["array", "map", "object", "decimal", "float64", "integer"], {
    "avro: decimal (logical)": '"-1.10"',
    "avro: decimal of 38 digits (logical)": '"123456789012345678901234567890123456.78"',
  }),
  column("jsonb", ["array", "map", "object", "decimal", "float64", "integer"], {
    "json: number with exponent": "100",
    "json: number beyond doubles": `1${"0".repeat(400)}`,
    "json: negative zero": "0.0",
    "json: array": "[1, -2]",
    "json: object": '{"id": 1, "name": "x"}',
    "avro: decimal (logical)": '"-1.10"',
    "avro: decimal of 38 digits (logical)": '"123456789012345678901234567890123456.78"',
    "avro: array": "[1, -2]",
    "avro: map": '{"a": 1}',
    "avro: record": '{"id": 1}',
    "proto: repeated": "[1, -2]",
    "proto: map": '{"a": "1"}',
    "proto: message": '{"id": 1, "name": "x"}',
    "flat_buffer: vector": "[1, -2]",
    "flat_buffer: table": '{"id": 1, "name": "x"}',
  }),
];
