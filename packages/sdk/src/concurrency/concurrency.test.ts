import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { runConcurrently } from "./run-concurrently.ts";
import { Sequence } from "./sequence.ts";

test("a sequence runs work in order, one at a time, also after a failure", async () => {
  const sequence = new Sequence();
  const log: string[] = [];
  const step = (name: string, fails = false) =>
    sequence.run(async () => {
      log.push(`${name} begins`);
      await turn();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const [first, second, third] = [step("a"), step("b", true), step("c")];
  await assert.rejects(second, /^Error: b$/);
  assert.equal(await first, "a");
  await sequence.ended();
  assert.equal(await third, "c");
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("never more than the limit run at once, and all of them run", async () => {
  let open = 0;
  let most = 0;
  let begun = 0;
  await runConcurrently(3, () => {
    if (begun === 10) return undefined;
    begun += 1;
    return async () => {
      most = Math.max(most, ++open);
      await turn();
      open -= 1;
    };
  });
  assert.equal(most, 3);
  assert.equal(open, 0);
});

test("the first failure ends it when the work under way has ended", async () => {
  let begun = 0;
  let ended = 0;
  const next = () => {
    const number = ++begun;
    return async () => {
      await turn();
      ended += 1;
      if (number === 1) throw new Error("first");
    };
  };
  await assert.rejects(runConcurrently(2, next), /first/);
  assert.equal(ended, begun);
  assert.ok(begun <= 3);
});
