import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { sinkDefinition, sourceDefinition } from "../../../test/task/plugins.ts";
import { taskSpec, until } from "../../../test/task/task-harness.ts";
import { checkTaskEvent } from "../../control/supervisor/placements/incoming.ts";
import type { PlacedWorker } from "../../control/supervisor/placements/placement.ts";
import { startThread } from "../../control/supervisor/placements/thread.ts";
import type { TaskCommand, TaskEvent } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { TASK_WORKER_URL } from "../entries.ts";

let folder: string;
let server: EmbeddedServer;
let client: IggyClient;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-worker-"));
  server = await startServer({ address: "127.0.0.1:0", path: join(folder, "data") });
  client = await IggyClient.connect({ address: server.address });
});

after(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const SINK = `
import { appendFileSync } from "node:fs";
import { defineSink, FatalError } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "lines", version: "1.0.0", description: "Appends lines", schemas: ["json", "raw"], delivery: "at-least-once",
  config: z.object({ path: z.string(), behaviour: z.enum(["write", "hang", "exit", "throw"]).default("write") }),
  create: ({ path, behaviour }, { logger }) => ({
    async consume(batch) {
      if (behaviour === "hang") for (;;);
      if (behaviour === "exit") process.exit(3);
      if (behaviour === "throw") setImmediate(() => { throw new Error("out of band"); });
      if (behaviour === "throw") await new Promise(() => {});
      appendFileSync(path, batch.toLines());
      logger.info("written", { count: batch.length });
    },
  }),
});
`;

const SOURCE = `
import { defineSource } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSource({
  name: "count", version: "1.0.0", description: "Counts", schemas: ["json"], delivery: "at-least-once",
  config: z.object({ end: z.number() }),
  create: ({ end }) => ({
    async poll({ checkpoint, maxMessages }: { checkpoint: number | undefined; maxMessages: number }) {
      const from = checkpoint ?? 0;
      const to = Math.min(end, from + maxMessages);
      const messages = [];
      for (let n = from; n < to; n++) messages.push({ payload: { n }, id: BigInt(n + 1) });
      return { messages, checkpoint: to, completed: to === end };
    },
  }),
});
`;

class Thread {
  readonly events: TaskEvent[] = [];
  /** Its exit code. */
  readonly exited: Promise<number>;
  error: unknown;
  readonly #worker: PlacedWorker<TaskCommand>;

  constructor(spec: TaskSpec) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exited = promise;
    this.#worker = startThread<TaskCommand, TaskEvent>(
      TASK_WORKER_URL,
      { name: "test", work: spec },
      { memoryLimit: 256 * 1024 ** 2, environment: process.env },
      {
        event: (event) => this.events.push(event),
        logs: () => {},
        hung: () => {},
        exited: ({ error, code }) => {
          this.error = error;
          resolve(code);
        },
      },
      checkTaskEvent,
    );
  }

  stop(): void {
    this.#worker.send({ type: "stop" });
  }

  terminate(): Promise<number> {
    this.#worker.terminate();
    return this.exited;
  }
}

async function specOf(
  type: "sink" | "source",
  topic: string,
  pluginConfig: unknown,
  changes: Partial<TaskSpec> = {},
): Promise<TaskSpec> {
  const path = join(folder, `${type}.ts`);
  await writeFile(path, type === "sink" ? SINK : SOURCE);
  const base = taskSpec(
    type === "sink"
      ? sinkDefinition(() => ({ async consume() {} }))
      : sourceDefinition(() => ({ poll: async () => ({ messages: [] }) })),
  );
  return {
    ...base,
    plugin: { path: `./${type}.ts`, url: pathToFileURL(path).href },
    pluginConfig,
    iggy: { address: server.address, username: "iggy", password: "iggy" },
    sinkStreams: [{ ...base.sinkStreams[0]!, topics: [topic], create: true, partitions: 2, schema: "json" }],
    sourceStreams: [{ ...base.sourceStreams[0]!, topic, partitions: 2, schema: "json" }],
    checkpoint: { path: join(folder, `source_${topic}.state`), interval: 10 },
    ...changes,
  };
}

