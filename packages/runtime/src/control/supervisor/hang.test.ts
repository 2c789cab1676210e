import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { iggyForFile, linesOf, SLOW } from "../../../test/supervisor/iggy-for-file.ts";
import { everyPlacement, superviseSink, superviseSource } from "../../../test/supervisor/supervised-sink.ts";

const iggy = iggyForFile();

/** A topic with messages `0`, `1` …; those in `bad` are `hang`. */
async function topicOf(name: string, count: number, bad: readonly number[]): Promise<void> {
  await iggy.topic(name);
  const payloads = Array.from({ length: count }, (_, index) => (bad.includes(index) ? '"hang"' : String(index)));
  await iggy.send(name, ...payloads);
}

const written = async (output: string): Promise<readonly number[]> => (await linesOf({ output })).map(Number);

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
        ...{ iggy, topic, isolation, place: everyPlacement() },
        create: CONSUME,
      });
      const { task, lines, output } = sink;
      await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", SLOW);
      const { state, lastError } = task.status();
      assert.equal(state, "retrying");
      assert.match(
        lastError?.message ?? "",
        /^the worker has not answered for \d+ s, in consume of s\/consume-\w+\/0 offsets 0 to 19 since 20\d\d-/,
      );
      await eventually(() => task.status().counters.deadLettered === 1, SLOW);
      await eventually(async () => new Set(await written(output)).size === 19, SLOW);
      assert.deepEqual(
        [...new Set(await written(output))].sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index).filter((index) => index !== 7),
        "each of the others",
      );
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
      ...{ iggy, topic: "flush", isolation: "thread", place: everyPlacement() },
      create: STAGE,
    });
    const { task, output } = sink;
    await eventually(() => task.status().counters.deadLettered === 1, SLOW);
    await eventually(async () => new Set(await written(output)).size === 99, SLOW);
    assert.deepEqual(
      [...new Set(await written(output))].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 42),
    );
  });

  it("hangs in a transform", async () => {
    await topicOf("transform", 10, [3]);
    const script = join(iggy.folder, "hang.ts");
    await writeFile(
      script,
      'export default (message) => { if (Buffer.from(message.value).includes("hang")) for (;;); return message; };\n',
    );
    await using sink = await superviseSink({
      ...{ iggy, topic: "transform", isolation: "thread", place: everyPlacement() },
      create: CONSUME,
      spec: { transforms: [{ type: "script", path: script }] },
    });
    const { task, output } = sink;
    await eventually(() => task.status().counters.deadLettered === 1, SLOW);
    await eventually(async () => (await written(output)).length === 9, SLOW);
    assert.deepEqual(
      task.status().deadLetters.map(({ stage, code }) => [stage, code]),
      [["transform", "IGC_PLUGIN_UNRESPONSIVE"]],
    );
  });

  it("hangs in a transform of a source: the message is a dead letter, and its neighbours are sent once at least", async () => {
    const script = join(iggy.folder, "hang-source.ts");
    await writeFile(
      script,
      'export default (message) => { if (Buffer.from(message.value).includes("hang")) for (;;); return message; };\n',
    );
    const payloads = Array.from({ length: 25 }, (_, index) => (index === 13 ? "hang" : `message ${index}`));
    await using source = await superviseSource({
      ...{ iggy, topic: "produced", isolation: "thread", place: everyPlacement() },
      payloads,
      spec: { transforms: [{ type: "script", path: script }] },
    });
    const { task, lines } = source;
    await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", SLOW);
    assert.match(task.status().lastError?.message ?? "", /in transforms of a batch of the source since/);
    await eventually(() => task.status().counters.deadLettered === 1, SLOW);
    const sent = async (): Promise<string[]> => {
      const frames = await iggy.client.pollMessages({
        ...{ stream: "s", topic: "produced", partition: 0, consumer: { kind: "consumer", id: "reader" }, count: 100 },
        strategy: { kind: "first" },
      });
      return [...new Set(Array.from({ length: frames.length }, (_, index) => frames.payload(index).toString()))];
    };
    await eventually(async () => (await sent()).length === 24, SLOW);
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
      ...{ iggy, topic: "create", isolation: "thread", place: everyPlacement() },
      create: "for (;;);",
    });
    const { task } = sink;
    await eventually(() => task.status().lastError?.code === "IGC_PLUGIN_UNRESPONSIVE", SLOW);
    assert.match(task.status().lastError?.message ?? "", /in create since/);
    await eventually(() => (task.restarts.get("hang") ?? 0) > 0, SLOW);
  });

  it("is left alone where its time is unlimited", async () => {
    await topicOf("patient", 1, [0]);
    await using sink = await superviseSink({
      ...{ iggy, topic: "patient", isolation: "thread", place: everyPlacement() },
      create: `return { async consume() { const end = Date.now() + 6000; while (Date.now() < end); appendFileSync(config.path, "1\\n"); } };`,
      spec: { hangTimeout: 0 },
    });
    await eventually(async () => (await written(sink.output)).length === 1, SLOW);
    assert.equal(sink.task.restarts.size, 0);
  });

  it("shares its thread: the neighbours go on in another one, and the culprit has one of its own", async () => {
    const place = everyPlacement();
    await topicOf("culprit", 3, [1]);
    await topicOf("neighbour", 5, []);
    await using neighbour = await superviseSink({
      ...{ iggy, topic: "neighbour", isolation: "shared", place },
      create: CONSUME,
    });
    await eventually(async () => (await written(neighbour.output)).length === 5, SLOW);
    await using culprit = await superviseSink({
      ...{ iggy, topic: "culprit", isolation: "shared", place },
      create: CONSUME,
    });
    await eventually(() => culprit.task.placed.quarantine?.state === "quarantined", SLOW);
    await eventually(() => neighbour.lines.some(({ message }) => message.includes("sink culprit")), SLOW);
    await iggy.send("neighbour", "5");
    await eventually(async () => (await written(neighbour.output)).length === 6, SLOW);
    await eventually(() => culprit.task.status().counters.deadLettered === 1, SLOW);
    assert.deepEqual(neighbour.task.placed, { isolation: "shared", quarantine: undefined });
    assert.equal(neighbour.task.restarts.size, 0, "it has not failed");
  });
});
