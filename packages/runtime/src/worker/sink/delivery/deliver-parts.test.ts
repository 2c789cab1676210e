import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import { Blame, deliverInParts, type PartOutcome } from "./deliver-parts.ts";
import type { CallOutcome } from "./plugin-attempts.ts";

const DONE: CallOutcome = { kind: "done", rejected: [], attempts: 1 };
const REFUSED: CallOutcome = { kind: "refused", error: new Error("no"), attempts: 1 };
const EXHAUSTED: CallOutcome = { kind: "exhausted", error: new Error("away"), attempts: 3 };
const UNCLEAR: CallOutcome = { kind: "unclear", error: new TypeError("bug"), attempts: 3 };
const ABANDONED: CallOutcome = { kind: "abandoned" };

const offsetsOf = (part: MessageBatch): number[] =>
  Array.from({ length: part.length }, (_, index) => Number(part.offset(index)));

/** The parts of a batch of `count` messages and how they came out, and the calls that were made for it. */
async function deliver(count: number, outcomeOf: (offsets: readonly number[]) => CallOutcome, blame = new Blame(64)) {
  const batch = batchOf(Array.from({ length: count }, (_, index) => String(index)));
  const calls: number[][] = [];
  const parts: [PartOutcome["outcome"]["kind"], number[]][] = [];
  const deliverPart = async (part: MessageBatch): Promise<CallOutcome> => {
    calls.push(offsetsOf(part));
    return outcomeOf(offsetsOf(part));
  };
  for await (const { part, outcome } of deliverInParts(batch, deliverPart, blame)) {
    parts.push([outcome.kind, offsetsOf(part)]);
  }
  return { parts, calls };
}

describe("delivering in parts", () => {
  it("is one call for a batch that is taken, or that exhausted its attempts", async () => {
    assert.deepEqual((await deliver(4, () => DONE)).parts, [["done", [0, 1, 2, 3]]]);
    assert.deepEqual((await deliver(4, () => EXHAUSTED)).parts, [["exhausted", [0, 1, 2, 3]]]);
  });

  it("halves what is refused until the bad messages are alone, in the order of the offsets", async () => {
    const { parts, calls } = await deliver(8, (offsets) =>
      offsets.some((at) => at === 2 || at === 7) ? REFUSED : DONE,
    );
    assert.deepEqual(parts, [
      ["done", [0, 1]],
      ["refused", [2]],
      ["done", [3]],
      ["done", [4, 5]],
      ["done", [6]],
      ["refused", [7]],
    ]);
    assert.deepEqual(calls.slice(0, 3), [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 1, 2, 3],
      [0, 1],
    ]);
  });

  it("ends with a part that was abandoned", async () => {
    const { parts } = await deliver(4, (offsets) => {
      if (offsets.length === 4) return REFUSED;
      return offsets[0] === 0 ? DONE : ABANDONED;
    });
    assert.deepEqual(parts, [
      ["done", [0, 1]],
      ["abandoned", [2, 3]],
    ]);
  });

  /** A destination that throws something unclear as soon as one of these messages is in the call. */
  const poisoned =
    (...bad: number[]) =>
    (offsets: readonly number[]): CallOutcome =>
      offsets.some((at) => bad.includes(at)) ? UNCLEAR : DONE;

  it("blames a message that fails alone for no clear reason while its neighbours are delivered", async () => {
    for (const bad of [[0], [3], [7], [0, 1, 2], [2, 5], [0, 7]]) {
      const { parts } = await deliver(8, poisoned(...bad));
      const refused = parts.filter(([kind]) => kind === "refused").flatMap(([, offsets]) => offsets);
      assert.deepEqual(refused, bad);
      assert.deepEqual(
        parts.flatMap(([, offsets]) => offsets),
        [0, 1, 2, 3, 4, 5, 6, 7],
        "in order, each once",
      );
    }
  });

  it("blames no message where nothing is delivered", async () => {
    assert.deepEqual((await deliver(8, () => UNCLEAR)).parts, [["undecided", [0]]]);
    assert.deepEqual((await deliver(1, () => UNCLEAR)).parts, [["undecided", [0]]]);
    const { parts, calls } = await deliver(1000, () => UNCLEAR);
    assert.deepEqual(parts, [["undecided", [0]]]);
    assert.ok(calls.length <= 65, "it does not try every message of a large batch");
  });

  it("blames no message where the destination fails on the way", async () => {
    let calls = 0;
    const { parts } = await deliver(100, () => {
      calls += 1;
      return calls === 1 || calls > 4 ? UNCLEAR : calls === 2 ? UNCLEAR : DONE;
    });
    assert.equal(parts.at(-1)?.[0], "undecided");
    assert.ok(!parts.some(([kind]) => kind === "refused"));
  });

  it("keeps the order between messages that are refused and those of which it is unclear", async () => {
    const { parts } = await deliver(4, (offsets) => {
      if (offsets.includes(0)) return UNCLEAR;
      return offsets.includes(1) ? REFUSED : DONE;
    });
    assert.deepEqual(parts, [
      ["refused", [0]],
      ["refused", [1]],
      ["done", [2, 3]],
    ]);
  });
});
