import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RejectedError } from "@iggy-connectors/sdk";
import { FIXTURES } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { shortestFloat32 } from "../primitives/floats.ts";
import { createProtoCodec, type ProtoOptions } from "./proto-codec.ts";

const SHOP = `syntax = "proto3";
package shop;
import "types/money.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/any.proto";
message Order {
  int64 id = 1;
  repeated Line lines = 2;
  map<string, Money> totals = 3;
  oneof buyer { string person = 4; Company company = 5; }
  google.protobuf.Timestamp placed_at = 6;
  google.protobuf.Duration took = 7;
  google.protobuf.Struct extra = 8;
  google.protobuf.Int64Value limit = 9;
  google.protobuf.FieldMask mask = 10;
  google.protobuf.Any body = 11;
  google.protobuf.Value anything = 12;
  map<bool, uint64> flags = 13;
  Order parent = 14;
  google.protobuf.StringValue nickname = 15;
  message Line { string item_name = 1; uint32 count = 2; Kind kind = 3; enum Kind { KIND_NONE = 0; KIND_BOOK = 1; } }
  message Company { string name = 1; }
}
message Scalars {
  double a = 1; float b = 2; int32 c = 3; int64 d = 4; uint32 e = 5; uint64 f = 6; sint32 g = 7; sint64 h = 8;
  fixed32 i = 9; fixed64 j = 10; sfixed32 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15;
  repeated sint64 many = 16; optional int64 maybe = 17;
}
`;
const MONEY = `syntax = "proto3"; package shop; message Money { string currency = 1; sint64 units = 2; }`;
const OLD = `syntax = "proto2"; package old;
message Must { required string name = 1; repeated int32 loose = 2; extensions 100 to 200; }
extend Must { optional string note = 100; }
message Grouped { repeated group Item = 1 { optional string a = 2; } }
message Outer { optional Grouped inner = 1; }`;

