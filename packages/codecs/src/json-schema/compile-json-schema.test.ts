import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileJsonSchema, type NamedSchema } from "./compile-json-schema.ts";

/** `ok`, or the first violation. */
function outcome(schema: unknown, value: unknown, references: readonly NamedSchema[] = []): string {
  const violation = compileJsonSchema(schema, references, "draft-07")(value);
  return violation === undefined ? "ok" : `${violation.path.join("/")}: ${violation.demand}`;
}

const limits4 = { properties: { n: { minimum: 0, exclusiveMinimum: true } } };
const limits6 = { properties: { n: { exclusiveMinimum: 0 } } };

describe("the drafts of JSON Schema", () => {
  for (const [dialect, schema, good, bad] of [
    ["http://json-schema.org/draft-04/schema#", limits4, { n: 1 }, { n: 0 }],
    ["http://json-schema.org/draft-04/schema", limits4, { n: 1 }, { n: 0 }],
    ["https://json-schema.org/draft-04/schema#", { ...limits4, id: "https://e.org/a.json" }, { n: 1 }, { n: 0 }],
    ["http://json-schema.org/draft-06/schema#", limits6, { n: 1 }, { n: 0 }],
    ["https://json-schema.org/draft-06/schema", { ...limits6, $id: "a.json" }, { n: 1 }, { n: 0 }],
    ["http://json-schema.org/draft-07/schema#", { if: { type: "number" }, else: { minLength: 2 } }, "ab", "a"],
    ["https://json-schema.org/draft-07/schema", { const: 1 }, 1, 2],
    ["https://json-schema.org/draft/2019-09/schema", { unevaluatedProperties: false }, {}, { a: 1 }],
    ["http://json-schema.org/draft/2019-09/schema#", { dependentRequired: { a: ["b"] } }, {}, { a: 1 }],
    ["https://json-schema.org/draft/2020-12/schema", { prefixItems: [{ type: "string" }] }, ["a"], [1]],
    ["http://json-schema.org/draft/2020-12/schema#", { prefixItems: [{ type: "string" }] }, ["a"], [1]],
    ["http://json-schema.org/schema#", { items: [{ type: "string" }] }, ["a"], [1]],
  ] as const) {
    it(`are understood: ${dialect} with ${Object.keys(schema).join(", ")}`, () => {
      assert.equal(outcome({ $schema: dialect, ...schema }, good), "ok");
      assert.notEqual(outcome({ $schema: dialect, ...schema }, bad), "ok");
    });
  }

  it("are named where one is not", () => {
    for (const $schema of ["http://json-schema.org/draft-03/schema#", "https://example.org/own", 7]) {
      assert.throws(() => outcome({ $schema }, 1), /its dialect .* are draft-04, draft-06, draft-07, 2019-09, 2020-12/);
    }
  });

  it("can be a boolean", () => {
    assert.equal(outcome(true, 1), "ok");
    assert.notEqual(outcome(false, 1), "ok");
    assert.throws(() => outcome(5, 1), /must be an object/);
  });
});

describe("references between schemas", () => {
  const text = { type: "string" };
  const name = { properties: { v: text } };

  for (const [title, root, references] of [
    ["by a name alone", { $ref: "a.json" }, [{ name: "a.json", schema: name }]],
    ["by a name with a dot", { $ref: "./a.json" }, [{ name: "a.json", schema: name }]],
    [
      "by a fragment of a name",
      { $ref: "a.json#/definitions/x" },
      [{ name: "a.json", schema: { definitions: { x: name } } }],
    ],
    [
      "relative to the root's address",
      { $id: "https://e.org/s/root.json", $ref: "a.json" },
      [{ name: "a.json", schema: name }],
    ],
    [
      "by the whole address, found by a relative name",
      { $id: "https://e.org/s/root.json", $ref: "https://e.org/s/a.json" },
      [{ name: "a.json", schema: name }],
    ],
    [
      "by the other's own address",
      { $ref: "https://e.org/a" },
      [{ name: "a.json", schema: { $id: "https://e.org/a", ...name } }],
    ],
    ["by a URN", { $ref: "urn:e:a" }, [{ name: "urn:e:a", schema: name }]],
    [
      "from folder to folder",
      { $id: "https://e.org/s/root.json", $ref: "x/a.json" },
      [
        { name: "b.json", schema: name },
        { name: "x/a.json", schema: { $ref: "b.json" } },
      ],
    ],
    ["up and down", { $id: "https://e.org/s/root.json", $ref: "../t/a.json" }, [{ name: "../t/a.json", schema: name }]],
    [
      "to a schema within the other, by its own address",
      { $ref: "a.json/inner" },
      [{ name: "a.json", schema: { $id: "a.json/", definitions: { x: { $id: "inner", ...name } } } }],
    ],
    [
      "of draft 4",
      { $schema: "http://json-schema.org/draft-04/schema#", id: "http://e.org/root.json", allOf: [{ $ref: "a.json" }] },
      [{ name: "a.json", schema: name }],
    ],
    [
      "of draft 7 from 2019-09",
      { $schema: "https://json-schema.org/draft/2019-09/schema", $ref: "a.json" },
      [{ name: "a.json", schema: { $schema: "http://json-schema.org/draft-07/schema#", ...name } }],
    ],
  ] as const) {
    it(`are found ${title}`, () => {
      assert.equal(outcome(root, { v: "x" }, references), "ok");
      assert.equal(outcome(root, { v: 1 }, references), "v: must be string");
    });
  }

  it("are named where they are missing, or of drafts that do not go together", () => {
    assert.throws(() => outcome({ $ref: "b.json" }, 1), /b\.json/);
    assert.throws(
      () =>
        outcome({ $schema: "http://json-schema.org/draft-04/schema#" }, 1, [
          { name: "a", schema: { $schema: "https://json-schema.org/draft/2020-12/schema" } },
        ]),
      /draft-04 and of later drafts/,
    );
  });
});

describe("violations", () => {
  for (const [schema, value, expected] of [
    [{ properties: { a: { items: { type: "integer" } } } }, { a: [1, "x"] }, "a/1: must be integer"],
    [{ required: ["a"] }, {}, ": must have required property 'a'"],
    [{ additionalProperties: false }, { b: 1 }, ': must NOT have additional properties: "b"'],
    [{ enum: ["a", "b"] }, "c", ': must be equal to one of the allowed values: ["a","b"]'],
    [{ properties: { "x/y": { type: "null" } } }, { "x/y": 1 }, "x/y: must be null"],
    [{ pattern: "^(?!x)(a+)+$" }, `${"a".repeat(60)}!`, ": the pattern ^(?!x)(a+)+$ takes longer than 100 ms"],
    [
      { patternProperties: { "^(a+)+$": { type: "null" } } },
      { [`${"a".repeat(1000)}`]: 1 },
      `${"a".repeat(1000)}: must be null`,
    ],
    [{ propertyNames: { pattern: "^a\\s" } }, { "a\u00a0": 1 }, "ok"],
    [{ format: "url" }, `http://[${"1:".repeat(100_000)}`, ': must match format "url"'],
    [{ maximum: 10 }, 2n ** 70n, ": must be <= 10"],
  ] as const) {
    it(`name the place and the rule: ${JSON.stringify(schema)}`, () => assert.equal(outcome(schema, value), expected));
  }

  it("tell two patterns of one schema apart", () => {
    const schema = { properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } } };
    assert.equal(outcome(schema, { a: "a", b: "b" }), "ok");
    assert.equal(outcome(schema, { a: "a", b: "a" }), 'b: must match pattern "^b$"');
  });
});
