import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FatalError, type Source } from "@iggy-connectors/sdk";
import { FakeIggy, FakeIggyError } from "../../../test/task/fake-iggy.ts";
import { sourceDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-poll-ahead-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(iggy: FakeIggy, source: Source<number>, changes: Partial<TaskSpec> = {}): RunningTask {
  const spec = taskSpec(
    sourceDefinition(() => source as Source),
    { checkpoint: { path: join(folder, "source_test.state"), interval: 0 }, maxInFlight: 3, ...changes },
  );
  return new RunningTask(spec, iggy);
}

async function storedCheckpoint(): Promise<unknown> {
  const text = await readFile(join(folder, "source_test.state"), "utf8");
  return (JSON.parse(text) as { checkpoint: unknown }).checkpoint;
}

/** Ten numbers a batch up to `end`; records the checkpoints it was polled with. */
function counting(end: number): { readonly source: Source<number>; readonly asked: number[] } {
  const asked: number[] = [];
  const source: Source<number> = {
    async poll({ checkpoint = 0 }) {
      asked.push(checkpoint);
      const messages = Array.from({ length: 10 }, (_, index) => ({ payload: Buffer.from(`${checkpoint + index}`) }));
      return { messages, checkpoint: checkpoint + 10, completed: checkpoint + 10 === end };
    },
  };
  return { source, asked };
}

const sent = (iggy: FakeIggy): string[] => iggy.log("s", "t").map(({ payload }) => Buffer.from(payload).toString());

describe("polling ahead", () => {
  it("continues while an earlier batch is not confirmed, up to max_in_flight, in order", async () => {
    const iggy = new FakeIggy();
    const mend = iggy.fail("send", new FakeIggyError(8, "Disconnected"), Number.POSITIVE_INFINITY);
    const { source, asked } = counting(100);
    const task = start(iggy, source);
    await until(() => asked.length === 3);
    const waiting = await task.reached(({ messagesInFlight }) => messagesInFlight === 30);
    assert.equal(waiting.state, "retrying");
    assert.deepEqual(asked, [0, 10, 20]);
    await assert.rejects(storedCheckpoint(), { code: "ENOENT" });
    mend();
    await task.done;
    assert.deepEqual(
      sent(iggy),
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    assert.equal(await storedCheckpoint(), 100);
    assert.equal(task.status.counters.delivered, 100);
    assert.equal(task.status.messagesInFlight, 0);
  });

  it("stops at buffer_bytes as well", async () => {
    const iggy = new FakeIggy();
    const mend = iggy.fail("send", new FakeIggyError(8, "Disconnected"), Number.POSITIVE_INFINITY);
    const { source, asked } = counting(50);
    const task = start(iggy, source, { maxInFlight: 100, bufferBytes: 25 });
    await task.reached(({ state, messagesInFlight }) => state === "retrying" && messagesInFlight === 20);
    assert.deepEqual(asked, [0, 10]);
    mend();
    await task.done;
    assert.equal(sent(iggy).length, 50);
  });

  it("delivers what was polled before a fatal error of the source", async () => {
    const iggy = new FakeIggy();
    const { source } = counting(1000);
    const task = start(iggy, {
      async poll(context) {
        if (context.checkpoint === 20) throw new FatalError("gone", { code: "IGC_SOURCE_GONE" });
        return source.poll(context);
      },
    });
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.equal(sent(iggy).length, 20);
    assert.equal(await storedCheckpoint(), 20);
  });

  it("stops in order: open batches are sent, and the source is not closed during a poll", async () => {
    const iggy = new FakeIggy();
    let polling = 0;
    let closedWhilePolling: boolean | undefined;
    const { source } = counting(Number.POSITIVE_INFINITY);
    const task = start(iggy, {
      async poll(context) {
        polling += 1;
        try {
          await new Promise((resolve) => setImmediate(resolve));
          return await source.poll(context);
        } finally {
          polling -= 1;
        }
      },
      async close() {
        closedWhilePolling = polling > 0;
      },
    });
    await until(() => iggy.topics.has("s/t") && sent(iggy).length >= 50);
    const status = await task.stop();
    assert.equal(status.state, "stopped");
    assert.equal(closedWhilePolling, false);
    assert.equal(await storedCheckpoint(), sent(iggy).length);
    assert.equal(status.counters.produced, status.counters.delivered);
  });
});
