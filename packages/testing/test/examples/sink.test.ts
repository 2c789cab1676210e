import assert from "node:assert/strict";
import { test } from "node:test";
import { isRetryable } from "@iggy-connectors/sdk";
import { batchOf, HttpDestination, openSink } from "@iggy-connectors/testing";
import lines from "./lines.ts";

test("a batch becomes lines, and a busy destination is retryable", async (t) => {
  await using destination = await HttpDestination.start();
  destination.script.push({ status: 200 }, { status: 503 });
  const { consume, context } = await openSink(t, lines, { url: destination.url });
  const batch = batchOf(['{"n":1}', '{"n":2}']);
  await consume(batch);
  await assert.rejects(consume(batch), isRetryable);
  assert.deepEqual(destination.bodies(), ['{"n":1}\n{"n":2}\n', '{"n":1}\n{"n":2}\n']);
  assert.deepEqual(context.lines, ["debug: sent 2 messages"]);
});
