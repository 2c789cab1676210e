import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms } from "../../chain/compile.ts";
import { createBatchPlan } from "../../plan/batch-plan.ts";

const PAYLOADS = ['{"n":9007199254740993}', '{"n":9007199254740992}', '{"n":0.30000000000000000001}', '{"n":0.3}'];

/** The indexes of the messages that violate the schema. */
async function invalid(settings: object, directory = "."): Promise<readonly number[]> {
  const transforms = await compileTransforms([{ type: "validate", ...settings }], { directories: [directory] });
  const plan = createBatchPlan({ schema: "json", transforms });
  const { failed } = plan.run(makeFrames(PAYLOADS.map((payload) => ({ payload }))), PARTITION);
  for (const { error } of failed) assert.equal(error.code, "IGC_TRANSFORM_VALIDATION");
  return failed.map(({ index }) => index);
}

test("numbers are compared with all digits, with those of the schema", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "validate-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [schema, expected] of [
    ['{"maximum":9007199254740992}', [0]],
    ['{"enum":[9007199254740993,0.30000000000000000001]}', [1, 3]],
    ['{"exclusiveMaximum":0.30000000000000000001}', [0, 1, 2]],
    ['{"multipleOf":0.1}', [2]],
  ] as const) {
    await writeFile(join(directory, "schema.json"), `{"properties":{"n":${schema}}}`);
    assert.deepEqual(await invalid({ schema_path: "./schema.json" }, directory), expected, schema);
  }
});

test("integers of a schema among the settings have all their digits", async () => {
  assert.deepEqual(await invalid({ schema: { properties: { n: { const: 9007199254740993n } } } }), [1, 2, 3]);
  assert.deepEqual(await invalid({ schema: { properties: { n: { const: 9007199254740992n } } } }), [0, 2, 3]);
});
