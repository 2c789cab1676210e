import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Slots } from "./slots.ts";

const open = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe("slots", () => {
  it("are given first come, first served, also to one that wants all of them", async () => {
    const slots = new Slots(2);
    const order: string[] = [];
    assert.equal(await slots.take(1, open), true);
    const all = slots.take(2, open).then(() => order.push("all"));
    const one = slots.take(1, open).then(() => order.push("one"));
    await settled();
    assert.deepEqual(order, []);
    slots.give(1);
    await all;
    slots.give(2);
    await one;
    assert.deepEqual(order, ["all", "one"]);
  });

  it("let one that was aborted go without holding up those behind it", async () => {
    const slots = new Slots(1);
    await slots.take(1, open);
    const gone = new AbortController();
    const aborted = slots.take(1, gone.signal);
    const next = slots.take(1, open);
    gone.abort();
    assert.equal(await aborted, false);
    assert.equal(await slots.take(1, gone.signal), false);
    slots.give(1);
    assert.equal(await next, true);
  });
});
