import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "../plan/batch-plan.ts";

const EVIL = `${"a".repeat(100_000)}!`;

describe("patterns of a configuration", () => {
  // Each of these takes JavaScript's own patterns longer than the universe is old.
  for (const step of [
    { type: "filter", condition: 'payload.v.matches("^(a+)+$")' },
    { type: "filter", condition: 'payload.l.exists(x, x.matches("^(a+)+$"))' },
    { type: "filter", condition: "payload.v.matches(payload.p)" },
    { type: "map", fields: { x: 'payload.v.matches("^(a|a)*$")' } },
    { type: "jsonata", expression: "$match(v, /^(a+)+$/)" },
    { type: "jsonata", expression: '$eval("$match(v, /^(a+)+$/)")' },
    { type: "jsonata", expression: "$replace(v, /^(a+)+$/, 'x')" },
    { type: "validate", schema: { properties: { v: { pattern: "^(a+)+$|^ok" } } } },
    { type: "validate", schema: { patternProperties: { "^(a+)+$": {} } } },
    { type: "filter_fields", patterns: [{ key_pattern: { regex: "^(a+)+$" } }] },
    { type: "drop_headers", pattern: "^(a+)+$" },
  ]) {
    it(`end for every text: ${JSON.stringify(step)}`, async () => {
      const plan = createBatchPlan({ schema: "json", transforms: await compileTransforms([step]) });
      const payload = JSON.stringify({ v: EVIL, l: [EVIL], p: "^(a+)+$", [EVIL]: 1 });
      const { batch, filtered, failed } = plan.run(makeFrames([{ payload }]), PARTITION);
      assert.equal(batch.length + filtered + failed.length, 1);
    });
  }

  it("mean in CEL what they mean in RE2", async () => {
    const kept = async (pattern: string, text: string) => {
      const transforms = await compileTransforms([
        { type: "filter", condition: `payload.v.matches(${JSON.stringify(pattern)})` },
      ]);
      const frames = makeFrames([{ payload: JSON.stringify({ v: text }) }]);
      return createBatchPlan({ schema: "json", transforms }).run(frames, PARTITION).filtered === 0;
    };
    assert.equal(await kept("b+", "abbc"), true);
    assert.equal(await kept("(?i)^ABC$", "abc"), true);
    assert.equal(await kept("^b", "abc"), false);
    await assert.rejects(kept("(?=a)", "a"), { code: "IGC_CONFIG_TRANSFORM_INVALID" });
  });
});
