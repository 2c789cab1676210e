import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BufferBudget } from "./buffer-budget.ts";
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

describe("the buffer budget", () => {
  it("makes readers wait for room, and says so", async () => {
    let pressure = 0;
    const budget = new BufferBudget(100, () => {
      pressure += 1;
    });
    assert.equal(await budget.reserve(60, open), true);
    assert.equal(budget.tryReserve(60), false);
    const waiting = budget.reserve(60, open);
    await settled();
    assert.equal(pressure, 1);
    budget.release(60);
    assert.equal(await waiting, true);
    assert.equal(budget.used, 60);
  });

  it("takes one that is larger than all of it, alone", async () => {
    const budget = new BufferBudget(100, () => {});
    assert.equal(budget.tryReserve(1000), true);
    assert.equal(budget.tryReserve(1), false);
    budget.correct(1000, 50);
    assert.equal(budget.tryReserve(50), true);
  });

  it("admits those behind one that was aborted", async () => {
    const budget = new BufferBudget(100, () => {});
    await budget.reserve(90, open);
    const gone = new AbortController();
    const large = budget.reserve(50, gone.signal);
    const small = budget.reserve(10, open);
    gone.abort();
    assert.equal(await large, false);
    assert.equal(await small, true);
    assert.equal(budget.used, 100);
  });
});
