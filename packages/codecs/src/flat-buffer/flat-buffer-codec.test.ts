import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RejectedError } from "@iggy-connectors/sdk";
import { FIXTURES, loadCodecCases } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { binarySchema, doublingBuffer } from "../../test/flat-schema.ts";
import { createFlatBufferCodec, type FlatBufferOptions } from "./flat-buffer-codec.ts";

describe("the FlatBuffers codec", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "flat-codec-"));
    writeFileSync(join(folder, "shapes.bfbs"), binarySchema());
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const telemetry = (options: FlatBufferOptions = {}) =>
    createFlatBufferCodec({ schemaPath: "flatbuffer/telemetry.bfbs", folders: [FIXTURES], ...options });
  const shapes = () => createFlatBufferCodec({ schemaPath: "shapes.bfbs", folders: [folder] });

  it("writes and reads structs in structs, arrays, vectors of unions, and unions of structs and strings", () => {
    const codec = shapes();
    const value = {
      transform: {
        origin: { x: 1, y: -2 },
        matrix: [1, 2, 3, 4],
        parts: [
          { x: 5, y: 6 },
          { x: 7, y: 8 },
        ],
      },
      shapes_type: ["Circle", "Point", "Text", "Circle"],
      shapes: [{ radius: 2.5 }, { x: 9, y: 10 }, "label", {}],
      main_type: "Point",
      main: { x: 11, y: 12 },
      big: ["18446744073709551615", 3],
      child: { child: { main_type: "Text", main: "deep" } },
      flags: [true, false],
    };
    const expected = { ...value, big: [18446744073709551615n, 3] };
    assert.deepEqual(codec.decode(codec.encode(value)), expected);
    const text = createFlatBufferCodec({ schemaPath: "shapes.bfbs", folders: [folder], int64As: "string" });
    assert.deepEqual(text.decode(codec.encode({ big: [1] })), { big: ["1"] });
    const padded = Buffer.concat([Buffer.from("ab"), codec.encode(value)]);
    assert.deepEqual(codec.decode(padded, 2), expected);
  });

  it("writes the same bytes at any position, and does not change what is before them", () => {
    const codec = shapes();
    const small = { child: { main_type: "Text", main: "deep" }, flags: [true] };
    const first = codec.encode(small);
    const copy = Buffer.from(first);
    assert.throws(() => codec.encode({ child: { flags: [1] } }), RejectedError);
    codec.encode({ main_type: "Text", main: "x".repeat(200_000) });
    codec.encode({ big: [1, 2, 3], transform: undefined });
    assert.deepEqual(Buffer.from(codec.encode(small)), copy);
    assert.deepEqual(Buffer.from(first), copy);
  });

  it("names the field that does not fit", () => {
    const codec = shapes();
    const wrong = (value: unknown, place: string, message: RegExp) =>
      assert.throws(() => codec.encode(value), { name: "RejectedError", code: "IGC_SOURCE_ENCODE", place, message });
    wrong({ transform: { origin: { x: 1 } } }, "transform.origin.y", /an integer is expected/);
    wrong({ shapes_type: ["Circle"], shapes: [{}, {}] }, "shapes[1]", /a name of demo.Shape, is expected/);
    wrong({ main: {} }, "main", /is expected beside it/);
    wrong({ child: { child: { flags: [1] } } }, "child.child.flags[0]", /true or false/);
    wrong({ big: [-1] }, "big[0]", /64 bits/);
    assert.throws(() => codec.encode([]), { message: /an object is expected/ });
    let deep: unknown = {};
    for (let level = 0; level < 100; level++) deep = { child: deep };
    assert.throws(() => codec.encode(deep), { message: /64 levels/ });
  });

  it("names the fault of a schema", () => {
    const fails = (options: FlatBufferOptions, code: string, message: RegExp) =>
      assert.throws(() => createFlatBufferCodec({ folders: [FIXTURES], ...options }), {
        name: "FatalError",
        code,
        message,
      });
    fails({ schemaPath: "none.bfbs" }, "IGC_CONFIG_SCHEMA_FILE", /does not exist/);
    fails({ schemaPath: "flatbuffer/telemetry.fbs" }, "IGC_CONFIG_SCHEMA_INVALID", /must be a binary schema/);
    fails(
      { schemaPath: "flatbuffer/telemetry.bfbs", rootType: "Reading" },
      "IGC_CONFIG_SCHEMA_TYPE",
      /no table "Reading"/,
    );
  });

  it("refuses buffers that represent more than the limits", () => {
    const codec = shapes();
    assert.throws(() => codec.decode(doublingBuffer(40)), {
      code: "IGC_DECODE_FLAT_BUFFER",
      message: /more than 1000000 tables/,
    });
  });

  const READING = loadCodecCases("flatbuffer.json").find(({ name }) => name === "reading_all_fields")!;
  const valid = Buffer.from(READING.input.hex!, "hex");

  it("reads what it writes, whatever the numbers", () => {
    const codec = telemetry();
    const exact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
    const value = fc.record(
      {
        id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(exact),
        sensor: fc.string({ unit: "grapheme" }),
        i8: fc.integer({ min: -128, max: -1 }),
        u32: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        i64: fc.bigInt({ min: -(2n ** 63n), max: -1n }).map(exact),
        dbl: fc.double({ noNaN: true, noDefaultInfinity: true, min: 1 }),
        samples: fc.array(fc.integer()),
        labels: fc.array(fc.string({ unit: "grapheme" })),
        maybe: fc.integer(),
        caps: fc.constantFrom("Read", "Read Write", "Admin"),
      },
      { requiredKeys: ["sensor"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(value, (reading) => {
        const read = codec.decode(codec.encode(reading)) as object;
        assert.deepEqual(Object.entries(read).sort(), Object.entries(reading).sort());
      }),
      { numRuns: 300 },
    );
  });

  it("decodes hostile bytes to a value or rejects them, and nothing else", () => {
    const codecs = [telemetry(), telemetry({ emitDefaults: true }), shapes()];
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = Buffer.from(valid);
        for (const [at, byte] of changes) bytes[at] = byte;
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
          assert.ok(error instanceof RejectedError && error.code === "IGC_DECODE_FLAT_BUFFER", String(error));
      }),
      { numRuns: 4000 },
    );
  });
});
