import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { FailurePolicy } from "../../failures/failure-policy.ts";
import type { BatchPartition } from "./batch-partition.ts";
import { settleFailures } from "./settle-failures.ts";

type OnError = "skip" | "dead_letter" | "stop";

/** Messages from offset 100 on. */
const FRAMES = { offset: (index: number) => 100n + BigInt(index) } as unknown as MessageFrames;
const PARTITION: BatchPartition = {
  ref: { stream: "s", topic: "t", partition: 0 },
  place: "s/t/0",
  closing: new AbortController().signal,
  recordedThrough: () => {},
  recordMoved: () => {},
  restore: async () => true,
  count: () => {},
  endedThrough: () => {},
  recycle: () => {},
};

function failure(index: number, onError: OnError): MessageFailure {
  return { index, stage: "decode", error: new Error("bad"), attempts: 1, onError };
}

/** Settles failures of a batch of which everything else ended up to offset `through`; what the policy was given, in order. */
async function settle(failures: readonly MessageFailure[], through: bigint, written = true) {
  const settled: number[][] = [];
  const policy: Pick<FailurePolicy, "policyOf" | "settle"> = {
    policyOf: ({ onError = "dead_letter" }) => onError,
    async settle(given) {
      settled.push(given.map(({ index }) => index));
      return written || given.length === 0 || given.some(({ onError }) => onError === "skip");
    },
  };
  return { ...(await settleFailures(policy, PARTITION, FRAMES, failures, through)), settled };
}

describe("the failures of a batch", () => {
  it("end as a whole when none stops the partition: the skipped ones, then the dead letters", async () => {
    const failures = [failure(1, "dead_letter"), failure(3, "skip"), failure(5, "dead_letter")];
    const { settled, ...settlement } = await settle(failures, 109n);
    assert.deepEqual(settlement, { through: 109n, complete: true, blockedBy: undefined });
    assert.deepEqual(settled, [[3], [1, 5]]);
  });

  it("end only as far as the message that stops the partition", async () => {
    const stop = failure(4, "stop");
    const { settled, ...settlement } = await settle([failure(1, "dead_letter"), stop, failure(6, "skip")], 109n);
    assert.deepEqual(settlement, { through: 103n, complete: false, blockedBy: stop });
    assert.deepEqual(settled, [[], [1]]);
  });

  it("end before the first dead letter that could not be written, and block nothing", async () => {
    const failures = [failure(1, "skip"), failure(2, "dead_letter"), failure(7, "dead_letter"), failure(8, "stop")];
    const { settled: _, ...settlement } = await settle(failures, 109n, false);
    assert.deepEqual(settlement, { through: 101n, complete: false, blockedBy: undefined });
  });

  it("never move the offset past what was reported", async () => {
    const stop = failure(8, "stop");
    const { settled: _, ...settlement } = await settle([stop], 104n);
    assert.deepEqual(settlement, { through: 104n, complete: false, blockedBy: stop });
  });
});
