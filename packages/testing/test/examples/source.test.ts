import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingContext, SourceDriver } from "@iggy-connectors/testing";
import numbers from "./numbers.ts";

test("what is not confirmed comes again; a new process goes on behind the checkpoint", async () => {
  const source = numbers.create({ count: 25 }, recordingContext("/"));
  const driver = new SourceDriver(source);
  assert.deepEqual(await driver.poll(), await driver.poll());
  await driver.step();
  const restarted = new SourceDriver(source, driver.checkpoint);
  assert.equal((await restarted.drain())[0], "message 10");
  assert.equal(restarted.messages.length, 15);
  assert.ok(restarted.completed);
});
