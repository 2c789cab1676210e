import assert from "node:assert/strict";
import { test } from "node:test";
import { createTopic, encodeSendMessages, pollMessages } from "@iggy-connectors/protocol";
import { connected } from "../../test/connected.ts";
import type { IggyClient } from "../client.ts";
import { IggyError } from "../errors/errors.ts";

const MESSAGE = { payload: Buffer.from("message") };
const SEND = { stream: "s", topic: "t", partitioning: { kind: "partition", partition: 0 }, messages: [MESSAGE] };
const POLL = {
  stream: "s",
  topic: "t",
  consumer: { kind: "consumer", id: 1 },
  partition: 0,
  strategy: { kind: "first" },
  count: 1,
};

/** What a caller without type checks gives, and what the refusal names. */
const MISTAKES: readonly [keyof IggyClient, object, RegExp][] = [
  [
    "sendMessages",
    { ...SEND, partitioning: { kind: "partition", partitionId: 0 } },
    /partitioning\.partition is undefined/,
  ],
  ["sendMessages", { ...SEND, partitioning: { kind: "partitoin", partition: 0 } }, /partitioning\.kind is "partitoin"/],
  ["sendMessages", { ...SEND, partitioning: { kind: "key", value: "x" } }, /partitioning\.key is not a Uint8Array/],
  ["sendMessages", { ...SEND, messages: [MESSAGE, { paylod: MESSAGE.payload }] }, /messages\.1\.payload/],
  ["sendMessages", { ...SEND, messages: [{ payload: "text" }] }, /messages\.0\.payload is not a Uint8Array/],
  ["sendMessages", { ...SEND, messages: [{ ...MESSAGE, id: 5 }] }, /messages\.0\.id cannot be encoded/],
  ["sendMessages", { ...SEND, messages: undefined }, /messages is not an array/],
  ["sendMessages", { ...SEND, stream: undefined }, /stream is missing/],
  ["createTopic", { stream: "s", name: "t", partitions: 1 }, /partitionsCount is missing/],
  ["createTopic", { stream: "s", topic: "t", partitionsCount: 1 }, /name is missing/],
  ["pollMessages", { ...POLL, strategy: { kind: "offset" } }, /strategy\.offset is missing/],
  ["pollMessages", { ...POLL, consumer: { kind: "consumer" } }, /consumer\.id is missing/],
  ["pollMessages", { ...POLL, count: 1.5 }, /count cannot be encoded: 1\.5 is not an integer/],
  ["pollMessages", Object.freeze({ ...POLL, consumer: Object.freeze({}) }), /consumer\.kind|consumer\.id/],
];

for (const [command, request, named] of MISTAKES) {
  test(`${String(command)} refuses a request that it cannot encode, and names the field: ${named.source}`, async (context) => {
    const { client, server } = await connected(context, () => undefined);
    const method = client[command] as (request: object) => Promise<unknown>;
    await assert.rejects(method.call(client, request), (error) => {
      assert.ok(error instanceof IggyError, String(error));
      assert.match(error.message, named);
      return true;
    });
    assert.equal(
      server.requests.some((one) => one.is(pollMessages) || one.is(createTopic)),
      false,
      "nothing was sent",
    );
    await client.ping();
  });
}

test("a payload that is not bytes is never written as something else", () => {
  const messages = [{ payload: "text" as unknown as Uint8Array }];
  const target = { stream: 0, topic: 0, partitioning: { kind: "partition", partition: 0 } } as const;
  assert.throws(() => encodeSendMessages({ ...target, messages }, 0), /payload is not a Uint8Array/);
});
