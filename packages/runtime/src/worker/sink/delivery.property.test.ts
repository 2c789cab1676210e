import assert from "node:assert/strict";
import { it } from "node:test";
import { FatalError, type MessageBatch, RejectedError, RetryableError, type Sink } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { FakeIggy } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";
import type { TaskStatus } from "../../shared/task/task-status.ts";

/** What the destination does at one call of consume. */
type Step = "ok" | "retryable" | "bug" | "reject" | "refuse" | "crash" | "stop";

const step = fc.constantFrom<Step>("ok", "ok", "ok", "retryable", "bug", "reject", "refuse", "crash", "stop");

interface World {
  readonly iggy: FakeIggy;
  /** Offsets per partition that the destination has written, or whose dead letter is written. */
  readonly ended: Map<number, Set<bigint>>;
}

/** Messages of which the destination says that it will never take them. */
function isPoison(offset: bigint): boolean {
  return offset % 7n === 3n;
}

function endedOf(world: World, partition: number): Set<bigint> {
  let set = world.ended.get(partition);
  if (set === undefined) {
    set = new Set();
    world.ended.set(partition, set);
  }
  return set;
}

/** Invariants 1 and 2, asked at the very moment when an offset is stored. */
function guardStores(world: World): void {
  const { iggy, ended } = world;
  const original = iggy.stored.set.bind(iggy.stored);
  iggy.stored.set = (place, offset) => {
    const partition = Number(place.split("/")[2]);
    const set = ended.get(partition) ?? new Set();
    for (let each = 0n; each <= offset; each++) {
      assert.ok(set.has(each), `offset ${offset} of ${place} was stored, but ${each} has not ended`);
    }
    return original(place, offset);
  };
}

/** A destination that follows a script, then works. */
function scriptedSink(world: World, script: Step[], end: (how: "crash" | "stop") => void): Sink {
  const write = (batch: MessageBatch, accept: (offset: bigint) => boolean): void => {
    const set = endedOf(world, batch.partition);
    for (const { offset } of batch) if (accept(offset)) set.add(offset);
  };
  return {
    async consume(batch) {
      const next = script.shift() ?? "ok";
      // Calls that are inside at once end in another order than they began.
      for (let turn = 0; turn < script.length % 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      switch (next) {
        case "ok":
        case "reject": {
          write(batch, (offset) => !isPoison(offset));
          const poison = [...batch].filter(({ offset }) => isPoison(offset));
          return { rejected: poison.map(({ offset }) => ({ offset, error: new RejectedError("poison") })) };
        }
        case "refuse":
          if ([...batch].some(({ offset }) => isPoison(offset))) throw new RejectedError("something in it is poison");
          write(batch, () => true);
          return undefined;
        case "retryable":
          throw new RetryableError("away");
        case "bug":
          throw new TypeError("bug");
        case "crash":
        case "stop":
          end(next);
          throw new RetryableError("not now");
      }
    },
  };
}

function assertEndsOnce({ counters, messagesInFlight }: TaskStatus): void {
  assert.equal(counters.consumed, counters.delivered + counters.filtered + counters.skipped + counters.deadLettered);
  assert.equal(messagesInFlight, 0);
}

it("never stores an offset past a message that has not ended, whatever the destination does, and loses nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 3 }),
      async (script, sizes, batchLength, maxInFlightPartitions, maxInFlight) => {
        const iggy = new FakeIggy();
        iggy.createTopicSync("s", "t", sizes.length);
        for (const [partition, size] of sizes.entries()) {
          for (let index = 0; index < size; index++) iggy.append("s", "t", partition, `${partition}:${index}`);
        }
        const world: World = { iggy, ended: new Map() };
        guardStores(world);
        // A dead letter counts as ended from the moment in which Iggy has it.
        iggy.onSend = ({ messages }) => {
          for (const { payload } of messages) {
            const [partition, offset] = Buffer.from(payload).toString().split(":");
            endedOf(world, Number(partition)).add(BigInt(offset ?? "0"));
          }
          return undefined;
        };
        const complete = (): boolean =>
          sizes.every((size, partition) => size === 0 || iggy.stored.get(`s/t/${partition}`) === BigInt(size - 1));
        let finished = false;
        while (!finished) {
          let ended: Promise<unknown> | undefined;
          const sink = scriptedSink(world, script, (how) => {
            ended ??= how === "crash" ? task.kill() : task.stop();
          });
          const spec = taskSpec(
            sinkDefinition(() => sink),
            { maxInFlightPartitions, maxInFlight },
          );
          const [stream] = spec.sinkStreams;
          const task: RunningTask = new RunningTask({ ...spec, sinkStreams: [{ ...stream!, batchLength }] }, iggy);
          await until(() => ended !== undefined || complete());
          finished = ended === undefined;
          await ended;
          const status = await task.stop();
          if (finished) assertEndsOnce(status);
          assert.notEqual(status.lastError?.code, new FatalError("").code);
        }
        for (const [partition, size] of sizes.entries()) {
          assert.equal(endedOf(world, partition).size, size);
          for (let offset = 0n; offset < BigInt(size); offset++) assert.ok(endedOf(world, partition).has(offset));
        }
      },
    ),
    { numRuns: 60 },
  );
});
