import type { z } from "zod";
import type { codecKeys } from "../codecs/codec-keys.ts";
import type { JsonValue, Schema } from "../contract/message.ts";

type Keys = { readonly [Key in keyof typeof codecKeys]?: z.input<(typeof codecKeys)[Key]> };

/** A stream's keys with a message in both forms; a test reads one and writes the other. */
export interface CodecExample {
  readonly title: string;
  readonly schema: Schema;
  readonly keys: Keys;
  /** Files that the keys name, by their path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the plugin sees. */
  readonly value: JsonValue;
  /** What is in Iggy, in hexadecimal digits. */
  readonly hex: string;
  /** Only read: written it would be other bytes. */
  readonly readOnly?: boolean;
}

const ORDER_PROTO = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";

message Order {
  int64 id = 1;
  repeated string items = 2;
  Status status = 3;
  google.protobuf.Timestamp placed_at = 4;
}

enum Status {
  NEW = 0;
  PAID = 1;
}
`;

const ORDER_AVSC = `{
  "type": "record",
  "name": "Order",
  "fields": [
    { "name": "id", "type": "long" },
    { "name": "total", "type": { "type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2 } },
    { "name": "placed", "type": { "type": "long", "logicalType": "timestamp-millis" } },
    { "name": "note", "type": ["null", "string"], "default": null }
  ]
}
`;

const NEWER_AVSC = `{
  "type": "record",
  "name": "Order",
  "fields": [
    { "name": "number", "aliases": ["id"], "type": "double" },
    { "name": "currency", "type": "string", "default": "EUR" }
  ]
}
`;

const PROTO_HEX = "0881808080808080101203746561180122060880e2cfaa06";
const AVRO_HEX = "8280808080808020060493e4f4aba894956700";

export const CODEC_EXAMPLES: readonly CodecExample[] = [
  {
    title: "Messages of a .proto file",
    schema: "proto",
    keys: { proto_schema_path: "schemas/order.proto", proto_message_type: "shop.Order" },
    files: { "schemas/order.proto": ORDER_PROTO },
    value: { id: "9007199254740993", items: ["tea"], status: "PAID", placed_at: "2023-11-14T22:13:20Z" },
    hex: PROTO_HEX,
  },
  {
    title: "lowerCamelCase names, numbers and exact integers",
    schema: "proto",
    keys: {
      proto_schema_path: "schemas/order.proto",
      proto_message_type: "shop.Order",
      proto_json_names: true,
      proto_enum_numbers: true,
      proto_int64_as: "number",
    },
    files: { "schemas/order.proto": ORDER_PROTO },
    value: { id: 9007199254740993n, items: ["tea"], status: 1, placedAt: "2023-11-14T22:13:20Z" },
    hex: PROTO_HEX,
  },
  {
    title: "Without a schema",
    schema: "proto",
    keys: {},
    files: {},
    value: { type_url: "type.googleapis.com/shop.Order", value: "CAE=" },
    hex: "0a1e747970652e676f6f676c65617069732e636f6d2f73686f702e4f7264657212020801",
    readOnly: true,
  },
  {
    title: "As the original reads it",
    schema: "avro",
    keys: { avro_schema_path: "schemas/order.avsc" },
    files: { "schemas/order.avsc": ORDER_AVSC },
    value: { id: 9007199254740993n, total: [4, 147, 228], placed: 1772366400250, note: null },
    hex: AVRO_HEX,
  },
  {
    title: "Logical types",
    schema: "avro",
    keys: { avro_schema_path: "schemas/order.avsc", avro_logical: "logical" },
    files: { "schemas/order.avsc": ORDER_AVSC },
    value: { id: "9007199254740993", total: "3000.04", placed: "2026-03-01T12:00:00.250Z", note: null },
    hex: AVRO_HEX,
  },
  {
    title: "As values of a newer schema",
    schema: "avro",
    keys: { avro_schema_path: "schemas/order.avsc", avro_reader_schema_path: "schemas/newer.avsc" },
    files: { "schemas/order.avsc": ORDER_AVSC, "schemas/newer.avsc": NEWER_AVSC },
    value: { number: 7, currency: "EUR" },
    hex: "0e020100" + "00",
    readOnly: true,
  },
  {
    title: "Without a schema",
    schema: "flat_buffer",
    keys: {},
    files: {},
    value: { buffer_size: 8, has_root_table: true, raw_data_base64: "BAAAAAAAAAA=" },
    hex: "0400000000000000",
    readOnly: true,
  },
];
