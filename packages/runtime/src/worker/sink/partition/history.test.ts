import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageBatch, Sink } from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RecordingTarget } from "../../../../test/task/recording-target.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

const texts = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`);

function scene(count = 100): FakeIggy {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t");
  iggy.tellHistories("s", "t", "first");
  iggy.append("s", "t", 0, ...texts(count, "old"));
  return iggy;
}

function run(iggy: FakeIggy, sink: Sink, changes: Partial<TaskSpec> = {}): RunningTask {
  return new RunningTask(
    taskSpec(
      sinkDefinition(() => sink),
      changes,
    ),
    iggy,
  );
}

const says = (task: RunningTask, text: RegExp): boolean => task.logs.some(({ message }) => text.test(message));

/** A sink that keeps no offsets. */
function plain(seen: string[]): Sink {
  return {
    async consume(batch: MessageBatch) {
      for (const { payload } of batch) seen.push(Buffer.from(payload).toString());
    },
  };
}

describe("a topic that was created again", () => {
  for (const count of [1, 50, 100, 150]) {
    it(`while the sink was stopped, with ${count} messages: all of them are delivered`, async () => {
      const iggy = scene();
      const target = new RecordingTarget();
      const before = run(iggy, target.sink());
      await until(() => target.rows.length === 100 && iggy.stored.get("s/t/0") === 99n);
      await before.stop();
      iggy.recreateTopic("s", "t", "second");
      iggy.append("s", "t", 0, ...texts(count, "new"));
      const after = run(iggy, target.sink());
      await until(() => iggy.stored.get("s/t/0") === BigInt(count - 1));
      const { counters } = await after.stop();
      assert.deepEqual(target.texts.slice(100), texts(count, "new"));
      assert.deepEqual(target.record, { offset: BigInt(count - 1), history: "second.0" });
      assert.equal(counters.relocations, 1);
      assert.ok(says(after, /created again/));
    });

    it(`while the sink runs, with ${count} messages: all of them are delivered, offsets kept in the target or not`, async () => {
      const target = new RecordingTarget();
      const seen: string[] = [];
      for (const [sink, arrived] of [
        [target.sink(), () => target.texts],
        [plain(seen), () => seen],
      ] as const) {
        const iggy = scene();
        const task = run(iggy, sink);
        await until(() => arrived().length === 100 && iggy.stored.get("s/t/0") === 99n);
        iggy.recreateTopic("s", "t", "second");
        iggy.append("s", "t", 0, ...texts(count, "new"));
        await until(() => arrived().length === 100 + count && iggy.stored.get("s/t/0") === BigInt(count - 1));
        await task.stop();
        assert.deepEqual(arrived().slice(100), texts(count, "new"));
      }
    });
  }

  it("does not get the former topic's offset from a batch that ends after it", async () => {
    const iggy = scene(10);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: string[] = [];
    const task = run(iggy, {
      async consume(batch) {
        for (const { payload } of batch) seen.push(Buffer.from(payload).toString());
        if (seen.length === 10) await held;
      },
    });
    await until(() => seen.length === 10);
    iggy.recreateTopic("s", "t", "second");
    iggy.append("s", "t", 0, ...texts(30, "new"));
    iggy.wake();
    release();
    await until(() => iggy.stored.get("s/t/0") === 29n);
    await task.stop();
    assert.deepEqual(seen.slice(10), texts(30, "new"));
    assert.ok(!iggy.stores.some(({ offset }) => offset === 9n), "the offset of the former topic is stored nowhere");
  });

  it("begins at initial_offset", async () => {
    const iggy = scene();
    const target = new RecordingTarget();
    target.record = { offset: 99n, history: "another" };
    const task = run(iggy, target.sink(), { initialOffset: { kind: "offset", offset: 95n } });
    await until(() => iggy.stored.get("s/t/0") === 99n);
    await task.stop();
    assert.deepEqual(target.texts, texts(100, "old").slice(95));
    assert.deepEqual(target.resets, [95n]);
  });

  it("is not assumed where the record says nothing of a history: it is adopted", async () => {
    const iggy = scene();
    const target = new RecordingTarget();
    target.record = { offset: 89n };
    const task = run(iggy, target.sink());
    await until(() => iggy.stored.get("s/t/0") === 99n);
    await task.stop();
    assert.equal(target.rows.length, 10);
    assert.deepEqual(target.record, { offset: 99n, history: "first.0" });
  });
});

describe("a partition that was removed and added", () => {
  it("is read from its first message, whatever was stored of it meanwhile", async () => {
    const target = new RecordingTarget();
    const seen: string[] = [];
    for (const [sink, arrived] of [
      [target.sink(), () => target.texts],
      [plain(seen), () => seen],
    ] as const) {
      const iggy = scene();
      const task = run(iggy, sink);
      await until(() => arrived().length === 100 && iggy.stored.get("s/t/0") === 99n);
      iggy.recreatePartition("s", "t", "added");
      iggy.append("s", "t", 0, ...texts(150, "new"));
      // The assignment is read again at an interval; here it is due at once.
      iggy.wake();
      await until(() => new Set(arrived().slice(100)).size === 150);
      await task.stop();
      for (const text of texts(150, "new")) assert.ok(arrived().includes(text), `${text} is missing`);
    }
  });
});

describe("a purged topic", { concurrency: true }, () => {
  for (const count of [1, 99, 100, 150]) {
    it(`that has ${count} messages again while the sink runs: each comes once where offsets are kept in the target`, async () => {
      const iggy = scene();
      const target = new RecordingTarget();
      const task = run(iggy, target.sink());
      await until(() => target.rows.length === 100 && iggy.stored.get("s/t/0") === 99n);
      iggy.purge("s", "t");
      iggy.append("s", "t", 0, ...texts(count, "new"));
      await until(() => iggy.stored.get("s/t/0") === BigInt(count - 1));
      await task.stop();
      assert.deepEqual(target.texts.slice(100), texts(count, "new"));
    });
  }

  it("that has grown past the offset while the sink runs: every message comes where offsets are kept in Iggy", async () => {
    const iggy = scene();
    const seen: string[] = [];
    const task = run(iggy, plain(seen));
    await until(() => seen.length === 100 && iggy.stored.get("s/t/0") === 99n);
    iggy.purge("s", "t");
    iggy.append("s", "t", 0, ...texts(150, "new"));
    await until(() => texts(150, "new").every((text) => seen.includes(text)));
    await task.stop();
  });

  it("that has grown past the offset while the sink was stopped is recognized by the time of the last message", async () => {
    const iggy = scene();
    const target = new RecordingTarget({ time: true });
    const before = run(iggy, target.sink());
    await until(() => target.rows.length === 100 && iggy.stored.get("s/t/0") === 99n);
    await before.stop();
    iggy.purge("s", "t");
    iggy.append("s", "t", 0, ...texts(150, "new"));
    const after = run(iggy, target.sink(), { initialOffset: { kind: "last" } });
    await until(() => iggy.stored.get("s/t/0") === 149n);
    await after.stop();
    assert.deepEqual(target.texts.slice(100), texts(150, "new"));
  });

  it("of a single message is noticed by the next one", async () => {
    const iggy = scene(1);
    const seen: string[] = [];
    const task = run(iggy, plain(seen));
    await until(() => iggy.stored.get("s/t/0") === 0n);
    iggy.purge("s", "t");
    iggy.append("s", "t", 0, "new0");
    await until(() => seen.includes("new0"));
    await task.stop();
  });
});

describe("a target that was set back", () => {
  it("while the sink was stopped gets what it lacks", async () => {
    const iggy = scene();
    const target = new RecordingTarget();
    const before = run(iggy, target.sink());
    await until(() => iggy.stored.get("s/t/0") === 99n);
    await before.stop();
    target.setBack(59n);
    const after = run(iggy, target.sink());
    await until(() => target.rows.length === 100);
    await after.stop();
    assert.deepEqual(target.texts, texts(100, "old"));
    assert.ok(says(after, /the target is behind the offset stored in Iggy/));
  });

  it("while the sink runs gets what it lacks with the next message, without a retry", async () => {
    const iggy = scene();
    const target = new RecordingTarget();
    const task = run(iggy, target.sink());
    await until(() => iggy.stored.get("s/t/0") === 99n);
    target.setBack(59n);
    iggy.append("s", "t", 0, "more");
    await until(() => target.rows.length === 101);
    const { counters } = await task.stop();
    assert.deepEqual(target.texts, [...texts(100, "old"), "more"]);
    assert.equal(counters.retries, 0);
    assert.equal(counters.relocations, 1);
    assert.equal(counters.consumed, counters.delivered);
  });

  it("while the sink runs gets what it lacks without another message", async (context) => {
    context.mock.timers.enable({ apis: ["setInterval"] });
    const iggy = scene();
    const target = new RecordingTarget();
    const task = run(iggy, target.sink());
    await until(() => iggy.stored.get("s/t/0") === 99n);
    target.setBack(59n);
    context.mock.timers.tick(10_000);
    await until(() => target.rows.length === 100);
    target.rows.length = 0;
    target.record = undefined;
    const { questions } = target;
    // Whichever look is the tenth: the one that finds no record follows the one that learned of the record.
    await until(() => {
      context.mock.timers.tick(1000);
      return target.questions > questions + 1;
    });
    await until(() => target.rows.length === 100);
    await task.stop();
    assert.deepEqual(target.texts, texts(100, "old"));
  });
});

describe("messages that end without the sink", () => {
  it("are recorded by it, so that a restart does not bring their dead letters again", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t");
    iggy.append("s", "t", 0, "1", "2", "{", "{");
    const target = new RecordingTarget();
    const spec = taskSpec(sinkDefinition(() => target.sink()));
    const json = { sinkStreams: [{ ...spec.sinkStreams[0]!, schema: "json" as const }] };
    const before = run(iggy, target.sink(), json);
    await until(() => iggy.stored.get("s/t/0") === 3n);
    await before.stop();
    assert.equal(target.record?.offset, 3n);
    const after = run(iggy, target.sink(), json);
    iggy.append("s", "t", 0, "5");
    await until(() => iggy.stored.get("s/t/0") === 4n);
    await after.stop();
    assert.deepEqual(target.texts, ["1", "2", "5"]);
    assert.equal(iggy.log("dead", "letters").length, 2);
  });

  it("are recorded while it runs, too", async () => {
    const iggy = new FakeIggy();
    iggy.createTopicSync("s", "t");
    iggy.append("s", "t", 0, "1", "{");
    const target = new RecordingTarget();
    const spec = taskSpec(sinkDefinition(() => target.sink()));
    const task = run(iggy, target.sink(), { sinkStreams: [{ ...spec.sinkStreams[0]!, schema: "json" }] });
    await until(() => target.record?.offset === 1n);
    await task.kill();
    assert.deepEqual(target.ended, [1n]);
  });
});
