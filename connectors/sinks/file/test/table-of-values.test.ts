import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERED_JSON } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { content, lines, setup } from "./setup.ts";

test("what every codec delivers is in the file as it was delivered", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await sink.consume(batchOf([...DELIVERED_JSON]));
  await sink.flush();
  assert.equal(await content(folder), lines(DELIVERED_JSON));
});
