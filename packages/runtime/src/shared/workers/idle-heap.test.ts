import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { collectAll, IdleHeap } from "./idle-heap.ts";

const MEBIBYTE = 1024 * 1024;

function heap(size: number, afterwards: number) {
  const state = { utilization: 0, size, collected: 0 };
  const idle = new IdleHeap({
    utilization: () => state.utilization,
    size: () => state.size,
    collect: () => {
      state.collected += 1;
      state.size = afterwards;
    },
  });
  return { state, idle };
}

describe("the heap of an idle thread", () => {
  it("is collected once, and again only when it has grown", () => {
    const { state, idle } = heap(30 * MEBIBYTE, 12 * MEBIBYTE);
    idle.look();
    idle.look();
    assert.equal(state.collected, 1);
    state.size = 16 * MEBIBYTE;
    idle.look();
    assert.equal(state.collected, 1);
    state.size = 18 * MEBIBYTE;
    idle.look();
    assert.equal(state.collected, 2);
  });

  it("is left alone while the thread works", () => {
    const { state, idle } = heap(30 * MEBIBYTE, 12 * MEBIBYTE);
    state.utilization = 0.5;
    idle.look();
    assert.equal(state.collected, 0);
    state.utilization = 0.01;
    idle.look();
    assert.equal(state.collected, 1);
  });

  it("is collected in full, and no code gets a way to do that", async () => {
    let collected = 0;
    const registry = new FinalizationRegistry(() => {
      collected += 1;
    });
    registry.register({ large: new Array(1000).fill(0) }, undefined);
    await turn();
    collectAll();
    await turn();
    assert.equal(collected, 1);
    assert.equal((globalThis as { gc?: unknown }).gc, undefined);
  });
});
