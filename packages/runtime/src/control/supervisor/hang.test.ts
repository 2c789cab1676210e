import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { eventually } from "@iggy-connectors/testing";
import { everyPlacement, superviseSink, superviseSource } from "../../../test/supervisor/supervised-sink.ts";

let folder: string;
let server: EmbeddedServer;
let client: IggyClient;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-hang-"));
  server = await startServer({ address: "127.0.0.1:0", path: join(folder, "data") });
  client = await IggyClient.connect({ address: server.address });
  await client.createStream("s");
});

after(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A topic with messages `0`, `1` …; those in `bad` are `hang`. */
async function topicOf(name: string, count: number, bad: readonly number[]): Promise<void> {
  await client.createTopic({ stream: "s", name, partitionsCount: 1 });
  const messages = Array.from({ length: count }, (_, index) => ({
    payload: Buffer.from(bad.includes(index) ? '"hang"' : String(index)),
  }));
  await client.sendMessages({ stream: "s", topic: name, messages });
}

const written = async (output: string): Promise<number[]> =>
  (await readFile(output, "utf8").catch(() => "")).split("\n").slice(0, -1).map(Number);

const CONSUME = `return { async consume(batch) {
  for (const one of text(batch)) if (one === '"hang"') for (;;);
  appendFileSync(config.path, text(batch).map((one) => one + "\\n").join(""));
} };`;

const STAGE = `let staged = []; return {
  async consume(batch) { staged.push(...text(batch)); },
  async revoked() { staged = []; },
  async flush() {
    for (const one of staged) if (one === '"hang"') for (;;);
    appendFileSync(config.path, staged.map((one) => one + "\\n").join(""));
    staged = [];
  },
};`;

describe("a worker that does not answer", { concurrency: 3 }, () => {
  for (const isolation of ["thread", "process"] as const) {
    it(`is replaced, and the message that keeps it busy again is a dead letter (${isolation})`, async () => {
      const topic = `consume-${isolation}`;
      await topicOf(topic, 20, [7]);
      await using sink = await superviseSink({
        ...{ folder, address: server.address, topic, isolation, place: everyPlacement() },
        create: CONSUME,
      });
      const { task, lines, output } = sink;
      await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", { timeout: 60_000 });
      const { state, lastError } = task.status();
      assert.equal(state, "retrying");
      assert.match(
        lastError?.message ?? "",
        /^the worker has not answered for \d+ s, in consume of s\/consume-\w+\/0 offsets 0 to 19 since 20\d\d-/,
      );
      await eventually(() => task.status().counters.deadLettered === 1, { timeout: 60_000 });
      await eventually(async () => new Set(await written(output)).size === 19, { timeout: 60_000 });
      assert.deepEqual(
        [...new Set(await written(output))].sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index).filter((index) => index !== 7),
        "each of the others",
      );
      // On a busy machine a worker that is only late may be replaced, too.
      assert.ok((task.restarts.get("hang") ?? 0) >= 2);
      assert.deepEqual(
        task.status().deadLetters.map(({ stage, code, count }) => [stage, code, count]),
        [["consume", "IGC_PLUGIN_UNRESPONSIVE", 1]],
      );
      assert.ok(lines.some(({ message }) => message.includes("offset 7 fails without being tried again")));
    });
  }

  it("hangs in a flush: few flushes find the message", async () => {
    await topicOf("flush", 100, [42]);
    await using sink = await superviseSink({
      ...{ folder, address: server.address, topic: "flush", isolation: "thread", place: everyPlacement() },
      create: STAGE,
    });
    const { task, output } = sink;
    await eventually(() => task.status().counters.deadLettered === 1, { timeout: 60_000 });
    await eventually(async () => new Set(await written(output)).size === 99, { timeout: 60_000 });
    assert.deepEqual(
      [...new Set(await written(output))].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 42),
    );
  });

  it("hangs in a transform", async () => {
    await topicOf("transform", 10, [3]);
    const script = join(folder, "hang.ts");
    await writeFile(
      script,
      'export default (message) => { if (Buffer.from(message.value).includes("hang")) for (;;); return message; };\n',
    );
    await using sink = await superviseSink({
      ...{ folder, address: server.address, topic: "transform", isolation: "thread", place: everyPlacement() },
      create: CONSUME,
      spec: { transforms: [{ type: "script", path: script }] },
    });
    const { task, output } = sink;
    await eventually(() => task.status().counters.deadLettered === 1, { timeout: 60_000 });
    await eventually(async () => (await written(output)).length === 9, { timeout: 60_000 });
    assert.deepEqual(
      task.status().deadLetters.map(({ stage, code }) => [stage, code]),
      [["transform", "IGC_PLUGIN_UNRESPONSIVE"]],
    );
  });

  it("hangs in a transform of a source: the message is a dead letter, and its neighbours are sent once at least", async () => {
    const script = join(folder, "hang-source.ts");
    await writeFile(
      script,
      'export default (message) => { if (Buffer.from(message.value).includes("hang")) for (;;); return message; };\n',
    );
    const payloads = Array.from({ length: 25 }, (_, index) => (index === 13 ? "hang" : `message ${index}`));
    await using source = await superviseSource({
      ...{ folder, address: server.address, topic: "produced", isolation: "thread", place: everyPlacement() },
      payloads,
      spec: { transforms: [{ type: "script", path: script }] },
    });
    const { task, lines } = source;
    await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", { timeout: 60_000 });
    assert.match(task.status().lastError?.message ?? "", /in transforms of a batch of the source since/);
    await eventually(() => task.status().counters.deadLettered === 1, { timeout: 60_000 });
    const sent = async (): Promise<string[]> => {
      const frames = await client.pollMessages({
        ...{ stream: "s", topic: "produced", partition: 0, consumer: { kind: "consumer", id: "reader" }, count: 100 },
        strategy: { kind: "first" },
      });
      return [...new Set(Array.from({ length: frames.length }, (_, index) => frames.payload(index).toString()))];
    };
    await eventually(async () => (await sent()).length === 24, { timeout: 60_000 });
    assert.deepEqual(
      await sent(),
      payloads.filter((text) => text !== "hang"),
      "in order",
    );
    assert.deepEqual(
      task.status().deadLetters.map(({ stage, code, count }) => [stage, code, count]),
      [["transform", "IGC_PLUGIN_UNRESPONSIVE", 1]],
    );
    assert.ok(lines.some(({ message }) => message.includes("a message of the source fails without being tried again")));
  });

  it("hangs while it starts: the state says in which call", async () => {
    await topicOf("create", 1, []);
    await using sink = await superviseSink({
      ...{ folder, address: server.address, topic: "create", isolation: "thread", place: everyPlacement() },
      create: "for (;;);",
    });
    const { task } = sink;
    await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", { timeout: 60_000 });
    assert.match(task.status().lastError?.message ?? "", /in create since/);
    await eventually(() => (task.restarts.get("hang") ?? 0) > 0, { timeout: 60_000 });
  });

  it("is left alone where its time is unlimited", async () => {
    await topicOf("patient", 1, [0]);
    await using sink = await superviseSink({
      ...{ folder, address: server.address, topic: "patient", isolation: "thread", place: everyPlacement() },
      create: `return { async consume() { const end = Date.now() + 6000; while (Date.now() < end); appendFileSync(config.path, "1\\n"); } };`,
      spec: { hangTimeout: 0 },
    });
    await eventually(async () => (await written(sink.output)).length === 1, { timeout: 60_000 });
    assert.equal(sink.task.restarts.size, 0);
  });

  it("shares its thread: the neighbours go on in another one, and the culprit has one of its own", async () => {
    const place = everyPlacement();
    await topicOf("culprit", 3, [1]);
    await topicOf("neighbour", 5, []);
    await using neighbour = await superviseSink({
      ...{ folder, address: server.address, topic: "neighbour", isolation: "shared", place },
      create: CONSUME,
    });
    await eventually(async () => (await written(neighbour.output)).length === 5, { timeout: 60_000 });
    await using culprit = await superviseSink({
      ...{ folder, address: server.address, topic: "culprit", isolation: "shared", place },
      create: CONSUME,
    });
    await eventually(() => culprit.task.placed.quarantine?.state === "quarantined", { timeout: 60_000 });
    await eventually(() => neighbour.lines.some(({ message }) => message.includes("sink culprit")), {
      timeout: 60_000,
    });
    await client.sendMessages({ stream: "s", topic: "neighbour", messages: [{ payload: Buffer.from("5") }] });
    await eventually(async () => (await written(neighbour.output)).length === 6, { timeout: 60_000 });
    await eventually(() => culprit.task.status().counters.deadLettered === 1, { timeout: 60_000 });
    assert.deepEqual(neighbour.task.placed, { isolation: "shared", quarantine: undefined });
    assert.equal(neighbour.task.restarts.size, 0, "it has not failed");
  });
});
