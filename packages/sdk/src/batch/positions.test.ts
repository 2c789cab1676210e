import assert from "node:assert/strict";
import { test } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms, createBatchPlan } from "@iggy-connectors/transforms";
import { idText } from "./id-text.ts";
import { indexAfter } from "./index-after.ts";
import { siblingNumber } from "./siblings.ts";

/** Offsets 100, 101, 101, 102. */
const { batch } = createBatchPlan({
  schema: "json",
  transforms: await compileTransforms([{ type: "explode" }]),
}).run(makeFrames(["[1]", "[2,3]", "[4]"]), PARTITION);

test("the first message behind an offset is found, also among several of one offset", () => {
  assert.deepEqual(
    [99n, 100n, 101n, 102n, 200n].map((offset) => indexAfter(batch, offset)),
    [0, 1, 3, 4, 4],
  );
  assert.equal(indexAfter(batch.slice(2, 2), 100n), 0, "an empty batch");
});

test("messages that a transform made of one are numbered", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => siblingNumber(batch, index)),
    [0, 0, 1, 0],
  );
});

test("an id has 32 digits", () => {
  assert.equal(idText(255n), "000000000000000000000000000000ff");
});
