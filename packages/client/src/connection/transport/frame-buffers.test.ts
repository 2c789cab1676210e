import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FrameBuffers } from "./frame-buffers.ts";

describe("frame buffers", () => {
  it("uses memory again once it was given back, and never twice at the same time", () => {
    const buffers = new FrameBuffers();
    const first = buffers.take(100_000);
    const second = buffers.take(100_000);
    assert.equal(first.length, 100_000);
    assert.notEqual(first.buffer, second.buffer);
    buffers.giveBack(first.subarray(300));
    buffers.giveBack(first);
    const third = buffers.take(90_000);
    const fourth = buffers.take(90_000);
    assert.equal(third.buffer, first.buffer);
    assert.notEqual(fourth.buffer, first.buffer);
    assert.equal(third.length, 90_000);
  });

  it("leaves memory alone that is not its own", () => {
    const buffers = new FrameBuffers();
    const foreign = Buffer.alloc(100_000);
    buffers.giveBack(foreign);
    assert.notEqual(buffers.take(50_000).buffer, foreign.buffer);
  });

  it("keeps a bounded amount", () => {
    const buffers = new FrameBuffers();
    const taken = Array.from({ length: 40 }, () => buffers.take(1_000_000));
    for (const buffer of taken) buffers.giveBack(buffer);
    const memories = new Set(taken.map((buffer) => buffer.buffer));
    const again = Array.from({ length: 40 }, () => buffers.take(1_000_000));
    const reused = again.filter((buffer) => memories.has(buffer.buffer)).length;
    assert.ok(reused > 0 && reused <= 16, `${reused} reused`);
  });
});
