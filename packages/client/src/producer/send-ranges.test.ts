import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgoingRanges, sendMessages } from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import type { ReceivedRequest } from "../../test/scripted-server.ts";
import { Aes256GcmEncryptor } from "../index.ts";

const PLACE = { stream: "orders", topic: "created", partitioning: { kind: "partition", partition: 0 } } as const;

/** Every letter as a message, in one buffer. */
function lettersOf(text: string): { readonly memory: Buffer; readonly messages: OutgoingRanges } {
  const memory = Buffer.from(text);
  const starts = Uint32Array.from(memory, (_, index) => index);
  const ends = Uint32Array.from(memory, (_, index) => index + 1);
  return { memory, messages: new OutgoingRanges({ buffers: Array(memory.length).fill(memory), starts, ends }) };
}

/** The payloads of one letter each. */
function letters(request: ReceivedRequest): string {
  const record = Buffer.from(request.read(sendMessages).record);
  let text = "";
  for (let at = 256; at < record.length; at += 49) text += String.fromCharCode(record[at + 48]!);
  return text;
}

test("memory may be written again as soon as its send has ended, however it ended", async (context) => {
  let answers: ("drop" | "ok" | "refuse" | "wait" | "silence")[] = [];
  const { client, server } = await connected(
    context,
    (request) => {
      if (!request.is(sendMessages)) return undefined;
      const answer = answers.shift() ?? "ok";
      if (answer === "refuse") return request.status(4036);
      // Not accepted yet: the client repeats it.
      if (answer === "wait") return request.status(58);
      return answer === "ok" ? request.ok(sendMessages, []) : answer;
    },
    { requestTimeout: 300 },
  );
  const endings = [
    ["ok"],
    ["drop"],
    ["refuse"],
    ["wait", "ok"],
    ["wait", "wait", "drop"],
    ["silence"],
    ["ok"],
  ] as const;
  for (const [round, ending] of endings.entries()) {
    answers = [...ending];
    const text = String.fromCharCode(97 + round).repeat(5000);
    const { memory, messages } = lettersOf(text);
    const before = server.received(sendMessages).length;
    await client.sendMessages({ ...PLACE, messages }).catch(() => undefined);
    memory.fill("!");
    await client.ping().catch(() => undefined);
    const received = server.received(sendMessages).slice(before);
    assert.ok(received.length >= 1);
    for (const request of received) assert.equal(letters(request), text, `${ending}`);
  }
});

test("a send that is repeated on another connection reads the messages again", async (context) => {
  const { client, server } = await connected(context, (request) => {
    if (!request.is(sendMessages)) return undefined;
    // The server does not know the session: the client logs in again, and repeats the send.
    return server.received(sendMessages).length === 1 ? request.status(40) : request.ok(sendMessages, []);
  });
  const { memory, messages } = lettersOf("abc");
  await client.sendMessages({ ...PLACE, messages });
  memory.fill("!");
  assert.deepEqual(server.received(sendMessages).map(letters), ["abc", "abc"]);
});

test("messages given as ranges are sealed as others are", async (context) => {
  const encryptor = new Aes256GcmEncryptor(Buffer.alloc(32, 7));
  const { client, server } = await connected(
    context,
    (request) => (request.is(sendMessages) ? request.ok(sendMessages, []) : undefined),
    { encryptor },
  );
  await client.sendMessages({ ...PLACE, messages: lettersOf("a").messages });
  const [request] = server.received(sendMessages);
  const record = Buffer.from(request!.read(sendMessages).record);
  assert.equal(Buffer.from(encryptor.decrypt(record.subarray(256 + 48))).toString(), "a");
});
