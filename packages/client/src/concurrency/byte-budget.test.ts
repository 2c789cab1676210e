import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteBudget } from "./byte-budget.ts";

const open = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe("the byte budget", () => {
  it("makes callers wait for capacity, and reports the pressure", async () => {
    let pressure = 0;
    const budget = new ByteBudget(100, () => {
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

  it("admits a reservation larger than the whole budget, alone", async () => {
    const budget = new ByteBudget(100);
    assert.equal(budget.tryReserve(1000), true);
    assert.equal(budget.tryReserve(1), false);
    budget.correct(1000, 50);
    assert.equal(budget.tryReserve(50), true);
  });

  it("admits those behind one that was aborted", async () => {
    const budget = new ByteBudget(100);
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
