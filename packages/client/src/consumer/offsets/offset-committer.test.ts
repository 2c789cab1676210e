import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { OffsetCommitter, type OffsetStore } from "./offset-committer.ts";
import { StoreSpacing } from "./store-spacing.ts";

class Recorder implements OffsetStore {
  readonly stored: bigint[] = [];
  lost = 0;
  failures = 0;
  answer: () => Promise<"stored" | "lost" | "gone"> = async () => "stored";

  async store(offset: bigint): Promise<"stored" | "lost" | "gone"> {
    const answer = await this.answer();
    if (answer === "stored") this.stored.push(offset);
    return answer;
  }

  onLost(): void {
    this.lost += 1;
  }

  onFailure(): number {
    this.failures += 1;
    return 1;
  }

  onStored(): void {}
}

const open = new AbortController().signal;

describe("the offset committer", () => {
  it("stores the first at once and coalesces what follows to the newest", async () => {
    const store = new Recorder();
    const committer = new OffsetCommitter(store);
    committer.ended(0n);
    for (let offset = 1n; offset <= 1000n; offset++) committer.ended(offset);
    await eventually(() => store.stored.at(-1) === 1000n);
    assert.deepEqual(store.stored, [0n, 1000n]);
    assert.equal(committer.storedOffset, 1000n);
  });

  it("waits for its turn among the partitions that share a spacing, and stores the newest then", async () => {
    const store = new Recorder();
    const spacing = new StoreSpacing();
    for (let others = 0; others < 10; others++) spacing.takeTurn(performance.now());
    const committer = new OffsetCommitter(store, { spacing });
    committer.ended(0n);
    assert.deepEqual(store.stored, []);
    committer.ended(1n);
    await eventually(() => committer.storedOffset === 1n);
    assert.deepEqual(store.stored, [1n]);
  });

  it("waits for no turn at the end", async () => {
    const store = new Recorder();
    const spacing = new StoreSpacing();
    for (let others = 0; others < 1_000_000; others++) spacing.takeTurn(performance.now());
    const committer = new OffsetCommitter(store, { spacing });
    committer.ended(0n);
    await committer.settle(open);
    assert.deepEqual(store.stored, [0n]);
  });

  it("never moves back", async () => {
    const store = new Recorder();
    const committer = new OffsetCommitter(store);
    committer.begin(10n, 10n);
    committer.ended(5n);
    await committer.settle(open);
    assert.deepEqual(store.stored, []);
  });

  it("stores in Iggy what only the target knew", async () => {
    const store = new Recorder();
    const committer = new OffsetCommitter(store);
    committer.begin(3n, 9n);
    await committer.settle(open);
    assert.deepEqual(store.stored, [9n]);
  });

  it("repeats a store that failed, with what has ended by then", async () => {
    const store = new Recorder();
    let fail = true;
    store.answer = async () => {
      if (fail) throw new Error("away");
      return "stored";
    };
    const committer = new OffsetCommitter(store);
    committer.ended(1n);
    await eventually(() => store.failures > 1);
    committer.ended(2n);
    fail = false;
    await eventually(() => committer.storedOffset === 2n);
    assert.deepEqual(store.stored, [2n]);
  });

  it("stores nothing more once the partition is lost, or after it was closed", async () => {
    const store = new Recorder();
    store.answer = async () => "lost";
    const committer = new OffsetCommitter(store);
    committer.ended(1n);
    await eventually(() => store.lost === 1);
    store.answer = async () => "stored";
    committer.ended(2n);
    await committer.settle(open);
    const other = new OffsetCommitter(store);
    other.close();
    other.ended(1n);
    await other.settle(open);
    assert.deepEqual(store.stored, []);
  });

  it("forgets a log that is gone, whose answer may still be under way", async () => {
    const store = new Recorder();
    let answer: (() => void) | undefined;
    store.answer = () => new Promise((resolve) => (answer = () => resolve("stored")));
    const committer = new OffsetCommitter(store);
    committer.ended(99n);
    await eventually(() => answer !== undefined);
    committer.restart();
    answer?.();
    await eventually(() => store.stored.length === 1);
    assert.equal(committer.storedOffset, undefined);
    store.answer = async () => "gone";
    committer.ended(0n);
    await eventually(() => committer.endedOffset === undefined);
  });

  it("gives up settling when the signal is aborted", async () => {
    const store = new Recorder();
    store.answer = () => new Promise(() => {});
    const committer = new OffsetCommitter(store);
    committer.ended(1n);
    const end = new AbortController();
    const settled = committer.settle(end.signal);
    end.abort();
    await settled;
    assert.deepEqual(store.stored, []);
  });
});
