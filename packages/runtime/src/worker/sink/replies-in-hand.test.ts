import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageFrames } from "@iggy-connectors/protocol";
import fc from "fast-check";
import { RepliesInHand } from "./replies-in-hand.ts";

/** `length` messages from offset `first` on; message n was stored in second n. */
function frames(first: number, length: number): MessageFrames {
  const known = {
    length,
    offset: (index: number) => BigInt(first + index),
    timestamp: (index: number) => (first + index) * 1_000_000,
  };
  return known as unknown as MessageFrames;
}

describe("replies in hand", () => {
  it("reach as far as the contiguous prefix has ended, in whatever order they end", () => {
    const inHand = new RepliesInHand();
    const [first, second, third] = [frames(0, 10), frames(10, 10), frames(20, 10)];
    for (const one of [first, second, third]) inHand.opened(one, 0);
    assert.equal(inHand.endedThrough(second, 19n), undefined);
    assert.equal(inHand.endedThrough(first, 4n), 4n);
    assert.equal(inHand.endedThrough(first, 9n), 19n);
    assert.equal(inHand.endedThrough(third, 19n), undefined, "nothing of it has ended");
    assert.equal(inHand.endedThrough(third, 29n), 29n);
    assert.equal(inHand.endedThrough(third, 29n), undefined);
  });

  it("tell since when the oldest message is there", () => {
    const inHand = new RepliesInHand();
    assert.equal(inHand.oldestAt, undefined);
    const [first, second] = [frames(0, 10), frames(10, 10)];
    inHand.opened(first, 3);
    inHand.opened(second, 0);
    assert.equal(inHand.oldestAt, 3000);
    inHand.endedThrough(first, 8n);
    assert.equal(inHand.oldestAt, 3000);
    inHand.endedThrough(first, 9n);
    assert.equal(inHand.oldestAt, 10_000);
    inHand.clear();
    assert.equal(inHand.oldestAt, undefined);
  });

  it("Invariant 2: never reach past a message that has not ended", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, choices) => {
        const inHand = new RepliesInHand();
        const ended: boolean[] = [];
        const open = lengths.map((length) => {
          const reply = { first: ended.length, length, done: 0, frames: frames(ended.length, length) };
          for (let at = 0; at < length; at++) ended.push(false);
          inHand.opened(reply.frames, 0);
          return reply;
        });
        let reached = -1n;
        while (open.length > 0) {
          const at = choices.next().value % open.length;
          const reply = open[at]!;
          const through = Math.min(reply.length, reply.done + 1 + (choices.next().value % reply.length));
          for (let index = reply.done; index < through; index++) ended[reply.first + index] = true;
          reply.done = through;
          const prefix = inHand.endedThrough(reply.frames, BigInt(reply.first + through - 1));
          if (through === reply.length) open.splice(at, 1);
          const firstOpen = ended.indexOf(false);
          const expected = BigInt(firstOpen === -1 ? ended.length : firstOpen) - 1n;
          if (prefix !== undefined) reached = prefix;
          assert.equal(reached, expected);
        }
      }),
    );
  });
});
