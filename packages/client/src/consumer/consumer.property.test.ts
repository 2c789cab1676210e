import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeMembership } from "../../test/fake-membership.ts";
import { type ConsumedBatch, type ConsumerOptions, IggyError } from "../index.ts";
import { IggyConsumer } from "./consumer.ts";
import { resolveConsumerOptions } from "./options.ts";

const MESSAGES = 30;

/** What happens at a poll or a store, beside what was asked for. */
const event = fc.constantFrom("nothing", "nothing", "nothing", "fails", "is fenced");

const scenario = fc.record({
  partitions: fc.integer({ min: 1, max: 3 }),
  batchMessages: fc.integer({ min: 1, max: 7 }),
  prefetchBytes: fc.constantFrom(1, 100_000, 10_000_000),
  commit: fc.constantFrom<"batch" | "manual" | number>("batch", "manual", 5),
  polls: fc.array(event, { maxLength: 12 }),
  stores: fc.array(event, { maxLength: 6 }),
  /** Which of the open batches ends next, where they are committed by hand. */
  picks: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
});

const QUICK = { initialBackoff: 1, maxBackoff: 1 };

const retryable = () => new IggyError(8, { retryable: true, outcomeUnknown: true });

test("Invariant 2: never stored past a message that is not processed; every message comes, in order, without a gap", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ partitions, polls, stores, picks, ...settings }) => {
      const logs = Array.from({ length: partitions }, (_, partition) =>
        Array.from({ length: MESSAGES }, (_, index) => `${partition}-${index}`),
      );
      const membership = new FakeMembership(logs);
      /** Per partition: the offsets that were processed, and what was handed out last. */
      const processed = logs.map(() => new Set<bigint>());
      const handed = logs.map(() => -1n);
      let poll = 0;
      let store = 0;
      membership.beforePoll = async () => {
        const what = polls[poll++];
        await new Promise((resolve) => setImmediate(resolve));
        if (what === "fails") throw retryable();
        return what === "is fenced" ? "fenced" : undefined;
      };
      membership.beforeStore = async (partition, offset) => {
        for (let at = 0n; at <= offset; at++) {
          assert.ok(processed[partition]!.has(at), `offset ${offset} is stored, ${at} is not processed`);
        }
        const what = stores[store++];
        if (what === "fails") throw retryable();
        return what === "is fenced" ? "lost" : undefined;
      };
      const options = {
        stream: 1,
        topic: 1,
        group: "g",
        pollInterval: 1,
        retry: QUICK,
        ...settings,
      } as ConsumerOptions;
      const consumer = new IggyConsumer(membership, resolveConsumerOptions(options));
      const end = (batch: ConsumedBatch): void => {
        for (let at = batch.firstOffset; at <= batch.lastOffset; at++) processed[batch.partition]!.add(at);
      };
      const open: ConsumedBatch[] = [];
      const endOne = async (step: number): Promise<void> => {
        const [batch] = open.splice(picks[step % picks.length]! % open.length, 1);
        end(batch!);
        await batch!.commit();
      };
      let step = 0;
      let previous: ConsumedBatch | undefined;
      while (handed.some((offset) => offset < BigInt(MESSAGES - 1))) {
        // Asking for the next batch is what says that the one before is processed.
        if (previous !== undefined && settings.commit !== "manual") end(previous);
        const next = consumer.next();
        let waiting = true;
        next.finally(() => {
          waiting = false;
        });
        // A partition that is on its way out waits for what is open of it.
        for (let turns = 0; waiting; turns++) {
          await new Promise((resolve) => setImmediate(resolve));
          if (turns > 20 && open.length > 0 && settings.commit === "manual") await endOne(step + turns);
        }
        const batch = (await next).value ?? assert.fail("the consumer ended");
        const known = handed[batch.partition]!;
        assert.ok(batch.firstOffset <= known + 1n, `a gap before offset ${batch.firstOffset}`);
        assert.deepEqual(
          [...batch].map(({ payload }) => Buffer.from(payload).toString()),
          logs[batch.partition]!.slice(Number(batch.firstOffset), Number(batch.lastOffset) + 1),
        );
        if (batch.lastOffset > known) handed[batch.partition] = batch.lastOffset;
        previous = batch;
        open.push(batch);
        if (settings.commit === "manual" && (open.length > 4 || picks[step % picks.length]! % 2 === 0)) {
          await endOne(step);
        }
        step += 1;
      }
      if (settings.commit === "manual") while (open.length > 0) await endOne(step++);
      else end(previous!);
      // What was lost and came again may still be on its way.
      const rest = (async () => {
        for (let next = await consumer.next(); next.done !== true; next = await consumer.next()) end(next.value);
      })();
      await consumer.close();
      await rest;
      assert.equal(consumer.prefetchedBytes, 0);
      // Where no store was refused, all that was processed is stored.
      if (!stores.includes("is fenced") && !polls.includes("is fenced")) {
        for (const partition of logs.keys()) assert.equal(membership.stored.get(partition), BigInt(MESSAGES - 1));
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
