import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecordTicks } from "./record-ticks.ts";

describe("the ticks of record keepers", () => {
  it("are those of one timer, which ends with the last keeper and begins again with the next", (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const started = t.mock.method(globalThis, "setInterval");
    const ended = t.mock.method(globalThis, "clearInterval");
    const ticks = new RecordTicks();
    const seen: string[] = [];
    const endA = ticks.start(() => seen.push("a"));
    const endB = ticks.start(() => seen.push("b"));
    t.mock.timers.tick(1000);
    assert.deepEqual(seen, ["a", "b"]);
    endA();
    endA();
    t.mock.timers.tick(1000);
    assert.deepEqual(seen, ["a", "b", "b"]);
    assert.deepEqual([started.mock.callCount(), ended.mock.callCount()], [1, 0]);
    endB();
    assert.equal(ended.mock.callCount(), 1);
    t.mock.timers.tick(5000);
    assert.equal(seen.length, 3);
    const endC = ticks.start(() => seen.push("c"));
    t.mock.timers.tick(1000);
    assert.deepEqual(seen.slice(3), ["c"]);
    endC();
  });
});
