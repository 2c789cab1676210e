import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { decodeHeaders } from "@iggy-connectors/protocol";
import { type MessageBatch, RejectedError, type Sink, type Source } from "@iggy-connectors/sdk";
import { FakeIggy } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition, sourceDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { TaskStatus } from "../../shared/task/task-status.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-transforms-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const EXPLODE = [{ type: "explode" }];

function startSink(iggy: FakeIggy, sink: Sink, changes: Partial<TaskSpec>): RunningTask {
  const spec = taskSpec(
    sinkDefinition(() => sink),
    changes,
  );
  const sinkStreams = spec.sinkStreams.map((stream) => ({ ...stream, schema: "json" as const }));
  return new RunningTask({ ...spec, sinkStreams, file: join(folder, "sink.toml") }, iggy);
}

function startSource(iggy: FakeIggy, source: Source<number>, changes: Partial<TaskSpec>): RunningTask {
  const spec = taskSpec(
    sourceDefinition(() => source as Source),
    { checkpoint: { path: join(folder, "source_test.state"), interval: 0 }, ...changes },
  );
  return new RunningTask({ ...spec, file: join(folder, "source.toml") }, iggy);
}

function topicOf(...payloads: string[]): FakeIggy {
  const iggy = new FakeIggy();
  iggy.createTopicSync("s", "t", 1);
  iggy.append("s", "t", 0, ...payloads);
  return iggy;
}

function valuesOf(batch: MessageBatch): unknown[] {
  return [...batch].map(({ value }) => value);
}

function assertAddsUp({ counters, messagesInFlight }: TaskStatus): void {
  const ended = counters.delivered + counters.filtered + counters.skipped + counters.deadLettered;
  assert.equal(counters.consumed, ended + messagesInFlight);
}

function letters(iggy: FakeIggy): string[] {
  return iggy.log("dead", "letters", 0).map(({ payload }) => Buffer.from(payload).toString());
}

describe("messages that become several, in a sink", () => {
  it("count as the message that they were derived from", async () => {
    const iggy = topicOf("[1,2,3]", "[]", "[4]", "5");
    const seen: unknown[] = [];
    const task = startSink(
      iggy,
      { consume: async (batch) => void seen.push(...valuesOf(batch)) },
      { transforms: EXPLODE },
    );
    await until(() => iggy.stored.get("s/t/0") === 3n);
    const status = await task.stop();
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    assert.deepEqual([status.counters.delivered, status.counters.filtered], [3, 1]);
    assertAddsUp(status);
  });

  it("dead-letter the original once when one of them is rejected, by name or with its whole batch", async () => {
    for (const byName of [true, false]) {
      const iggy = topicOf("[1,2]", "[3,4,3]", "[5,6]");
      const delivered: unknown[] = [];
      const task = startSink(
        iggy,
        {
          async consume(batch) {
            const bad = [...batch].filter(({ value }) => value === 3);
            const error = new RejectedError("three");
            if (bad.length > 0 && !byName) throw error;
            delivered.push(...valuesOf(batch));
            return { rejected: bad.map(({ offset }) => ({ offset, error })) };
          },
        },
        { transforms: EXPLODE },
      );
      await until(() => iggy.stored.get("s/t/0") === 2n);
      const status = await task.stop();
      assert.deepEqual(letters(iggy), ["[3,4,3]"]);
      assert.deepEqual([status.counters.delivered, status.counters.deadLettered], [2, 1]);
      assert.deepEqual(
        delivered.filter((value) => value !== 3 && value !== 4),
        [1, 2, 5, 6],
      );
      assertAddsUp(status);
    }
  });

  it("are settled once by a flush that fails, too", async () => {
    const iggy = topicOf("[1,2]", "[3,4]");
    const task = startSink(
      iggy,
      {
        async consume() {},
        async flush() {
          throw new RejectedError("never");
        },
      },
      { transforms: EXPLODE },
    );
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    assert.deepEqual(letters(iggy), ["[1,2]", "[3,4]"]);
    assert.equal(status.counters.deadLettered, 2);
    assertAddsUp(status);
  });

  it("end with the original when a later step fails on one of them", async () => {
    const iggy = topicOf('[{"n":"1"},{"n":"x"}]', '[{"n":"2"}]');
    const seen: unknown[] = [];
    const transforms = [...EXPLODE, { type: "cast", name: "numbers", fields: { n: "integer" } }];
    const task = startSink(iggy, { consume: async (batch) => void seen.push(...valuesOf(batch)) }, { transforms });
    await until(() => iggy.stored.get("s/t/0") === 1n);
    const status = await task.stop();
    assert.deepEqual(seen, [{ n: 2 }]);
    assert.deepEqual(letters(iggy), ['[{"n":"1"},{"n":"x"}]']);
    const [letter] = iggy.log("dead", "letters", 0);
    const headers = decodeHeaders(letter!.headersBytes!);
    assert.equal(headers.get("dead_letter.transform")?.value, "numbers");
    assert.equal(headers.get("dead_letter.code")?.value, "IGC_TRANSFORM_CAST");
    assertAddsUp(status);
  });
});

