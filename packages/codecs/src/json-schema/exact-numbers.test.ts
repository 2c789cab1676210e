import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { compileJsonSchema } from "./compile-json-schema.ts";

/** `ok`, or what the first violated rule demands, for a schema and a value as they are written. */
function outcome(schema: string, value: string): string {
  const check = compileJsonSchema(parseJson(Buffer.from(schema)), [], "2020-12");
  const violation = check((parseJson(Buffer.from(`{"value":${value}}`)) as { value: unknown }).value);
  return violation === undefined ? "ok" : `${violation.path.join("/")}: ${violation.demand}`;
}

const DRAFT_4 = '"$schema":"http://json-schema.org/draft-04/schema#",';

describe("numbers of a JSON Schema and of a value", () => {
  for (const [schema, good, bad, draft = ""] of [
    ['{"maximum":9007199254740992}', "9007199254740992", "9007199254740993"],
    ['{"maximum":9007199254740993}', "9007199254740993", "9007199254740994"],
    ['{"minimum":9007199254740993}', "9007199254740993.0", "9007199254740992"],
    ['{"exclusiveMinimum":9007199254740992}', "9007199254740993", "9007199254740992"],
    ['{"exclusiveMaximum":0.3}', "0.29999999999999999999", "0.30"],
    ['{"maximum":0.3}', "0.3", "0.30000000000000000001"],
    ['{"minimum":0.30000000000000000001}', "0.30000000000000000001", "0.3"],
    ['{"maximum":1e308}', "1e308", "1e400"],
    ['{"maximum":1e400}', "1e400", "1e401"],
    ['{"minimum":-1e400}', "-1e400", "-1e401"],
    ['{"exclusiveMinimum":0}', "1e-400", "-0"],
    ['{"multipleOf":0.1}', "0.3", "0.35"],
    ['{"multipleOf":0.01}', "1.10", "1.001"],
    ['{"multipleOf":0.1}', "0.30000000000000000", "0.30000000000000000001"],
    ['{"multipleOf":2}', "9007199254740994", "9007199254740993"],
    ['{"multipleOf":3}', "-9e400", "-1e400"],
    ['{"multipleOf":9007199254740993}', "18014398509481986", "18014398509481984"],
    ['{"multipleOf":1e-400}', "1e-400", "1e-401"],
    ['{"multipleOf":0.5}', "-0", "0.25"],
    ['{"type":"integer"}', "12345678901234567.0", "12345678901234567.5"],
    ['{"type":"integer"}', "1e400", "1e-400"],
    ['{"type":"integer"}', "1.0", "1.00000000000000000001"],
    ['{"const":1}', "1.0", "1.00000000000000000001"],
    ['{"const":0}', "-0", "1e-400"],
    ['{"const":9007199254740993}', "9007199254740993", "9007199254740992"],
    ['{"const":9007199254740992}', "9007199254740992", "9007199254740993"],
    ['{"const":0.30000000000000004}', "0.30000000000000004", "0.3000000000000000444"],
    ['{"const":1e400}', "10e399", "1e401"],
    ['{"const":{"a":[1,{"b":2.5}]}}', '{"a":[1.0,{"b":25e-1}]}', '{"a":[1,{"b":2.50000000000000000001}]}'],
    ['{"enum":[1,9007199254740993,"a",null]}', "9007199254740993", "9007199254740992"],
    ['{"enum":["1","a\\"b",[18446744073709551617]]}', "[18446744073709551617]", "[18446744073709551616]"],
    ['{"uniqueItems":true}', "[9007199254740992,9007199254740993]", "[9007199254740993,9007199254740993.0]"],
    ['{"uniqueItems":true}', '[1e400,1e401,"1e400"]', '[{"a":1e400,"b":2},{"b":2.0,"a":10e399}]'],
    ['{"uniqueItems":false,"items":{"maximum":1e400}}', "[1e400,1e400]", "[1e400,1e401]"],
    ['{"additionalProperties":{"maximum":9007199254740993}}', '{"__proto__":9007199254740993}', '{"__proto__":1e400}'],
    ['{"maximum":9007199254740993}', "9007199254740993", "9007199254740994", DRAFT_4],
    ['{"maximum":1e400,"exclusiveMaximum":true}', "1e399", "1e400", DRAFT_4],
    ['{"minimum":9007199254740993,"exclusiveMinimum":false}', "9007199254740993", "9007199254740992", DRAFT_4],
  ] as readonly (readonly [string, string, string, string?])[]) {
    it(`are compared with all digits: ${schema}, ${good}, ${bad}`, () => {
      assert.equal(outcome(`{${draft}"properties":{"n":${schema}}}`, `{"n":${good}}`), "ok");
      assert.equal(outcome(`{${draft}"items":${schema}}`, `[${good}]`), "ok");
      assert.match(outcome(`{${draft}"items":{"allOf":[${schema}]}}`, `[${bad}]`), /^0(\/|:)/);
    });
  }

  it("are named with all digits", () => {
    const value = "9007199254740995";
    for (const [schema, expected] of [
      ['{"maximum":9007199254740993}', ": must be <= 9007199254740993"],
      ['{"multipleOf":9007199254740993}', ": must be multiple of 9007199254740993"],
      ['{"enum":[9007199254740993,1.0]}', ": must be equal to one of the allowed values: [9007199254740993,1.0]"],
      ['{"items":{"maximum":1}}', "ok"],
    ] as const) {
      assert.equal(outcome(schema, value), expected);
    }
    assert.equal(
      outcome('{"items":{"properties":{"a":{"maximum":1.5}}}}', '[{"a":1},{"a":1.50000000000000000001}]'),
      "1/a: must be <= 1.5",
    );
  });

  it("leave a value as it is", () => {
    const text = '{"a":[9007199254740993,1.10,12345678901234567.5],"b":{"c":1e-400}}';
    const value = parseJson(Buffer.from(text));
    const before = structuredClone(value);
    assert.equal(compileJsonSchema({ properties: { a: { maxItems: 3 } } }, [], "2020-12")(value), undefined);
    assert.deepEqual(structuredClone(value), before);
  });

  it("are the same for the comparisons of doubles and of digits", () => {
    const number = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.double({ min: -3, max: 3, noNaN: true }));
    const keyword = fc.constantFrom(
      "minimum",
      "maximum",
      "exclusiveMinimum",
      "exclusiveMaximum",
      "const",
      "multipleOf",
    );
    fc.assert(
      fc.property(keyword, number, number, fc.boolean(), (rule, limit, value, near) => {
        fc.pre(rule !== "multipleOf" || limit > 0);
        const seen = JSON.stringify(near ? limit : value);
        const schema = { properties: { v: { [rule]: limit } } };
        const check = compileJsonSchema(JSON.parse(JSON.stringify(schema)), [], "2020-12");
        const [plain, exact] = [`{"v":${seen}}`, `{"v":${seen},"long":9007199254740993}`].map((text) =>
          check(parseJson(Buffer.from(text))),
        );
        assert.deepEqual(plain?.path, exact?.path);
        assert.equal(plain?.rule, exact?.rule);
      }),
      { numRuns: 300 },
    );
  });
});
