import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IggyClient } from "@iggy-connectors/client";
import type { PollingStrategy } from "@iggy-connectors/protocol";
import type { ConsumedPartition } from "./partitions.ts";
import { planReset, type ResetTarget } from "./reset.ts";

/** Offsets 100…109 are there, what was before has expired; a message's time is its offset. */
const client = {
  pollMessages: async ({ strategy }: { readonly strategy: PollingStrategy }) => {
    const wanted = strategy.kind === "timestamp" ? strategy.timestamp : 0n;
    const found = wanted > 109n ? undefined : wanted < 100n ? 100n : wanted;
    return { length: found === undefined ? 0 : 1, offset: () => found };
  },
} as unknown as IggyClient;

const partition: ConsumedPartition = {
  ...{ stream: "s", topic: "t", group: "g", partition: 0, end: 109n, lag: 0, owner: undefined },
  stored: 104n,
};
const FIRST: ResetTarget = { kind: "first" };

async function plan(target: ResetTarget, initial = FIRST, changes: Partial<ConsumedPartition> = {}) {
  const { before, after, replayed, skipped } = await planReset(client, { ...partition, ...changes }, target, initial);
  return [before, after, replayed, skipped];
}

describe("what a reset means", () => {
  it("is shown for each kind of target", async () => {
    assert.deepEqual(await plan(FIRST), [105n, 100n, 5n, 0n]);
    assert.deepEqual(await plan({ kind: "last" }), [105n, 110n, 0n, 5n]);
    assert.deepEqual(await plan({ kind: "offset", next: 107n }), [105n, 107n, 0n, 2n]);
    assert.deepEqual(await plan({ kind: "time", timestamp: 102n }), [105n, 102n, 3n, 0n]);
  });

  it("stays within the partition", async () => {
    assert.deepEqual(await plan({ kind: "offset", next: 3n }), [105n, 100n, 5n, 0n]);
    assert.deepEqual(await plan({ kind: "offset", next: 999n }), [105n, 110n, 0n, 5n]);
    assert.deepEqual(await plan({ kind: "time", timestamp: 999n }), [105n, 110n, 0n, 5n]);
    assert.deepEqual(await plan(FIRST, FIRST, { stored: 3n }), [100n, 100n, 0n, 0n]);
  });

  it("counts from initial_offset where no offset is stored", async () => {
    const nothing = { stored: undefined };
    assert.deepEqual(await plan(FIRST, FIRST, nothing), [100n, 100n, 0n, 0n]);
    assert.deepEqual(await plan(FIRST, { kind: "last" }, nothing), [110n, 100n, 10n, 0n]);
    assert.deepEqual(await plan({ kind: "last" }, { kind: "offset", next: 108n }, nothing), [108n, 110n, 0n, 2n]);
    assert.deepEqual(await plan(FIRST, { kind: "time", timestamp: 103n }, nothing), [103n, 100n, 3n, 0n]);
  });
});
