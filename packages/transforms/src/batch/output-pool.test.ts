import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { OutputPool } from "./output-pool.ts";

const LARGE = 5 * 1024 * 1024;

describe("OutputPool", () => {
  it("gives buffers again, empty and large enough", () => {
    const pool = new OutputPool();
    const first = pool.take(10);
    first.writeText("text");
    pool.give(first);
    const again = pool.take(1000);
    assert.equal(again, first);
    assert.equal(again.position, 0);
    assert.ok(again.bytes.length >= 1000);
    assert.notEqual(pool.take(10), first);
  });

  it("gives a large buffer again to a large batch alone", () => {
    const pool = new OutputPool();
    const large = pool.take(LARGE);
    pool.give(large);
    assert.notEqual(pool.take(10), large);
    assert.equal(pool.take(LARGE), large);
    assert.notEqual(pool.take(LARGE), large);
  });

  it("does not hold a large buffer that nobody asks for", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const pool = new OutputPool();
    const given = (() => {
      const large = pool.take(LARGE);
      pool.give(large);
      return new WeakRef(large);
    })();
    // A weak reference holds its target until the turn of the event loop ends.
    await nextTurn();
    collect();
    assert.equal(given.deref(), undefined);
    assert.equal(pool.take(LARGE).position, 0);
  });
});
