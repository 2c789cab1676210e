import { readFileSync } from "node:fs";
import type { codecKeys } from "@iggy-connectors/codecs";
import type { JsonValue, Schema } from "@iggy-connectors/sdk";
import type { SchemaType } from "@iggy-connectors/sdk/internal";
import type { z } from "zod";

type Keys = { readonly [Key in keyof typeof codecKeys]?: z.input<(typeof codecKeys)[Key]> };

/** The keys of a stream, with a message in both forms. A test decodes one and encodes the other. */
export interface CodecExample {
  readonly title: string;
  readonly schema: Schema;
  readonly keys: Keys;
  /** Files that the keys refer to, by their path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that a compiler makes of those, by their path: the command and its output. */
  readonly compiled?: Readonly<Record<string, { readonly command: string; readonly bytes: Uint8Array }>>;
  /** The content of the schema registry; ids count from 1. */
  readonly registered?: readonly { readonly subject: string; readonly type: SchemaType; readonly text: string }[];
  /** The value that a plugin gets. */
  readonly value: JsonValue;
  /** The payload in Iggy, in hexadecimal digits. */
  readonly hex: string;
  /** The example is only decoded: encoding would give other bytes. */
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

const TELEMETRY = (extension: string) =>
  readFileSync(new URL(`../../packages/test-support/fixtures/flatbuffer/telemetry.${extension}`, import.meta.url));
/** Without the comment in its first line. */
const TELEMETRY_FBS = TELEMETRY("fbs")
  .toString()
  .replace(/^\/\/.*\n/, "");

const EVENT_AVSC =
  '{"type":"record","name":"Event","fields":[{"name":"id","type":"long"},{"name":"kind","type":"string"}]}';
const EVENT_JSON_SCHEMA = '{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}';
const REGISTRY = { url: "https://registry.example.org:8081", subject: "events-value" };

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
    title: "lowerCamelCase names, enum numbers and exact integers",
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
    title: "The original's form",
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
    title: "Read as values of a newer schema",
    schema: "avro",
    keys: { avro_schema_path: "schemas/order.avsc", avro_reader_schema_path: "schemas/newer.avsc" },
    files: { "schemas/order.avsc": ORDER_AVSC, "schemas/newer.avsc": NEWER_AVSC },
    value: { number: 7, currency: "EUR" },
    hex: "0e020100" + "00",
    readOnly: true,
  },
  {
    title: "Tables with a binary schema",
    schema: "flat_buffer",
    keys: { flatbuffer_schema_path: "schemas/telemetry.bfbs" },
    files: { "schemas/telemetry.fbs": TELEMETRY_FBS },
    compiled: {
      "schemas/telemetry.bfbs": {
        command: "flatc --schema --binary -o schemas schemas/telemetry.fbs",
        bytes: TELEMETRY("bfbs"),
      },
    },
    value: {
      id: 18446744073709551615n,
      sensor: "boiler",
      quality: "Bad",
      at: { x: 1.5, y: -2 },
      body_type: "TextBody",
      body: { text: "hot" },
      caps: "Read Admin",
    },
    hex: "400000005054454c0000000000003200260018000c00070000000000000000000000000000000000000000001000000000000000000000000000060008000500320000000005010224000000300000000000c03f000000c0ffffffffffffffff000000000000060008000400060000000400000003000000686f740006000000626f696c65720000",
  },
  {
    title: "Avro with the schema that each message refers to",
    schema: "avro",
    keys: { schema_registry: REGISTRY },
    files: {},
    registered: [{ subject: "events-value", type: "AVRO", text: EVENT_AVSC }],
    value: { id: 7, kind: "paid" },
    hex: "0000000001" + "0e0870616964",
  },
  {
    title: "JSON that conforms to its JSON Schema",
    schema: "json",
    keys: { schema_registry: REGISTRY },
    files: {},
    registered: [{ subject: "events-value", type: "JSON", text: EVENT_JSON_SCHEMA }],
    value: { id: 7 },
    hex: `0000000001${Buffer.from('{"id":7}').toString("hex")}`,
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
