import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyError } from "../errors/errors.ts";
import { type ClientState, Lifecycle } from "./states.ts";

test("the listener hears of every change with its reason", async () => {
  const heard: [ClientState, number | undefined][] = [];
  const lifecycle = new Lifecycle((state, error) => heard.push([state, error?.code]));
  lifecycle.enter("ready");
  lifecycle.enter("reconnecting", new IggyError(8));
  assert.equal(lifecycle.error?.code, 8);
  lifecycle.enter("refused", new IggyError(42));
  lifecycle.enter("ready");
  assert.equal(lifecycle.error, undefined);
  lifecycle.enter("closing");
  lifecycle.enter("closed");
  await Promise.resolve();
  assert.deepEqual(heard, [
    ["ready", undefined],
    ["reconnecting", 8],
    ["refused", 42],
    ["ready", undefined],
    ["closing", undefined],
    ["closed", undefined],
  ]);
});

test("a transition that the table does not have is refused", () => {
  const lifecycle = new Lifecycle(undefined);
  assert.throws(() => lifecycle.enter("refused"), /cannot go from connecting to refused/);
  lifecycle.enter("closed");
  assert.throws(() => lifecycle.enter("ready"), /cannot go from closed to ready/);
  assert.equal(lifecycle.state, "closed");
});
