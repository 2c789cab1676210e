import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeBatch, encodePollResponse, pollMessages } from "@iggy-connectors/protocol";
import type { ChecksumVerification } from "../src/index.ts";
import { connected } from "./connected.ts";

const POLL = {
  consumer: { kind: "consumer", id: 1 },
  stream: 0,
  topic: 0,
  partition: 0,
  strategy: { kind: "first" },
  count: 10,
} as const;
const RECORD_CHECKSUM_AT = 40;

/** A poll of one batch with a byte changed on the way, `at` from its start or, negative, from its end. */
async function pollSpoiled(context: TestContext, at: number, verifyChecksums: ChecksumVerification): Promise<number> {
  const script = (request: Parameters<Parameters<typeof connected>[1]>[0]) => {
    if (!request.is(pollMessages)) return undefined;
    const record = encodeBatch([{ payload: Buffer.from("hello"), id: 7n }], 1_700_000_000_000_000);
    record[at < 0 ? record.length + at : at]! ^= 1;
    return encodePollResponse({ partition: 0, currentOffset: 0n, count: 1, records: [record] }, request.header);
  };
  const { client } = await connected(context, script, { verifyChecksums });
  return (await client.pollMessages(POLL)).length;
}

test("a changed payload is reported where messages are verified, and only there", async (context) => {
  await assert.rejects(pollSpoiled(context, -1, "messages"), { code: 4027, retryable: true, message: /offset 0/ });
  assert.equal(await pollSpoiled(context, -1, "batch"), 1);
  assert.equal(await pollSpoiled(context, -1, "none"), 1);
});

test("a changed head of a batch is reported where batches are verified", async (context) => {
  await assert.rejects(pollSpoiled(context, RECORD_CHECKSUM_AT, "messages"), { code: 4039 });
  await assert.rejects(pollSpoiled(context, RECORD_CHECKSUM_AT, "batch"), { code: 4039, retryable: true });
  assert.equal(await pollSpoiled(context, RECORD_CHECKSUM_AT, "none"), 1);
});

/** A server whose polls are spoiled as long as `spoiled` says so; the connections that polls came on, in order. */
async function pollsOverConnections(context: TestContext, spoiled: (poll: number) => boolean) {
  const connections: number[] = [];
  const { client } = await connected(
    context,
    (request) => {
      if (!request.is(pollMessages)) return undefined;
      connections.push(request.connection);
      const record = encodeBatch([{ payload: Buffer.from("hello"), id: 7n }], 1_700_000_000_000_000);
      if (spoiled(connections.length)) record[record.length - 1]! ^= 1;
      return encodePollResponse({ partition: 0, currentOffset: 0n, count: 1, records: [record] }, request.header);
    },
    { verifyChecksums: "messages" },
  );
  return { client, connections };
}

test("what was changed on the way is read again over another connection", async (context) => {
  const { client, connections } = await pollsOverConnections(context, (poll) => poll === 1);
  await assert.rejects(client.pollMessages(POLL), { code: 4027 });
  assert.equal((await client.pollMessages(POLL)).length, 1);
  assert.notEqual(connections[0], connections[1]);
});

test("what stays changed costs no further connection", async (context) => {
  const { client, connections } = await pollsOverConnections(context, () => true);
  for (let poll = 0; poll < 4; poll++) await assert.rejects(client.pollMessages(POLL), { code: 4027 });
  assert.equal(new Set(connections).size, 2);
});
