import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Schema } from "@iggy-connectors/sdk";
import { OutputBuffer, parseJson, SCHEMAS, stringifyJson } from "@iggy-connectors/sdk";
import { bytesOf, type CodecCase, loadFixtures, payloadOf } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { createAvroCodec } from "./avro/avro-codec.ts";
import { codecFor, SCHEMA_ALIASES } from "./plain/codec-for.ts";

type Case = CodecCase<{ readonly schema?: Schema }>;

/** `-0` is `0` for everybody who compares numbers. */
function numeric(value: unknown): unknown {
  return Object.is(value, -0) ? 0 : value;
}

const SUPPORTED: readonly (Schema | undefined)[] = ["json", "text", "raw"];

function runCase(test: Case, schema: Schema): void {
  const codec = codecFor(schema);
  const decoding = test.op === "decode" || test.op === "from_bytes" || test.op === "sink_delivery";
  if (decoding) {
    const bytes = bytesOf(test.input);
    assert.equal(codec.accepts(bytes, 0, bytes.length), test.expected_error === undefined);
    if (test.expected_error !== undefined) {
      assert.throws(() => codec.decode(bytes), { name: "RejectedError", code: `IGC_DECODE_${schema.toUpperCase()}` });
    } else {
      assert.deepEqual(
        numeric(schema === "json" ? structuredClone(codec.decode(bytes)) : codec.decode(bytes)),
        numeric(payloadOf(test.expected!).value),
      );
    }
    return;
  }
  const { kind, value } = payloadOf(test.input);
  if (test.expected_error !== undefined) {
    assert.throws(() => codec.encode(value, kind), { name: "RejectedError", code: "IGC_SOURCE_PAYLOAD_TYPE" });
    return;
  }
  const encoded = Buffer.from(codec.encode(value, kind));
  if (test.expected?.accepted !== true) assert.deepEqual(encoded, bytesOf(test.expected!));
  const output = new OutputBuffer(0);
  output.writeText("before");
  codec.encodeInto(value, kind, output);
  assert.deepEqual(Buffer.from(output.bytes.subarray(6, output.position)), encoded);
}

describe("codec vectors", () => {
  for (const test of loadFixtures<Case>("json.json")) it(`json: ${test.name}`, () => runCase(test, "json"));
  for (const test of loadFixtures<Case>("text_raw.json"))
    it(`text and raw: ${test.name}`, () => runCase(test, test.schema!));
  for (const test of loadFixtures<Case>("payload_conversions.json")) {
    const aliases = ["flatbuffer", "flatbuffers", "protobuf"];
    if (test.op === "parse_schema") {
      it(`spelling: ${test.name}`, () => {
        const text = test.input.schema!;
        assert.equal(SCHEMAS.includes(text as Schema), test.expected_error === undefined);
        assert.equal(SCHEMA_ALIASES.has(text), aliases.includes(text));
      });
    } else if (test.op === "to_bytes") {
      const { kind } = payloadOf(test.input);
      if (SUPPORTED.includes(kind)) it(`to bytes: ${test.name}`, () => runCase(test, kind));
    } else if (SUPPORTED.includes(test.config.schema)) {
      it(`${test.op}: ${test.name}`, () => runCase(test, test.config.schema!));
    }
  }
});

describe("codecFor", () => {
  it("refuses schemas that need settings", () => {
    for (const schema of ["avro", "proto", "flat_buffer"] as const) {
      assert.throws(() => codecFor(schema), { code: "IGC_CONFIG_SCHEMA_UNSUPPORTED", fix: /json, raw, text/ });
    }
  });
});

