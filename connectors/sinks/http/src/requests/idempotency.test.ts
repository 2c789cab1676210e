import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { batchOf, framesOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { compileTransforms, createBatchPlan } from "@iggy-connectors/transforms";
import { setup } from "../../test/setup.ts";
import { idempotencyKey } from "./idempotency.ts";

const key = (batch: MessageBatch, indexes: number[], kind: "offset" | "message_id" = "offset") =>
  idempotencyKey({ batch, indexes, destination: { path: undefined, headers: {} } }, kind);

/** Messages of which a transform makes one per element. */
async function exploded(payloads: readonly string[]): Promise<MessageBatch> {
  const transforms = await compileTransforms([{ type: "explode" }]);
  return createBatchPlan({ schema: "json", transforms }).run(framesOf(payloads, 7n, new Map()), TEST_PARTITION).batch;
}

test("names are written so that a header can carry them", () => {
  const batch = batchOf(["1"], { ref: { stream: "größe/1", topic: "a b", partition: 3 } });
  assert.equal(key(batch, [0]), "gr%C3%B6%C3%9Fe%2F1/a%20b/3/0");
});

test("a topic that was created again has keys of its own", () => {
  const inHistory = (history: string) => batchOf(["1", "2"], { ref: { ...TEST_PARTITION, history } });
  assert.match(key(inHistory("one"), [0]) ?? "", /^orders\/created\/0@[0-9a-f]{10}\/0$/);
  assert.match(key(inHistory("one"), [0, 1]) ?? "", /^orders\/created\/0@[0-9a-f]{10}\/0-1$/);
  assert.notEqual(key(inHistory("one"), [0]), key(inHistory("two"), [0]));
});

test("a run with gaps has a key of its own", () => {
  const batch = batchOf(["1", "2", "3", "4"], { firstOffset: 5n });
  assert.equal(key(batch, [0, 1, 2, 3]), "orders/created/0/5-8");
  const gaps = [key(batch, [0, 3]), key(batch, [0, 1, 3]), key(batch, [0, 2, 3])];
  assert.equal(new Set(gaps).size, 3);
  assert.ok(gaps.every((text) => text?.startsWith("orders/created/0/5-8/")));
  assert.equal(key(batch, [0, 3]), gaps[0]);
});

test("messages that a transform made of one have their own keys, however the batch is cut", async () => {
  const batch = await exploded(["[1,2,3]", "[4]"]);
  const keys = [0, 1, 2, 3].map((index) => key(batch, [index]));
  assert.deepEqual(
    keys,
    ["7", "7.1", "7.2", "8"].map((offset) => `orders/created/0/${offset}`),
  );
  const ids = [0, 1, 2, 3].map((index) => key(batch, [index], "message_id"));
  assert.equal(new Set(ids).size, 4);
});

test("of the parts of one message a refused one rejects it once", async (t) => {
  const { consume, destination } = await setup(t, { include_metadata: false });
  destination.otherwise = ({ body }) => (/[13]/.test(body.toString()) ? { status: 400 } : {});
  const { rejected = [] } = await consume(await exploded(["[1,2,3]", "[4]"]));
  assert.deepEqual(
    rejected.map(({ offset }) => offset),
    [7n],
  );
  assert.equal(destination.requests.length, 4);
});
