import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { iggyForFile, linesOf, SLOW } from "../../../test/supervisor/iggy-for-file.ts";
import { everyPlacement, superviseSink } from "../../../test/supervisor/supervised-sink.ts";
import type { FaultReason } from "./placements/pool/verdict.ts";

const iggy = iggyForFile();

interface Deed {
  readonly name: string;
  /** In `consume`, at the first message. */
  readonly code: string;
  readonly reason: FaultReason;
  /** Only a fault in a thread of its own tells who did it. */
  readonly hidden?: boolean;
}

const DEEDS: readonly Deed[] = [
  { name: "spins", code: "for (;;);", reason: "hang" },
  { name: "blocks", code: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", reason: "hang" },
  { name: "spins after it waited", code: "await new Promise(setImmediate); for (;;);", reason: "hang", hidden: true },
  { name: "exits", code: "process.exit(5);", reason: "exit" },
  {
    name: "exits from a timer",
    code: "setTimeout(() => process.exit(5), 1); await new Promise(() => {});",
    reason: "exit",
  },
  {
    name: "throws outside of a call",
    code: 'setImmediate(() => { throw new Error("stray"); }); await new Promise(() => {});',
    reason: "crash",
  },
  { name: "rejects", code: 'Promise.reject(new Error("stray")); await new Promise(() => {});', reason: "crash" },
  {
    name: "fills the heap",
    code: "const held = []; for (;;) { held.push(new Array(1e5).fill({})); await new Promise(setImmediate); }",
    reason: "out_of_memory",
    hidden: true,
  },
  {
    name: "holds too many buffers",
    code: "(globalThis.held ??= []).push(Buffer.alloc(300e6, 1)); await new Promise(() => {});",
    reason: "out_of_memory",
    hidden: true,
  },
];

const WRITE = `return { async consume(batch) {
  appendFileSync(config.path, text(batch).map((one) => one + "\\n").join(""));
} };`;

const send = (topic: string, text: string) => iggy.send(topic, `"${text}"`);

describe("a connector that ends the worker that it shares", { concurrency: 2 }, () => {
  for (const { name, code, reason, hidden = false } of DEEDS) {
    it(name, async (t) => {
      const place = everyPlacement({ heap: 96, buffers: 200e6 });
      const shared = { iggy, isolation: "shared", place } as const;
      const [left, topic, right] = [await iggy.topic(), await iggy.topic(), await iggy.topic()];
      await using first = await superviseSink({ ...shared, topic: left, create: WRITE });
      await using second = await superviseSink({ ...shared, topic: right, create: WRITE });
      const neighbours = [
        { topic: left, sink: first },
        { topic: right, sink: second },
      ];
      await using culprit = await superviseSink({
        ...shared,
        topic,
        memoryLimit: 64 * 1024 ** 2,
        create: `return { async consume() { ${code} } };`,
      });
      for (const one of neighbours) await send(one.topic, "before");
      for (const { sink } of neighbours) await eventually(async () => (await linesOf(sink)).length === 1, SLOW);
      await eventually(() => culprit.task.status().state === "running", SLOW);

      await send(topic, "harm");
      await eventually(() => culprit.placements.length > 0, SLOW);
      const began = performance.now();
      for (const one of neighbours) await send(one.topic, "after");
      for (const { sink } of neighbours) await eventually(async () => (await linesOf(sink)).includes('"after"'), SLOW);
      t.diagnostic(`the neighbours delivered ${Math.round(performance.now() - began)} ms after the fault was found`);
      await eventually(() => culprit.task.placed.quarantine?.state === "quarantined", SLOW);

      assert.equal(culprit.task.placed.isolation, "thread");
      assert.equal(culprit.task.placed.quarantine?.reason, reason);
      assert.deepEqual([...culprit.task.quarantines], [[reason, 1]]);
      assert.ok(culprit.lines.some(({ fields }) => fields?.code === "IGC_PLUGIN_QUARANTINED"));
      for (const { sink } of neighbours) {
        assert.deepEqual([...sink.task.restarts], [], "it is not counted as failed");
        assert.equal(sink.task.status().lastError, undefined);
        assert.deepEqual(new Set(sink.states), new Set(["starting", "running"]));
        assert.equal(sink.task.quarantines.size, 0);
        assert.equal(sink.lines.filter(({ level }) => level === "warn" || level === "error").length, 0);
        if (!hidden) {
          assert.deepEqual(sink.task.placed, { isolation: "shared", quarantine: undefined });
          assert.ok(sink.lines.some(({ message }) => message.includes(`ended by sink ${topic}: `)));
        }
      }
    });
  }

  it("does not end when it is stopped: its neighbours leave before their worker is ended", async () => {
    const place = everyPlacement();
    const shared = { iggy, isolation: "shared", place } as const;
    const [calm, deaf] = [await iggy.topic(), await iggy.topic()];
    await using neighbour = await superviseSink({ ...shared, topic: calm, create: WRITE });
    await using culprit = await superviseSink({
      ...shared,
      topic: deaf,
      create: "return { consume: () => new Promise(() => {}), close: () => new Promise(() => {}) };",
      spec: { stopTimeout: 300_000 },
    });
    await send(deaf, "harm");
    await send(calm, "before");
    await eventually(async () => (await linesOf(neighbour)).length === 1, SLOW);
    await eventually(() => culprit.task.status().messagesInFlight === 1, SLOW);
    await culprit.task.stop(0);
    assert.equal(culprit.task.status().state, "stopped");
    await send(calm, "after");
    await eventually(async () => (await linesOf(neighbour)).length === 2, SLOW);
    assert.deepEqual(await linesOf(neighbour), ['"before"', '"after"'], "nothing is delivered twice");
    assert.equal(neighbour.task.restarts.size, 0);
    assert.deepEqual(new Set(neighbour.states), new Set(["starting", "running"]));
  });

  it("leaves those alone that are stopped, or started, beside others", async () => {
    const place = everyPlacement();
    const shared = { iggy, isolation: "shared", place } as const;
    const [calm, other] = [await iggy.topic(), await iggy.topic()];
    await using neighbour = await superviseSink({ ...shared, topic: calm, create: WRITE });
    await eventually(() => neighbour.task.status().state === "running", SLOW);
    for (let round = 0; round < 3; round++) {
      await using one = await superviseSink({ ...shared, topic: other, create: WRITE });
      await eventually(() => one.task.status().state === "running", SLOW);
      await one.task.stop();
    }
    await send(calm, "after");
    await eventually(async () => (await linesOf(neighbour)).length === 1, SLOW);
    assert.deepEqual(neighbour.states, ["starting", "running"]);
  });
});