describe("JSON values", () => {
  const jsonValue = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.string({ unit: "grapheme" }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("__proto__")), tie("value"), { maxKeys: 4 }),
    ),
  })).value;

  /** What parsing makes of integers: small ones are numbers, even where the value holds a bigint; objects have the usual prototype. */
  function parsed(value: unknown): unknown {
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      const text = JSON.stringify(value);
      return /^-?\d+$/.test(text) && value < 2 ** 64 && value > -(2 ** 63) ? BigInt(text) : value;
    }
    if (Array.isArray(value)) return value.map(parsed);
    if (typeof value !== "object" || value === null) return value;
    const copy: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) {
      Object.defineProperty(copy, key, { value: parsed(member), enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  it("survive printing and parsing without losing a digit", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        assert.deepEqual(parseJson(Buffer.from(stringifyJson(value))), parsed(value));
      }),
      { numRuns: 1000 },
    );
  });

  it("keep long integers exact beside doubles and repeated keys", () => {
    const text =
      '{"a":9007199254740993,"a":18446744073709551615,"b":9007199254740993.0,"c":[-9223372036854775808],"__proto__":1e20}';
    const value = parseJson(Buffer.from(text)) as Record<string, unknown>;
    assert.equal(value.a, 18446744073709551615n);
    assert.equal(value.b, 9007199254740992);
    assert.equal(stringifyJson(value), text);
    assert.deepEqual(value.c, [-9223372036854775808n]);
    assert.ok(Object.hasOwn(value, "__proto__"));
  });

  it("keep keys with escapes apart from the keys of earlier objects", () => {
    const keys = ["\n", "\\n", '"', "\\", "\\\\", '\\"', "\\u0041", "A", "a\\", 'a"'];
    for (let round = 0; round < 3; round++) {
      for (const key of keys) {
        for (const rest of ["1", "12345678901234567890"]) {
          const text = `{"y":{"z":[]},${JSON.stringify(key)} : [ ${rest} , "\\"\\u00e9" , true,false,null,{},-1.5e3 ] }`;
          assert.deepEqual(structuredClone(parseJson(Buffer.from(text))), {
            y: { z: [] },
            [key]: [rest === "1" ? 1 : 12345678901234567890n, '"é', true, false, null, {}, -1500],
          });
        }
      }
    }
  });

  it("print as the platform does, bigint as integers, NaN as null", () => {
    assert.equal(
      stringifyJson({ n: 2n ** 64n, x: Number.NaN, y: [1n] }),
      '{"n":18446744073709551616,"x":null,"y":[1]}',
    );
    assert.equal(stringifyJson({ plain: 1 }), '{"plain":1}');
    assert.equal(stringifyJson({ later: 5n }), '{"later":5}');
  });

  it("print doubles beyond 64 bits so that they can be read back", () => {
    for (const value of [2 ** 64, -(2 ** 63), 1e20, -1e20, 2 ** 64 - 2048, 2 ** 63, 1e21, 123456789012345680000]) {
      const [read] = parseJson(Buffer.from(stringifyJson([value]))) as [number | bigint];
      assert.equal(Number(read), value);
    }
  });

  it("are refused where JSON cannot express them", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [undefined, () => 1, Symbol("s"), cycle]) {
      assert.throws(() => stringifyJson(value), { name: "RejectedError", code: "IGC_SOURCE_ENCODE" });
    }
  });

  it("name the position of the fault", () => {
    assert.throws(() => parseJson(Buffer.from('{"a":nul}')), {
      code: "IGC_DECODE_JSON",
      message: "the payload is not JSON: unexpected byte (at byte 8)",
    });
  });
});

describe("numbers beyond a type", () => {
  it("are refused with the field", () => {
    const fields = [
      { name: "n", type: "long" },
      { name: "x", type: "double" },
    ];
    const codec = createAvroCodec({
      schemaJson: JSON.stringify({ type: "record", name: "R", fields }),
      schemaPath: undefined,
    });
    for (const [text, field] of [
      ['{"n":18446744073709551616,"x":1}', "n"],
      ['{"n":1,"x":1e400}', "x"],
    ] as const) {
      assert.throws(() => codec.encode(parseJson(Buffer.from(text)), "json"), {
        name: "RejectedError",
        code: "IGC_SOURCE_ENCODE",
        message: new RegExp(`\\b${field}\\b`),
      });
    }
  });
});

describe("text", () => {
  it("refuses a lone surrogate instead of replacing it", () => {
    assert.throws(() => codecFor("text").encode("a\ud83d"), { code: "IGC_SOURCE_ENCODE" });
  });

  it("keeps a byte order mark", () => {
    assert.equal(codecFor("text").decode(Buffer.from("\ufeffa")), "\ufeffa");
  });
});
