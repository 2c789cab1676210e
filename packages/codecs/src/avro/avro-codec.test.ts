import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RejectedError } from "@iggy-connectors/sdk";
import { FIXTURES } from "@iggy-connectors/test-support";
import avsc from "avsc";
import fc from "fast-check";
import { shortestFloat32 } from "../primitives/floats.ts";
import { type AvroOptions, createAvroCodec } from "./avro-codec.ts";

const codecOf = (schema: unknown, options: AvroOptions = {}) =>
  createAvroCodec({ schemaJson: JSON.stringify(schema), ...options });
const record = (name: string, fields: unknown[], more = {}) => ({ type: "record", name, fields, ...more });
const field = (name: string, type: unknown, more = {}) => ({ name, type, ...more });

describe("the avro codec", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "avro-codec-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A codec that reads what `writer` wrote as `reader`. */
  function evolved(writer: unknown, reader: unknown, options: AvroOptions = {}) {
    const path = join(folder, "reader.avsc");
    writeFileSync(path, JSON.stringify(reader));
    return codecOf(writer, { readerSchemaPath: path, ...options });
  }

  it("reads older data with a newer schema: added, removed, reordered and renamed fields, promotions", () => {
    const writer = record("R", [
      field("gone", "string"),
      field("a", "int"),
      field("b", "float"),
      field("old", "string"),
    ]);
    const reader = record("R", [
      field("b", "double"),
      field("a", "long"),
      field("fresh", "bytes", { default: "\u00ff!" }),
      field("maybe", ["null", "string"], { default: null }),
      field("list", { type: "array", items: "int" }, { default: [1, 2] }),
      field("named", "bytes", { aliases: ["old"] }),
    ]);
    const bytes = codecOf(writer).encode({ gone: "x", a: 7, b: 0.5, old: "hé" });
    const codec = evolved(writer, reader);
    const expected = { a: 7, b: 0.5, fresh: [255, 33], maybe: null, list: [1, 2], named: [...Buffer.from("hé")] };
    assert.deepEqual(codec.decode(bytes), expected);
    (codec.decode(bytes) as { list: number[] }).list.push(3);
    assert.deepEqual(codec.decode(bytes), expected);
    assert.equal((evolved(writer, reader, { logical: "logical" }).decode(bytes) as { fresh: string }).fresh, "/yE=");
  });

  it("writes texts and longs as avsc does, where their form changes its size", () => {
    const type = record("R", [field("text", "string"), field("long", "long"), field("behind", "int")]);
    const theirs = avsc.Type.forSchema(type as avsc.Schema);
    const codec = codecOf(type);
    const lengths = [0, 1, 20, 31, 32, 33, 62, 63, 64, 65, 4095, 4096, 8190, 8191, 8192, 8193];
    const longs = [2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32 + 1, 2 ** 51, 2 ** 52 - 1, 2 ** 52, 2 ** 53 - 1];
    for (const character of ["a", "é", "€", "😀"]) {
      for (const [at, length] of lengths.entries()) {
        for (const sign of [1, -1]) {
          const value = { text: character.repeat(length), long: sign * longs[at % longs.length]!, behind: 7 };
          // avsc itself has no longs beyond 2⁵³ − 1 in magnitude once they are doubled by its zigzag form.
          if (Math.abs(value.long) < 2 ** 52)
            assert.deepEqual(Buffer.from(codec.encode(value)), theirs.toBuffer(value));
          assert.deepEqual(codec.decode(codec.encode(value)), value);
        }
      }
    }
  });

  it("names the field of a fault behind and between others, in unions, lists and maps", () => {
    const inner = record("Inner", [field("n", "int"), field("m", "int")]);
    const codec = codecOf(
      record("R", [
        field("list", { type: "array", items: inner }),
        field("map", { type: "map", values: "string" }),
        field("maybe", ["null", "Inner"]),
        field("last", "int"),
      ]),
    );
    const good = { list: [{ n: 1, m: 2 }], map: { a: "x" }, maybe: { n: 1, m: 2 }, last: 1 };
    codec.encode(good);
    for (const [change, place] of [
      [{ list: [...good.list, { n: 1, m: "x" }] }, "list[1].m"],
      [{ map: { a: "x", b: 5 } }, "map.b"],
      [{ maybe: { n: 1, m: "x" } }, "maybe.m"],
      [{ last: "x" }, "last"],
    ] as const) {
      assert.throws(
        () => codec.encode({ ...good, ...change }),
        (error) => error instanceof RejectedError && error.place === place,
      );
    }
  });

  it("resolves unions, enums, records by alias, and recursion", () => {
    assert.equal(evolved("int", ["null", "long"]).decode(codecOf("int").encode(5)), 5);
    assert.deepEqual(evolved("int", ["string", "long"], { unions: "tagged" }).decode(codecOf("int").encode(5)), {
      long: 5,
    });
    const union = evolved(["string", "int"], "long");
    assert.equal(union.decode(codecOf(["string", "int"]).encode(3)), 3);
    assert.throws(() => union.decode(codecOf(["string", "int"]).encode("x")), {
      code: "IGC_DECODE_AVRO",
      message: /cannot be read/,
    });
    const suits = (symbols: string[], more = {}) => ({ type: "enum", name: "S", symbols, ...more });
    const enums = evolved(suits(["A", "B", "C"]), suits(["C", "A"], { default: "C" }));
    assert.deepEqual(
      ["A", "B", "C"].map((symbol) => enums.decode(codecOf(suits(["A", "B", "C"])).encode(symbol))),
      ["A", "C", "C"],
    );
    const node = (name: string, more: unknown[], own = {}) =>
      record(name, [field("v", "int"), field("next", ["null", name]), ...more], own);
    const list = evolved(node("Old", []), node("New", [field("w", "string", { default: "d" })], { aliases: ["Old"] }));
    assert.deepEqual(list.decode(codecOf(node("Old", [])).encode({ v: 1, next: { v: 2, next: null } })), {
      v: 1,
      next: { v: 2, next: null, w: "d" },
      w: "d",
    });
  });

  it("refuses a reader's schema that can never read the data", () => {
    for (const [writer, reader, message] of [
      ["string", "int", /writer's string/],
      [record("R", []), record("R", [field("a", "int")]), /has no default/],
      [["null", "string"], "int", /cannot be read/],
      [{ type: "fixed", name: "F", size: 2 }, { type: "fixed", name: "F", size: 3 }, /cannot be read/],
    ] as const) {
      assert.throws(() => evolved(writer, reader), { name: "FatalError", code: "IGC_CONFIG_SCHEMA_INVALID", message });
    }
  });

  it("tags the values of unions, both ways", () => {
    const codec = codecOf(["null", "string", "bytes", record("R", [field("u", ["null", "int"])], { namespace: "n" })], {
      unions: "tagged",
    });
    for (const value of [null, { string: "x" }, { bytes: [1] }, { "n.R": { u: { int: 1 } } }, { "n.R": { u: null } }]) {
      assert.deepEqual(codec.decode(codec.encode(value)), value);
    }
    assert.throws(() => codec.encode({ long: 1 }), { code: "IGC_SOURCE_ENCODE", message: /one key of null, string/ });
  });

  it("keeps every digit of decimals and times", () => {
    const decimal = codecOf(
      { type: "bytes", logicalType: "decimal", precision: 40, scale: 10 },
      { logical: "logical" },
    );
    const digits = fc.tuple(
      fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }),
      fc.bigInt({ min: 0n, max: 10n ** 10n - 1n }),
    );
    fc.assert(
      fc.property(digits, ([whole, fraction]) => {
        const text = `${whole}.${String(fraction).padStart(10, "0")}`;
        assert.equal(decimal.decode(decimal.encode(text)), text === "-0.0000000000" ? "0.0000000000" : text);
      }),
    );
    assert.throws(() => decimal.encode("0.00000000001"), { message: /at most 10 digits after/ });
    assert.throws(() => decimal.encode(`1${"0".repeat(31)}`), { message: /at most 40 digits/ });
    for (const [logicalType, type, text] of [
      ["timestamp-nanos", "long", "2026-03-01T12:00:00.000000001Z"],
      ["timestamp-micros", "long", "1960-01-01T00:00:00.000001Z"],
      ["local-timestamp-millis", "long", "2026-03-01T12:00:00.001"],
      ["time-micros", "long", "23:59:59.999999"],
      ["date", "int", "1969-12-31"],
    ]) {
      const codec = codecOf({ type, logicalType }, { logical: "logical" });
      assert.equal(codec.decode(codec.encode(text)), text);
      assert.throws(() => codec.encode("soon"), { code: "IGC_SOURCE_ENCODE" });
    }
    const uuid = codecOf({ type: "fixed", name: "U", size: 16, logicalType: "uuid" }, { logical: "logical" });
    assert.equal(
      uuid.decode(uuid.encode("6f1c3b1e-2a4d-4f6b-9a10-0123456789ab")),
      "6f1c3b1e-2a4d-4f6b-9a10-0123456789ab",
    );
  });

  it("names the field that does not fit", () => {
    const schema = record("Order", [field("lines", { type: "array", items: record("Line", [field("count", "int")]) })]);
    const codec = codecOf(schema);
    assert.throws(() => codec.encode({ lines: [{ count: 1 }, { count: "x" }] }), {
      code: "IGC_SOURCE_ENCODE",
      place: "lines[1].count",
      message:
        /^the value cannot be written as an Avro datum of type Order: lines\[1\].count: an integer is expected, not a string$/,
    });
    const bytes = Buffer.from("0402ffffffffff01", "hex");
    assert.throws(() => codec.decode(bytes), { code: "IGC_DECODE_AVRO", place: "lines[1].count" });
    const optional = codecOf(record("Outer", [field("inner", ["null", record("Inner", [field("a", "int")])])]));
    assert.throws(() => optional.encode({ inner: { a: "x" } }), { place: "inner.a" });
  });

  it("bounds what hostile counts can cost", () => {
    const nothing = codecOf({ type: "array", items: "null" });
    assert.throws(() => nothing.decode(Buffer.from("feffffffff0f00", "hex")), { message: /take no bytes/ });
    const ints = codecOf({ type: "array", items: "int" });
    assert.throws(() => ints.decode(Buffer.from("feffffffff0f00", "hex")), { message: /more elements than bytes/ });
    const text = codecOf("string");
    assert.throws(() => text.decode(Buffer.from("feffffffff0f00", "hex")), { message: /beyond the end/ });
    const deep = codecOf(record("N", [field("next", ["null", "N"])]));
    assert.throws(() => deep.decode(Buffer.alloc(5000, 2)), { message: /too many levels/ });
    let value: unknown = null;
    for (let level = 0; level < 5000; level++) value = { next: value };
    assert.throws(() => deep.encode(value), { code: "IGC_SOURCE_ENCODE" });
  });

  it("names the fault of a schema", () => {
    for (const [schema, message] of [
      ["{", /is not JSON/],
      ['{"type":"record","name":"R"}', /is not valid/],
      ['"nothing.Such"', /is not valid/],
      ['{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}', /is not valid/],
    ] as const) {
      assert.throws(() => createAvroCodec({ schemaJson: schema }), { code: "IGC_CONFIG_SCHEMA_INVALID", message });
    }
  });

  const ORDER = readFileSync(join(FIXTURES, "avro", "order.avsc"), "utf8");
  const order = createAvroCodec({ schemaJson: ORDER });
  const judge = avsc.Type.forSchema(JSON.parse(ORDER), { wrapUnions: false });

  it("decodes the same values as avsc", () => {
    const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const exact = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    // Beyond 2⁵² avsc itself loses the sign.
    const safe = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const list = (value: Uint8Array) => [...value];
    const text = fc.string({ unit: "grapheme" });
    const address = fc.record({ street: text, geo: fc.option(fc.record({ lat: double, lon: double })) });
    const value = fc.record({
      id: safe,
      customer: text,
      note: fc.option(text),
      total: fc.uint8Array({ minLength: 1, maxLength: 6 }).map(list),
      created: safe,
      created_us: safe,
      day: exact,
      at_ms: exact,
      at_us: safe,
      uid: fc.uuid(),
      status: fc.constantFrom("NEW", "PAID", "SENT"),
      hash: bytes.map(list),
      blob: fc.uint8Array().map(list),
      tags: fc.array(text),
      // avsc loses a key of that name; the next test has it.
      attrs: fc.dictionary(
        text.filter((key) => key !== "__proto__"),
        safe,
        { noNullPrototype: true },
      ),
      ship_to: address,
      bill_to: fc.option(address),
      ratio: fc.float({ noNaN: true, noDefaultInfinity: true }).map(shortestFloat32),
      score: double,
      flag: fc.boolean(),
      count: exact,
      choice: fc.oneof(fc.constant(null), safe, text, fc.boolean()),
      span: fc.uint8Array({ minLength: 12, maxLength: 12 }).map(list),
      fixed_amount: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(list),
    });
    fc.assert(
      fc.property(value, (written) => {
        const encoded = Buffer.from(order.encode(written));
        const read = JSON.parse(JSON.stringify(judge.fromBuffer(encoded)), (_key, member) =>
          member?.type === "Buffer" ? member.data : member,
        );
        // avsc widens a float to a double.
        read.ratio = shortestFloat32(read.ratio);
        assert.deepEqual(JSON.parse(JSON.stringify(order.decode(encoded))), read);
        assert.deepEqual(read, JSON.parse(JSON.stringify(written)));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps a map's key __proto__", () => {
    const codec = codecOf({ type: "map", values: "long" });
    const written: unknown = JSON.parse('{"a":1,"__proto__":2}');
    assert.equal(JSON.stringify(codec.decode(codec.encode(written))), '{"a":1,"__proto__":2}');
  });

  it("decodes hostile bytes to a value or rejects them, and nothing else", () => {
    const valid = Buffer.from(loadOrder(), "hex");
    const codecs = [order, createAvroCodec({ schemaJson: ORDER, logical: "logical", unions: "tagged" })];
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
          assert.ok(error instanceof RejectedError && error.code === "IGC_DECODE_AVRO", String(error));
      }),
      { numRuns: 3000 },
    );
  });
});

function loadOrder(): string {
  const cases = JSON.parse(readFileSync(join(FIXTURES, "avro.json"), "utf8")) as {
    name: string;
    input: { hex: string };
  }[];
  return cases.find(({ name }) => name === "order_all_types")!.input.hex;
}
