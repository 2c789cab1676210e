import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { describe, it } from "node:test";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { parseJson, validateJson } from "./json.ts";
import { faultOf } from "./json-fault.ts";
import {
  JSON_BEYOND_ASCII,
  JSON_ESCAPED_KEY,
  JSON_ESCAPED_TOP_KEY,
  JSON_INEXACT,
  JSON_OBJECT,
  MAX_JSON_DEPTH,
  MemberSpans,
  scanJson,
} from "./json-scan.ts";

const RUNS = { numRuns: 3000 };

/**
 * The rules of the decoder, told a second time with the platform's own means: the oracle of the properties below. Looks at
 * the tokens of what `JSON.parse` takes, since a repeated key hides parts of the text from the value.
 */
function isJson(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return tokens.every((token) => (JSON.parse(token) as string).isWellFormed());
}

const mutation = fc.record({
  at: fc.nat(400),
  remove: fc.nat(3),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom(...'{}[],:"\\ \n0-+.eEtfnu\u00e9'.split(""))
      .map((character) => new TextEncoder().encode(character)),
  ),
});

describe("scanJson", () => {
  it("accepts exactly what the decoder's rules allow, for arbitrary JSON", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bytes = Buffer.from(text);
        assert.equal(validateJson(bytes), isJson(bytes));
      }),
      RUNS,
    );
  });

  it("accepts exactly what the decoder's rules allow, for mutated JSON", () => {
    fc.assert(
      fc.property(jsonText, fc.array(mutation, { minLength: 1, maxLength: 3 }), (text, mutations) => {
        let bytes = Buffer.from(text);
        for (const { at, remove, insert } of mutations) {
          const place = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
        }
        assert.equal(validateJson(bytes), isJson(bytes));
      }),
      RUNS,
    );
  });

  it("agrees with the decoder at any position of the text in its buffer", () => {
    fc.assert(
      fc.property(jsonText, fc.nat(400), fc.uint8Array({ maxLength: 8 }), (text, cut, around) => {
        const whole = Buffer.from(text);
        const bytes = whole.subarray(0, whole.length - (cut % (whole.length + 1)));
        const buffer = Buffer.concat([around, bytes, whole.subarray(bytes.length), around]);
        const end = around.length + bytes.length;
        const accepted = validateJson(buffer, around.length, end);
        assert.equal(accepted, isJson(bytes));
        if (accepted) parseJson(buffer, around.length, end);
        else assert.throws(() => parseJson(buffer, around.length, end), { code: "IGC_DECODE_JSON" });
      }),
      RUNS,
    );
  });

  it("agrees with the decoder on every pair of bytes within a string", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const bytes = Uint8Array.of(0x22, first, second, 0xbf, 0x22);
        assert.equal(validateJson(bytes), isJson(bytes), `${first} ${second}`);
      }
    }
  });

  it("limits the nesting", () => {
    const nested = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));
    assert.equal(validateJson(nested(MAX_JSON_DEPTH + 1)), true);
    const tooDeep = nested(MAX_JSON_DEPTH + 2);
    assert.match(faultOf(tooDeep, 0, tooDeep.length, scanJson(tooDeep, 0, tooDeep.length)).message, /nesting/);
    const objects = Buffer.from(`${'{"a":'.repeat(MAX_JSON_DEPTH)}1${"}".repeat(MAX_JSON_DEPTH)}`);
    assert.equal(validateJson(objects), true);
  });

  it("names what it found", () => {
    const scan = (text: string) => scanJson(Buffer.from(text), 0, Buffer.byteLength(text));
    assert.equal(scan("[{}]"), 0);
    assert.equal(scan('{"a":{"b":"\\n"}}'), JSON_OBJECT);
    assert.equal(scan('{"a":{"b\\n":1}}'), JSON_OBJECT | JSON_ESCAPED_KEY);
    assert.equal(scan('[{"b\\n":1}]'), JSON_ESCAPED_KEY);
    assert.equal(scan('{"a\\n":1}'), JSON_OBJECT | JSON_ESCAPED_KEY | JSON_ESCAPED_TOP_KEY);
    assert.equal(scan("[1234567890123456,1.0]"), 0);
    assert.equal(scan('["é"]'), JSON_BEYOND_ASCII);
  });

  it("finds what the platform's parser would lose, and nothing else in usual messages", () => {
    const scan = (text: string) => scanJson(Buffer.from(text), 0, Buffer.byteLength(text), undefined, true);
    const same = ["999999999999999", "0", "-1", "0.5", "-0.5", "1.5", "123456.789", "0.000001", "0.30000000000000004"];
    for (const number of [...same, "1.7976931348623157e+308", "12345678901234.5"]) {
      const bits = scan(`[${number}]`);
      assert.equal(bits & JSON_INEXACT, number.includes("e") ? bits : 0, number);
    }
    const other = [
      "-0",
      "1.0",
      "1.10",
      "0.0",
      "1e2",
      "1E2",
      "1e400",
      "1234567890123456",
      "0.0000001",
      "1234567890.12345678",
    ];
    for (const number of [...other, "0.1234567890123456789", "0.1000000000000000055"]) {
      assert.equal(scan(`[${number}]`), JSON_INEXACT, number);
    }
    assert.equal(scan('{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}],"01":1,"4294967295x":1}'), JSON_OBJECT | JSON_INEXACT);
    assert.equal(scan('{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}],"4294967295x":1}'), JSON_OBJECT);
    for (const text of ['{"a":1,"b":2,"a":3}', '{"x":{"b":1},"":0,"x":2}', '{"10":1}', '{"":1,"":2}']) {
      assert.equal(scan(text), JSON_OBJECT | JSON_INEXACT, text);
    }
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    assert.equal(scan(nested(16)), JSON_OBJECT);
    const many = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index])));
    assert.equal(scan(many(192)), JSON_OBJECT);
    assert.equal(scan(`{"first":{},${many(180).slice(1, -1)},"first":1}`), JSON_OBJECT | JSON_INEXACT);
  });

  it("gives position and reason when a text is not JSON", () => {
    const cases: readonly (readonly [string | Uint8Array, number, RegExp])[] = [
      ["", 0, /empty/],
      ['{"a":', 5, /unexpected end/],
      ['{"a" 1}', 5, /unexpected/],
      ["\ufeff{}", 0, /byte order mark/],
      ['"a\nb"', 2, /control/],
      ['"a\\x"', 2, /escape/],
      ['"\\udc1d"', 1, /surrogate/],
      ['"\\udc1d\\udc1d"', 1, /surrogate/],
      ['"\\ud83d\\ud83d"', 1, /surrogate/],
      [Uint8Array.of(0x22, 0xff, 0x22), 1, /UTF-8/],
    ];
    for (const [input, offset, message] of cases) {
      const bytes = Buffer.concat([Buffer.from("xx"), Buffer.from(input as string)]);
      const fault = faultOf(bytes, 2, bytes.length, scanJson(bytes, 2, bytes.length));
      assert.equal(fault.offset, offset, String(input));
      assert.match(fault.message, message);
    }
  });

  it("records the members of a top-level object, and of no other", () => {
    const members = new MemberSpans();
    const text = ' { "a" : 1 , "bé":[{"x":2}] ,"c":{"d":"}"} }';
    const bytes = Buffer.from(text);
    scanJson(bytes, 0, bytes.length, members);
    const seen = Array.from({ length: members.length }, (_, index) => [
      bytes.toString("utf8", members.spans[index * 3], members.spans[index * 3 + 1]),
      bytes.toString("utf8", members.spans[index * 3], members.spans[index * 3 + 2]),
    ]);
    assert.deepEqual(seen, [
      ['"a"', '"a" : 1'],
      ['"bé"', '"bé":[{"x":2}]'],
      ['"c"', '"c":{"d":"}"}'],
    ]);
    for (const other of ['[{"a":1}]', "{}", '"a"', "1"]) {
      scanJson(Buffer.from(other), 0, other.length, members);
      assert.equal(members.length, 0, other);
    }
    const many = Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]))),
    );
    scanJson(many, 0, many.length, members);
    assert.equal(members.length, 500);
  });
});
