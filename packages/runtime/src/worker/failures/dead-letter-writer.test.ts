import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeHeaders, encodeBatch, type HeaderEntry } from "@iggy-connectors/protocol";
import fc from "fast-check";
import { FakeIggy, FakeIggyError } from "../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { taskSpec } from "../../../test/task/task-harness.ts";
import { type DeadLetter, deadLetterId, deadLetterMessage } from "../../shared/dead-letter/dead-letter-message.ts";
import type { DeadLetterSpec } from "../../shared/task/task-spec.ts";
import { DeadLetterWriter } from "./dead-letter-writer.ts";

const LETTER: DeadLetter = {
  stage: "consume",
  code: "IGC_SINK_REJECTED",
  error: "not liked",
  attempts: 1,
  stream: "s",
  topic: "t",
  partition: 2,
  offset: 41n,
  id: 7n,
  timestamp: 1_700_000_000_000_000,
  originTimestamp: 1_600_000_000_000_000,
  payload: Buffer.from("payload"),
  headers: [],
};

function spec(changes: Partial<DeadLetterSpec> = {}) {
  const base = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  return { ...base, deadLetter: { ...base.deadLetter, ...changes } };
}

const text = (name: string, value: string): HeaderEntry => ({
  key: { kind: "string", value: name },
  value: { kind: "string", value },
});

describe("a dead letter", () => {
  it("keeps payload and headers, and adds where and why the message failed", () => {
    const message = deadLetterMessage({ ...LETTER, headers: [text("trace", "abc")] }, spec(), 1_700_000_000_123);
    assert.deepEqual(Buffer.from(message.payload), LETTER.payload);
    const values = new Map([...decodeHeaders(message.headersBytes!)].map(([name, { value }]) => [name, value]));
    assert.deepEqual(
      values,
      new Map<string, unknown>([
        ["trace", "abc"],
        ["dead_letter.version", 1],
        ["dead_letter.connector", "test"],
        ["dead_letter.type", "sink"],
        ["dead_letter.task", 0],
        ["dead_letter.stage", "consume"],
        ["dead_letter.code", "IGC_SINK_REJECTED"],
        ["dead_letter.error", "not liked"],
        ["dead_letter.attempts", 1],
        ["dead_letter.time", 1_700_000_000_123_000n],
        ["dead_letter.stream", "s"],
        ["dead_letter.topic", "t"],
        ["dead_letter.partition", 2],
        ["dead_letter.offset", 41n],
        ["dead_letter.id", 7n],
        ["dead_letter.timestamp", 1_700_000_000_000_000n],
        ["dead_letter.origin_timestamp", 1_600_000_000_000_000n],
      ]),
    );
  });

  it("has the same id when the same message fails again, and another id for anything else", () => {
    const id = deadLetterId(LETTER, "test");
    assert.equal(deadLetterId({ ...LETTER, error: "other words", attempts: 9 }, "test"), id);
    for (const other of [
      { ...LETTER, stage: "decode" as const },
      { ...LETTER, offset: 42n },
      { ...LETTER, partition: 3 },
      { ...LETTER, stream: "st", topic: "" },
    ]) {
      assert.notEqual(deadLetterId(other, "test"), id);
    }
    assert.notEqual(deadLetterId(LETTER, "another"), id);
  });

  it("cuts a payload beyond the limit, and adds its original size", () => {
    const message = deadLetterMessage(LETTER, spec({ maxPayload: 3 }), 1);
    assert.equal(Buffer.from(message.payload).toString(), "pay");
    assert.equal(decodeHeaders(message.headersBytes!).get("dead_letter.truncated")?.value, 7n);
    const empty = deadLetterMessage({ ...LETTER, payload: Buffer.alloc(0) }, spec(), 1);
    assert.equal(empty.payload.length, 1);
    assert.equal(decodeHeaders(empty.headersBytes!).get("dead_letter.truncated")?.value, 0n);
  });

  it("drops original headers from the end when they exceed the limit, and counts them", () => {
    const headers = Array.from({ length: 500 }, (_, index) => text(`header-${index}`, "x".repeat(250)));
    const block = decodeHeaders(deadLetterMessage({ ...LETTER, headers }, spec(), 1).headersBytes!);
    const kept = [...block.keys()].filter((name) => name.startsWith("header-"));
    assert.deepEqual(
      kept,
      headers.slice(0, kept.length).map(({ key }) => key.value),
    );
    assert.ok(kept.length > 300);
    assert.equal(block.get("dead_letter.dropped_headers")?.value, 500 - kept.length);
    assert.equal(block.get("dead_letter.stage")?.value, "consume");
  });

  it("can be sent for every message and every error", () => {
    const header: fc.Arbitrary<HeaderEntry> = fc.record({
      key: fc.record({ kind: fc.constant("string" as const), value: fc.string({ unit: "binary", maxLength: 300 }) }),
      value: fc.record({ kind: fc.constant("raw" as const), value: fc.uint8Array({ maxLength: 300 }) }),
    });
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 600 }),
        fc.option(fc.array(header, { maxLength: 5 }), { nil: undefined }),
        fc.uint8Array({ maxLength: 50 }),
        fc.option(fc.bigInt(), { nil: undefined }),
        fc.option(fc.double(), { nil: undefined }),
        (error, headers, payload, id, timestamp) => {
          const message = deadLetterMessage({ ...LETTER, error, headers, payload, id, timestamp }, spec(), 1);
          encodeBatch([message], 1);
          const written = decodeHeaders(message.headersBytes!).get("dead_letter.error");
          if (error !== "") assert.ok(Buffer.byteLength(written?.value as string) <= 255);
        },
      ),
    );
  });
});

describe("the dead-letter writer", () => {
  it("creates its topic when it is first needed, and writes in requests that Iggy accepts", async () => {
    const iggy = new FakeIggy();
    const connection = await iggy.connect(undefined, { onLost() {}, onRegained() {} });
    const writer = new DeadLetterWriter(connection, spec());
    assert.equal(iggy.topics.size, 0);
    const letters = Array.from({ length: 2500 }, (_, index) => ({ ...LETTER, offset: BigInt(index) }));
    await writer.write(letters);
    assert.deepEqual(
      iggy.sent.map(({ messages }) => messages.length),
      [1000, 1000, 500],
    );
    await writer.write([LETTER]);
    assert.equal(iggy.log("dead", "letters").length, 2501);
  });

  it("creates its topic again when it was deleted, and never where it may not", async () => {
    const iggy = new FakeIggy();
    const connection = await iggy.connect(undefined, { onLost() {}, onRegained() {} });
    const writer = new DeadLetterWriter(connection, spec());
    await writer.write([LETTER]);
    iggy.topics.clear();
    await assert.rejects(writer.write([LETTER]), FakeIggyError);
    await writer.write([LETTER]);
    assert.equal(iggy.log("dead", "letters").length, 1);
    iggy.topics.clear();
    await assert.rejects(new DeadLetterWriter(connection, spec({ create: false })).write([LETTER]), FakeIggyError);
  });
});
