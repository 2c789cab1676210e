import { REFUSED, type StoredColumn } from "./stored-values.ts";

function column(name: string, types: StoredColumn["types"], differs: StoredColumn["differs"] = {}): StoredColumn {
  return { target: "Parquet", column: name, types, differs };
}

/** What the S3 sink writes into columns of Parquet; times as the instant in UTC, decimals with their scale. */
export const PARQUET_VALUES: readonly StoredColumn[] = [
  column("boolean", ["bool", "null", "missing"]),
  column("int32", ["int32", "null", "missing"]),
  column("int64", ["int32", "int64", "uint64", "integer"], {
    "json: uint64, greatest": REFUSED,
    "json: integer of 30 digits": REFUSED,
    "proto: uint64, greatest": REFUSED,
    "proto: uint64, greatest (number)": REFUSED,
    "flat_buffer: ulong, greatest": REFUSED,
    "flat_buffer: ulong, greatest (string)": REFUSED,
  }),
  column("decimal(38, 0)", ["int64", "uint64", "integer"]),
  column("decimal(38, 2)", ["decimal"], {
    "json: decimal, whole": "1.00",
    "json: number with exponent": "100.00",
    "json: number beyond doubles": REFUSED,
  }),
  column("double", ["float32", "float64", "decimal", "not_finite"], {
    "json: decimal with trailing zero": "1.1",
    "json: decimal, whole": "1",
    "json: decimal of 19 digits": "12345678901234568",
    "json: number with exponent": "100",
    "json: number beyond doubles": REFUSED,
    "json: negative zero": "-0",
    "avro: decimal (logical)": REFUSED,
    "avro: decimal of 38 digits (logical)": REFUSED,
  }),
  column("float", ["float32", "not_finite"]),
  column("string", ["string", "enum", "uuid", "time", "duration", "null", "missing"]),
  column("binary", ["bytes"]),
  column("date", ["date", "timestamp"], {
    "json: timestamp with micros": "2024-05-01",
    "json: timestamp with nanos and offset": "2024-05-01",
    "avro: timestamp-millis (logical)": "2024-05-01",
    "avro: timestamp-micros (logical)": "2024-05-01",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31",
    "avro: timestamp-nanos (logical)": "2024-05-01",
    "proto: timestamp with nanos": "2024-05-01",
    "proto: timestamp, whole seconds": "2024-05-01",
    "proto: timestamp before 1970": "1969-12-31",
  }),
  column("timestamp", ["timestamp", "local_timestamp", "date"], {
    "json: date": "2024-02-29 00:00:00",
    "json: timestamp with micros": "2024-05-01 12:00:00.123456",
    "json: timestamp with nanos and offset": REFUSED,
    "json: timestamp without zone": "2024-05-01 12:00:00.123456",
    "avro: date (logical)": "2024-05-01 00:00:00",
    "avro: date before 1970 (logical)": "1969-12-31 00:00:00",
    "avro: timestamp-millis (logical)": "2024-05-01 12:00:00.25",
    "avro: timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31 23:59:59.999999",
    "avro: timestamp-nanos (logical)": REFUSED,
    "avro: local-timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "proto: timestamp with nanos": REFUSED,
    "proto: timestamp, whole seconds": "2024-05-01 12:00:00",
    "proto: timestamp before 1970": REFUSED,
  }),
  column("timestamp_nanos", ["timestamp", "local_timestamp"], {
    "json: timestamp with micros": "2024-05-01 12:00:00.123456",
    "json: timestamp with nanos and offset": "2024-05-01 12:00:00.123456789",
    "json: timestamp without zone": "2024-05-01 12:00:00.123456",
    "avro: timestamp-millis (logical)": "2024-05-01 12:00:00.25",
    "avro: timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "avro: timestamp-micros before 1970 (logical)": "1969-12-31 23:59:59.999999",
    "avro: timestamp-nanos (logical)": "2024-05-01 12:00:00.123456789",
    "avro: local-timestamp-micros (logical)": "2024-05-01 12:00:00.123456",
    "proto: timestamp with nanos": "2024-05-01 12:00:00.123456789",
    "proto: timestamp, whole seconds": "2024-05-01 12:00:00",
    "proto: timestamp before 1970": "1969-12-31 23:59:59.999999999",
  }),
  column("json", ["array", "map", "object", "decimal", "integer"], {
    "avro: decimal (logical)": '"-1.10"',
    "avro: decimal of 38 digits (logical)": '"123456789012345678901234567890123456.78"',
  }),
];
