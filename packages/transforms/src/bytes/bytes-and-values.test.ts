import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText, makeFrames, PARTITION } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan, type PlanResult } from "../plan/batch-plan.ts";

/** Chains that run on bytes; each is compared with the same chain on decoded values. */
const CHAINS: readonly (readonly Readonly<Record<string, unknown>>[])[] = [
  [
    { type: "add_fields", fields: [{ key: "a", value: { static: "new" } }] },
    { type: "update_fields", fields: [{ key: "b", value: { static: { n: 1 } }, condition: "key_exists" }] },
    { type: "delete_fields", fields: ["c"] },
  ],
  [{ type: "rename_fields", fields: { a: "b", b: "a", c: "é" }, on_conflict: "replace" }],
  [{ type: "filter_fields", patterns: [{ key_pattern: { starts_with: "a" } }], keep_fields: ["b"] }],
  [{ type: "filter", condition: "payload.a == 1" }],
  [{ type: "filter", condition: 'payload.a > payload.b || payload.c == "é"', mode: "drop" }],
  [{ type: "filter", condition: "has(payload.a) && !has(payload.b)" }],
  [{ type: "filter", condition: "payload.a.a == null || size(payload.b) > 1" }],
  [{ type: "filter", condition: "payload.a" }],
  [{ type: "filter", condition: "true" }],
  [
    { type: "rename_fields", fields: { a: "b", b: "c" } },
    { type: "filter", condition: "has(payload.c)" },
  ],
  [
    { type: "add_fields", fields: [{ key: "a", value: { static: [1] } }] },
    { type: "filter", condition: "size(payload.a) == 1" },
    { type: "filter_fields", patterns: [{ key_pattern: { regex: "^[a-b]" } }], keep_fields: ["c"] },
  ],
  [
    { type: "update_fields", fields: [{ key: "a", value: { static: 1 }, condition: "key_exists" }] },
    { type: "delete_fields", fields: ["b"] },
    { type: "filter_fields", keep_fields: ["a", "é"] },
  ],
];

const key = fc.constantFrom("a", "b", "c", "é", "ab", "0", "\\u0061", "__proto__");
const small = fc.constantFrom("1", "2.5", "null", '"é"', "true", "[1]", '{"a":null}', "12345678901234567890", "-0");
const document = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.tuple(key, fc.oneof(small, jsonText)), { maxLength: 5 }).map(objectOf) },
  { weight: 1, arbitrary: jsonText },
);

/** Documents as a topic has them: some in a row have the same keys. */
const documents = fc
  .array(
    fc.oneof(
      document.map((one) => [one]),
      fc
        .tuple(
          fc.array(key, { maxLength: 4 }),
          fc.array(fc.array(small, { minLength: 4, maxLength: 4 }), { maxLength: 4 }),
        )
        .map(([keys, rows]) => rows.map((values) => objectOf(keys.map((name, index) => [name, values[index]!])))),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.flat());

function objectOf(members: readonly (readonly [string, string])[]): string {
  return `{ ${members.map(([name, value]) => `"${name}" : ${value}`).join(" ,\n")} }`;
}

function outcome({ batch, filtered, filteredBy, failed }: PlanResult): unknown {
  return {
    messages: [...batch].map(({ offset, value }) => [offset, structuredClone(value)]),
    filtered,
    filteredBy: [...filteredBy],
    failed: failed.map(({ index, stage, error }) => [index, stage, error.code, error.message]),
  };
}

describe("chains on bytes", () => {
  for (const chain of CHAINS) {
    const name = chain.map(({ type, condition }) => condition ?? type).join(", ");
    it(`give the same result as on values: ${name}`, async () => {
      const onBytes = await compileTransforms(chain);
      const onValues = await compileTransforms(chain.map((step) => ({ ...step, when: "true || kind == 'json'" })));
      assert.ok(onBytes.objectEditor() !== undefined);
      assert.ok(onValues.objectEditor() === undefined);
      const bytes = createBatchPlan({ schema: "json", transforms: onBytes });
      const values = createBatchPlan({ schema: "json", transforms: onValues });
      fc.assert(
        fc.property(documents, (payloads) => {
          const frames = makeFrames(payloads);
          assert.deepEqual(outcome(bytes.run(frames, PARTITION)), outcome(values.run(frames, PARTITION)));
        }),
        { numRuns: 400 },
      );
    });
  }
});