describe("the protobuf codec", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "proto-codec-"));
    mkdirSync(join(folder, "include", "types"), { recursive: true });
    writeFileSync(join(folder, "shop.proto"), SHOP);
    writeFileSync(join(folder, "old.proto"), OLD);
    writeFileSync(join(folder, "include", "types", "money.proto"), MONEY);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const shop = (messageType: string, more: ProtoOptions = {}) =>
    createProtoCodec({ schemaPath: "shop.proto", includePaths: ["include"], folders: [folder], messageType, ...more });

  const ORDER = {
    id: "9223372036854775807",
    lines: [{ item_name: "tea", count: 2 }, { kind: "KIND_BOOK" }],
    totals: { EUR: { currency: "EUR", units: "-5" }, __proto__x: {} },
    company: { name: "Acme" },
    placed_at: "2026-03-01T12:00:00.000000001Z",
    took: "-1.500s",
    extra: { a: [1, null, { b: true }], c: "x" },
    limit: "9007199254740993",
    mask: "a.fooBar,b",
    body: { "@type": "type.googleapis.com/shop.Money", currency: "USD", units: "1" },
    anything: [1.5, "two"],
    flags: { true: "18446744073709551615", false: "0" },
    parent: { id: "1", nickname: "" },
  };

  it("reads .proto files with imports, nested types, maps, oneofs and well-known types, and writes what it read", () => {
    const codec = shop("shop.Order");
    const bytes = codec.encode(ORDER);
    assert.deepEqual(codec.decode(bytes), ORDER);
    assert.deepEqual(codec.encode(codec.decode(bytes)), bytes);
  });

  it("supports the configured forms", () => {
    const bytes = shop("shop.Order").encode({ ...ORDER, body: undefined });
    const camel = shop("shop.Order", { jsonNames: true, enumNumbers: true, int64As: "number" });
    const value = camel.decode(bytes) as Record<string, unknown>;
    assert.equal(value.id, 9223372036854775807n);
    assert.equal(value.limit, 9007199254740993n);
    assert.deepEqual(value.lines, [{ itemName: "tea", count: 2 }, { kind: 1 }]);
    assert.deepEqual((value.totals as Record<string, unknown>).EUR, { currency: "EUR", units: -5 });
    assert.deepEqual(camel.encode(value), bytes);
    const all = shop("shop.Order.Line", { emitDefaults: true }).decode(Buffer.from("1001", "hex"));
    assert.deepEqual(all, { item_name: "", count: 1, kind: "KIND_NONE" });
    assert.deepEqual(shop("shop.Order", { emitDefaults: true }).decode(Buffer.from("2200", "hex")), {
      id: "0",
      lines: [],
      totals: {},
      person: "",
      flags: {},
    });
  });

  it("keeps an Any whose type it does not know", () => {
    const codec = shop("shop.Order");
    const body = { "@type": "x/none.Such", value: "AQI=" };
    assert.deepEqual(codec.decode(codec.encode({ body })), { body });
  });

  it("merges a message that occurs twice, and keeps the last member of a oneof", () => {
    const codec = shop("shop.Order");
    const twice = Buffer.concat([codec.encode({ parent: { id: "5" } }), codec.encode({ parent: { person: "Ann" } })]);
    assert.deepEqual(codec.decode(twice), { parent: { id: "5", person: "Ann" } });
    const both = Buffer.concat([codec.encode({ person: "Ann" }), codec.encode({ company: { name: "A" } })]);
    assert.deepEqual(codec.decode(both), { company: { name: "A" } });
    assert.throws(() => codec.encode({ person: "Ann", company: {} }), { code: "IGC_SOURCE_ENCODE", message: /one of/ });
  });

  it("names the field that does not fit", () => {
    const codec = shop("shop.Order");
    assert.throws(() => codec.encode({ lines: [{}, { count: -1 }] }), {
      name: "RejectedError",
      code: "IGC_SOURCE_ENCODE",
      place: "lines[1].count",
      message:
        "the value cannot be written as a protobuf message of type shop.Order: lines[1].count: an integer from 0 to 4294967295 is expected, not -1",
    });
    assert.throws(() => codec.encode({ totals: { EUR: { units: 1.5 } } }), { place: "totals.EUR.units" });
    // lines { item_name: two bytes that are no text }
    assert.throws(() => codec.decode(Buffer.from("12040a02fffe", "hex")), {
      code: "IGC_DECODE_PROTO",
      place: "lines.item_name",
      message: /of type shop.Order: lines.item_name: its bytes are not UTF-8/,
    });
  });

  it("limits nesting in both directions", () => {
    const codec = shop("shop.Order");
    let value: Record<string, unknown> = { id: "1" };
    for (let level = 0; level < 200; level++) value = { parent: value };
    assert.throws(() => codec.encode(value), { code: "IGC_SOURCE_ENCODE", message: /100 levels/ });
    let bytes = Buffer.alloc(0);
    for (let level = 0; level < 300; level++) {
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
      bytes = Buffer.concat([Buffer.from([0x72, ...length]), bytes]);
    }
    assert.throws(() => codec.decode(bytes), { code: "IGC_DECODE_PROTO", message: /too many levels/ });
    const groups = Buffer.alloc(100_000, 0xfb);
    for (let at = 1; at < groups.length; at += 2) groups[at] = 0x07;
    assert.throws(() => codec.decode(groups), { code: "IGC_DECODE_PROTO", message: /too many levels/ });
  });

  it("reads proto2: required fields, extensions; groups are refused where they are used", () => {
    const old = (messageType: string) => createProtoCodec({ schemaPath: "old.proto", folders: [folder], messageType });
    const must = old("old.Must");
    const value = { name: "n", loose: [1, 2], "[old.note]": "x" };
    assert.equal(Buffer.from(must.encode(value)).toString("hex"), "0a016e10011002a2060178");
    assert.deepEqual(must.decode(must.encode(value)), value);
    assert.throws(() => must.encode({}), { place: "name", code: "IGC_SOURCE_ENCODE" });
    assert.throws(() => must.decode(Buffer.from("1001", "hex")), {
      code: "IGC_DECODE_PROTO",
      message: /name is missing/,
    });
    for (const type of ["old.Grouped", "old.Outer"]) {
      assert.throws(() => old(type), { name: "FatalError", code: "IGC_CONFIG_SCHEMA_INVALID", message: /is a group/ });
    }
  });

  it("takes a descriptor set as file, base64 or bytes", () => {
    const bytes = readFileSync(join(FIXTURES, "proto", "telemetry.desc"));
    for (const descriptorSet of [join(FIXTURES, "proto", "telemetry.desc"), bytes.toString("base64"), bytes]) {
      const codec = createProtoCodec({ descriptorSet, messageType: "plant.telemetry.v1.Badge" });
      assert.deepEqual(codec.decode(Buffer.from("0801", "hex")), { id: 1 });
    }
  });

  it("names the fault of a schema", () => {
    const fails = (options: ProtoOptions, code: string, message: RegExp) =>
      assert.throws(() => createProtoCodec({ folders: [folder], ...options }), { name: "FatalError", code, message });
    fails({ schemaPath: "none.proto", messageType: "A" }, "IGC_CONFIG_SCHEMA_FILE", /does not exist/);
    fails({ schemaPath: "shop.proto", messageType: "A" }, "IGC_CONFIG_SCHEMA_INVALID", /types\/money.proto/);
    fails({ messageType: "A" }, "IGC_CONFIG_SCHEMA_MISSING", /need a schema/);
    fails({ mode: "message", schemaPath: "old.proto" }, "IGC_CONFIG_SCHEMA_TYPE", /none is configured/);
    assert.throws(() => shop("shop.Ordr"), { code: "IGC_CONFIG_SCHEMA_TYPE", fix: /did you mean shop.Order\?/ });
    writeFileSync(join(folder, "bad.proto"), "message {");
    fails({ schemaPath: "bad.proto", messageType: "A" }, "IGC_CONFIG_SCHEMA_INVALID", /cannot be read/);
    writeFileSync(join(folder, "hole.proto"), 'syntax = "proto3"; message A { Missing m = 1; }');
    fails({ schemaPath: "hole.proto", messageType: "A" }, "IGC_CONFIG_SCHEMA_INVALID", /Missing/);
    fails({ descriptorSet: Buffer.from("ff", "hex"), messageType: "A" }, "IGC_CONFIG_SCHEMA_INVALID", /descriptor set/);
  });

  it("keeps every digit and every bit of scalars", () => {
    const codec = shop("shop.Scalars", { int64As: "number", emitDefaults: true });
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const exact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
    const int64 = fc
      .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }))
      .map(exact);
    const uint64 = fc
      .oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 54n }))
      .map(exact);
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const value = fc.record(
      {
        a: double,
        b: fc.float({ noNaN: true, noDefaultInfinity: true }).map(shortestFloat32),
        c: int32,
        d: int64,
        e: uint32,
        f: uint64,
        g: int32,
        h: int64,
        i: uint32,
        j: uint64,
        k: int32,
        l: int64,
        m: fc.boolean(),
        n: fc.string({ unit: "grapheme" }),
        o: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
        many: fc.array(int64),
        maybe: int64,
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(value, (scalars) => {
        assert.deepEqual(codec.decode(codec.encode(scalars)), scalars);
      }),
      { numRuns: 500 },
    );
  });

  it("decodes hostile bytes to a value or rejects them, and nothing else", () => {
    const codecs = [shop("shop.Order"), shop("shop.Scalars"), createProtoCodec()];
    const valid = Buffer.from(codecs[0]!.encode(ORDER));
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
        const bytes = Buffer.from(valid);
        bytes[at] = byte;
        return bytes;
      }),
      fc.nat(valid.length - 1).map((length) => valid.subarray(0, length)),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(...codecs), (bytes, codec) => {
        let error: unknown;
        try {
          codec.decode(bytes);
        } catch (thrown) {
          error = thrown;
        }
        assert.equal(codec.accepts(bytes, 0, bytes.length), error === undefined);
        if (error !== undefined)
          assert.ok(error instanceof RejectedError && error.code === "IGC_DECODE_PROTO", String(error));
      }),
      { numRuns: 3000 },
    );
  });
});
