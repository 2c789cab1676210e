import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageFrames } from "@iggy-connectors/protocol";
import fc from "fast-check";
import { OpenBatches } from "./open-batches.ts";

/** `length` messages from offset `first` on; message n was stored in second n. */
function frames(first: number, length: number): MessageFrames {
  const known = {
    length,
    offset: (index: number) => BigInt(first + index),
    timestamp: (index: number) => (first + index) * 1_000_000,
  };
  return known as unknown as MessageFrames;
}

describe("open batches", () => {
  it("reach as far as the contiguous prefix has ended, in whatever order they end", () => {
    const batches = new OpenBatches();
    const [first, second, third] = [frames(0, 10), frames(10, 10), frames(20, 10)];
    for (const one of [first, second, third]) batches.opened(one, 0);
    assert.equal(batches.endedThrough(second, 19n), undefined);
    assert.equal(batches.endedThrough(first, 4n), 4n);
    assert.equal(batches.endedThrough(first, 9n), 19n);
    assert.equal(batches.endedThrough(third, 19n), undefined, "nothing of it has ended");
    assert.equal(batches.endedThrough(third, 29n), 29n);
    assert.equal(batches.endedThrough(third, 29n), undefined);
  });

  it("know the time of the oldest message", () => {
    const batches = new OpenBatches();
    assert.equal(batches.oldestAt, undefined);
    const [first, second] = [frames(0, 10), frames(10, 10)];
    batches.opened(first, 3);
    batches.opened(second, 0);
    assert.equal(batches.oldestAt, 3000);
    batches.endedThrough(first, 8n);
    assert.equal(batches.oldestAt, 3000);
    batches.endedThrough(first, 9n);
    assert.equal(batches.oldestAt, 10_000);
    batches.clear();
    assert.equal(batches.oldestAt, undefined);
  });

  it("Invariant 2: never reach past a message that has not ended", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, choices) => {
        const batches = new OpenBatches();
        const ended: boolean[] = [];
        const unfinished = lengths.map((length) => {
          const batch = { first: ended.length, length, done: 0, frames: frames(ended.length, length) };
          for (let at = 0; at < length; at++) ended.push(false);
          batches.opened(batch.frames, 0);
          return batch;
        });
        let reached = -1n;
        while (unfinished.length > 0) {
          const at = choices.next().value % unfinished.length;
          const batch = unfinished[at]!;
          const through = Math.min(batch.length, batch.done + 1 + (choices.next().value % batch.length));
          for (let index = batch.done; index < through; index++) ended[batch.first + index] = true;
          batch.done = through;
          const prefix = batches.endedThrough(batch.frames, BigInt(batch.first + through - 1));
          if (through === batch.length) unfinished.splice(at, 1);
          const firstOpen = ended.indexOf(false);
          const expected = BigInt(firstOpen === -1 ? ended.length : firstOpen) - 1n;
          if (prefix !== undefined) reached = prefix;
          assert.equal(reached, expected);
        }
      }),
    );
  });
});