describe("a worker", () => {
  it("moves a source's messages into Iggy and a sink's out of it, and exits by itself", async () => {
    const source = new Thread(await specOf("source", "events", { end: 500 }));
    await source.exited;
    assert.equal(source.error, undefined);
    const ended = source.events.at(-1);
    assert.ok(ended?.type === "ended");
    assert.equal(ended.status.state, "completed");
    assert.equal(ended.status.counters.sent, 500);
    assert.equal(source.events[1]?.type, "described");

    const output = join(folder, "out.ndjson");
    const sink = new Thread(await specOf("sink", "events", { path: output }));
    const lines = async (): Promise<string[]> =>
      (await readFile(output, "utf8").catch(() => "")).split("\n").slice(0, -1);
    let count = 0;
    while (count < 500) count = (await lines()).length;
    sink.stop();
    await sink.exited;
    assert.equal(sink.error, undefined);
    const last = sink.events.at(-1);
    assert.ok(last?.type === "ended");
    assert.equal(last.status.state, "stopped");
    assert.equal(last.status.counters.delivered, 500);
    const numbers = (await lines()).map((line) => (JSON.parse(line) as { n: number }).n);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: 500 }, (_, n) => n),
    );
    assert.ok(
      sink.events.some((event) => event.type === "logs" && event.lines.some(({ message }) => message === "written")),
    );
    for (const partition of [0, 1]) {
      const offset = await client.getConsumerOffset({
        consumer: { kind: "group", id: "group" },
        stream: "s",
        topic: "events",
        partition,
      });
      assert.equal(offset?.storedOffset, offset?.currentOffset);
    }
  });

  it("shares a topic's partitions with another worker, and takes over those that it leaves", async () => {
    await new Thread(await specOf("source", "shared", { end: 200 })).exited;
    const output = join(folder, "shared.ndjson");
    const first = new Thread(await specOf("sink", "shared", { path: output }));
    const second = new Thread(await specOf("sink", "shared", { path: output }, { task: 1 }));
    const partitionsOf = (thread: Thread): number => {
      const last = thread.events.findLast((event) => event.type === "status");
      return last?.type === "status" ? last.status.partitions.length : 0;
    };
    await until(() => partitionsOf(first) === 1 && partitionsOf(second) === 1);
    first.stop();
    await first.exited;
    await until(() => partitionsOf(second) === 2);
    second.stop();
    await second.exited;
    const numbers = (await readFile(output, "utf8")).split("\n").slice(0, -1);
    assert.equal(new Set(numbers).size, 200);
  });

  it("waits for a server that is down", async () => {
    const spec = await specOf("source", "away", { end: 10 });
    const thread = new Thread({ ...spec, iggy: { ...spec.iggy, address: "127.0.0.1:1" } });
    await until(() =>
      thread.events.some(
        ({ type, ...rest }) => type === "status" && "status" in rest && rest.status.lastError !== undefined,
      ),
    );
    const last = thread.events.findLast((event) => event.type === "status");
    assert.ok(last?.type === "status");
    assert.equal(last.status.state, "starting");
    assert.match(last.status.lastError?.message ?? "", /127\.0\.0\.1:1/);
    thread.stop();
    await thread.exited;
    assert.equal(thread.error, undefined);
  });

  it("affects no other when its plugin exits, throws outside of a call, or blocks", async () => {
    await client.createTopic({ stream: "s", name: "bad", partitionsCount: 1 });
    await client.sendMessages({ stream: "s", topic: "bad", messages: [{ payload: Buffer.from("{}") }] });
    const exiting = new Thread(await specOf("sink", "bad", { path: "x", behaviour: "exit" }));
    assert.equal(await exiting.exited, 3);
    const throwing = new Thread(await specOf("sink", "bad", { path: "x", behaviour: "throw" }));
    assert.equal(await throwing.exited, 1);
    assert.equal((throwing.error as Error).message, "out of band");
    const hanging = new Thread(await specOf("sink", "bad", { path: "x", behaviour: "hang" }));
    await until(() => hanging.events.some((event) => event.type === "status" && event.status.state === "running"));
    assert.equal(await hanging.terminate(), 1);
    for (const thread of [exiting, throwing, hanging]) assert.ok(!thread.events.some(({ type }) => type === "ended"));
  });

  it("reports what is wrong with its configuration, and ends as failed", async () => {
    const thread = new Thread(await specOf("sink", "events", { behaviour: "write" }));
    await thread.exited;
    assert.equal(thread.error, undefined);
    const last = thread.events.at(-1);
    assert.ok(last?.type === "ended");
    assert.equal(last.status.state, "failed");
    assert.equal(last.status.lastError?.code, "IGC_CONFIG_PLUGIN");
  });
});