describe("transforms of a source", () => {
  const poll = (...payloads: unknown[]): Source<number> => ({
    poll: async () => ({
      messages: payloads.map((payload, index) => ({ payload, id: BigInt(index + 1) })),
      checkpoint: 1,
      completed: true,
      schema: "json",
    }),
  });
  const streams = (...names: (string | undefined)[]): TaskSpec["sourceStreams"] => {
    const [stream] = taskSpec(sourceDefinition(() => poll())).sourceStreams;
    return names.map((name, index) => ({ ...stream!, name, schema: "json" as const, topic: `t${index}` }));
  };
  const sent = (iggy: FakeIggy, topic: string): string[] =>
    iggy.log("s", topic, 0).map(({ payload }) => Buffer.from(payload).toString());

  it("route, set headers, and give the parts of a message ids of their own", async () => {
    const iggy = new FakeIggy();
    const task = startSource(iggy, poll([{ to: "a" }, { to: "b" }], [{ to: "b" }]), {
      sourceStreams: streams("a", "b"),
      transforms: [
        { type: "explode" },
        { type: "route", field: "to" },
        { type: "field_to_header", fields: { to: "to" } },
      ],
    });
    await task.done;
    assert.deepEqual(sent(iggy, "t0"), ['{"to":"a"}']);
    assert.deepEqual(sent(iggy, "t1"), ['{"to":"b"}', '{"to":"b"}']);
    const all = [...iggy.log("s", "t0", 0), ...iggy.log("s", "t1", 0)];
    assert.equal(new Set(all.map(({ id }) => id)).size, 3);
    assert.equal(decodeHeaders(all[0]!.headersBytes!).get("to")?.value, "a");
    assert.deepEqual([task.status.counters.delivered, task.status.counters.sent], [2, 3]);
  });

  it("know the names of the streams when they are compiled", async () => {
    const task = startSource(new FakeIggy(), poll(), {
      sourceStreams: streams("orders", undefined),
      transforms: [{ type: "route", to: "order" }],
    });
    await task.done;
    assert.equal(task.status.state, "failed");
    assert.match(task.status.lastError!.message, /did you mean orders/);
  });

  it("write one dead letter for a message that names an unknown stream, however many it became", async () => {
    const iggy = new FakeIggy();
    const task = startSource(iggy, poll([{ to: "x" }, { to: "y" }]), {
      sourceStreams: streams("a"),
      transforms: [{ type: "explode" }, { type: "route", field: "to" }],
    });
    await task.done;
    assert.deepEqual(letters(iggy), ['[{"to":"x"},{"to":"y"}]']);
    assert.equal(task.status.counters.deadLettered, 1);
  });
});

describe("script", () => {
  async function runScript(
    code: string,
    payloads: string[],
    settings: object = {},
  ): Promise<{ seen: unknown[]; iggy: FakeIggy; task: RunningTask }> {
    await writeFile(join(folder, "script.ts"), code);
    const iggy = topicOf(...payloads);
    const seen: unknown[] = [];
    const task = startSink(
      iggy,
      {
        consume: async (batch) =>
          void seen.push(...[...batch].map(({ value, headers }) => [value, headers.get("seen")?.value])),
      },
      { transforms: [{ type: "script", path: "./script.ts", ...settings }] },
    );
    await until(() => task.status.state === "failed" || iggy.stored.get("s/t/0") === BigInt(payloads.length - 1));
    await task.stop();
    return { seen, iggy, task };
  }

  it("returns one, none or many messages, changed in place or new, with headers", async () => {
    const code = `
      import { defineScript } from "@iggy-connectors/sdk";
      import { z } from "zod";
      export default defineScript<{ n: number; more?: boolean }, z.ZodObject<{ add: z.ZodDefault<z.ZodNumber> }>>({
        config: z.object({ add: z.number().default(10) }),
        transform(message, { config }) {
          if (message.value.n === 0) return null;
          if (message.value.n === 1) { message.value.n += config.add; message.headers = { seen: true }; return message; }
          return [{ value: { n: message.offset } }, { value: { n: message.topic, left: undefined } }];
        },
      });`;
    const { seen, task } = await runScript(code, ['{"n":0}', '{"n":1}', '{"n":2}']);
    assert.deepEqual(seen, [
      [{ n: 11 }, true],
      [{ n: 2n }, undefined],
      [{ n: "t" }, undefined],
    ]);
    assert.deepEqual([task.status.counters.delivered, task.status.counters.filtered], [2, 1]);
  });

  it("fails its message only, with what it threw or returned", async () => {
    const code = `
      export const check = (message) => {
        const { value } = message;
        if (value === "throw") throw new Error("no good");
        if (value === "nothing") return undefined;
        if (value === "promise") return Promise.reject(new Error("later"));
        if (value === "date") return { value: new Date(0) };
        return message;
      };`;
    const payloads = ['"throw"', '"nothing"', '"promise"', '"date"', '"good"'];
    const { seen, iggy } = await runScript(code, payloads, { export: "check" });
    assert.deepEqual(seen, [["good", undefined]]);
    const errors = iggy.log("dead", "letters", 0).map(({ headersBytes }) => decodeHeaders(headersBytes!));
    const texts = errors.map((headers) => String(headers.get("dead_letter.error")?.value));
    for (const [index, pattern] of [/no good/, /returned nothing/, /must be synchronous/, /class Date/].entries()) {
      assert.match(texts[index]!, pattern);
    }
  });

  it("reports what is wrong with its file", async () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ["enum Color { Red } export default () => Color.Red;", "IGC_PLUGIN_TYPESCRIPT", /script file/],
      ["export const other = 1;", "IGC_CONFIG_TRANSFORM_INVALID", /no export "default": its exports are other/],
      ["export default 5;", "IGC_CONFIG_TRANSFORM_INVALID", /is not a function/],
    ];
    for (const [index, [code, expected, message]] of cases.entries()) {
      const name = `wrong-${index}.ts`;
      await writeFile(join(folder, name), code);
      const { task } = await runScript("", ["1"], { path: `./${name}` });
      assert.equal(task.status.state, "failed");
      assert.equal(task.status.lastError?.code, expected);
      assert.match(task.status.lastError!.message, message);
    }
  });
});
