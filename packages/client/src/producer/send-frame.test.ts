import assert from "node:assert/strict";
import { test } from "node:test";
import { sendMessages } from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import type { ReceivedRequest } from "../../test/scripted-server.ts";
import { SendMemory } from "./send-frame.ts";

const MESSAGES = [{ payload: Buffer.from("hello"), id: 7n }];
const PLACE = { stream: "orders", topic: "created", partitioning: { kind: "partition", partition: 0 } } as const;

test("a confirmed send leaves its memory to the next, emptied", () => {
  const memory = new SendMemory();
  const first = memory.frame();
  const writer = first.take(MESSAGES).add(Buffer.from("hello"));
  memory.confirmed(first);
  assert.equal(memory.frame().take(MESSAGES), writer);
  assert.equal(writer.count, 0);
});

test("memory is never shared: not by sends at once, nor with one that was not confirmed", () => {
  const memory = new SendMemory();
  const confirmed = memory.frame();
  const writer = confirmed.take(MESSAGES);
  memory.confirmed(confirmed);
  const [one, other] = [memory.frame(), memory.frame()];
  assert.equal(one.take(MESSAGES), writer);
  assert.notEqual(other.take(MESSAGES), writer);
  assert.notEqual(memory.frame().take(MESSAGES), writer);
});

test("a send that was encoded again has written elsewhere, and leaves nothing", () => {
  const memory = new SendMemory();
  const frame = memory.frame();
  const writers = [frame.take(MESSAGES), frame.take(MESSAGES)];
  assert.notEqual(writers[0], writers[1]);
  memory.confirmed(frame);
  assert.ok(!writers.includes(memory.frame().take(MESSAGES)));
});

test("a send that was never encoded leaves nothing", () => {
  const memory = new SendMemory();
  memory.confirmed(memory.frame());
  assert.equal(memory.frame().take(MESSAGES).count, 0);
});

test("sends of any size, one after the other and at once, arrive as they were given", async (context) => {
  const { client, server } = await connected(context, (request) =>
    request.is(sendMessages) ? request.ok(sendMessages, []) : undefined,
  );
  const texts = ["a", "b".repeat(100_000), "c", "d".repeat(1000), "e".repeat(300_000), "f"];
  const send = (text: string) => client.sendMessages({ ...PLACE, messages: [{ payload: Buffer.from(text), id: 1n }] });
  for (const text of texts) await send(text);
  await Promise.all(texts.map(send));
  const expected = [...texts, ...texts].map((text) => text.slice(0, 1).repeat(8).slice(0, text.length));
  assert.deepEqual(server.received(sendMessages).map(firstBytes), expected);
  const lengths = server.received(sendMessages).map(({ frame }) => frame.length);
  assert.deepEqual(lengths.slice(0, texts.length), lengths.slice(texts.length));
});

test("after a send whose answer was lost the next one arrives as it was given", async (context) => {
  let lost = true;
  const { client, server } = await connected(context, (request) => {
    if (!request.is(sendMessages)) return undefined;
    return lost ? "drop" : request.ok(sendMessages, []);
  });
  const send = (text: string) => client.sendMessages({ ...PLACE, messages: [{ payload: Buffer.from(text), id: 1n }] });
  await assert.rejects(send("a".repeat(8)), { outcomeUnknown: true });
  lost = false;
  await send("b".repeat(4));
  assert.deepEqual(server.received(sendMessages).map(firstBytes), ["a".repeat(8), "b".repeat(4)]);
});

/** Of the only message, whose payload is one letter again and again: at most eight of it. */
function firstBytes(request: ReceivedRequest): string {
  const { record } = request.read(sendMessages);
  return /([a-z])\1*$/.exec(Buffer.from(record).toString("latin1"))?.[0].slice(0, 8) ?? "";
}
