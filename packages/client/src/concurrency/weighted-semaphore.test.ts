import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WeightedSemaphore } from "./weighted-semaphore.ts";

const open = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe("a weighted semaphore", () => {
  it("makes callers wait for capacity, and says so", async () => {
    let pressure = 0;
    const semaphore = new WeightedSemaphore(100, () => {
      pressure += 1;
    });
    assert.equal(await semaphore.acquire(60, open), true);
    assert.equal(semaphore.contended, false);
    assert.equal(semaphore.tryAcquire(60), false);
    const waiting = semaphore.acquire(60, open);
    await settled();
    assert.equal(pressure, 1);
    assert.equal(semaphore.contended, true);
    semaphore.release(60);
    assert.equal(await waiting, true);
    assert.equal(semaphore.used, 60);
  });

  it("admits a weight larger than the limit alone", async () => {
    const semaphore = new WeightedSemaphore(100);
    assert.equal(semaphore.tryAcquire(1000), true);
    assert.equal(semaphore.tryAcquire(1), false);
    semaphore.correct(1000, 50);
    assert.equal(semaphore.tryAcquire(50), true);
  });

  it("admits those behind a caller that was aborted", async () => {
    const semaphore = new WeightedSemaphore(100);
    await semaphore.acquire(90, open);
    const gone = new AbortController();
    const large = semaphore.acquire(50, gone.signal);
    const small = semaphore.acquire(10, open);
    gone.abort();
    assert.equal(await large, false);
    assert.equal(await small, true);
    assert.equal(semaphore.used, 100);
  });

  it("admits first come, first served, also a caller that wants all of it", async () => {
    const semaphore = new WeightedSemaphore(2);
    const order: string[] = [];
    assert.equal(await semaphore.acquire(1, open), true);
    const all = semaphore.acquire(2, open).then(() => order.push("all"));
    const one = semaphore.acquire(1, open).then(() => order.push("one"));
    await settled();
    assert.deepEqual(order, []);
    semaphore.release(1);
    await all;
    semaphore.release(2);
    await one;
    assert.deepEqual(order, ["all", "one"]);
  });

  it("acquires nothing for a signal that is aborted", async () => {
    const semaphore = new WeightedSemaphore(1);
    await semaphore.acquire(1, open);
    const gone = new AbortController();
    const aborted = semaphore.acquire(1, gone.signal);
    const next = semaphore.acquire(1, open);
    gone.abort();
    assert.equal(await aborted, false);
    assert.equal(await semaphore.acquire(1, gone.signal), false);
    semaphore.release(1);
    assert.equal(await next, true);
  });
});
