import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { decodeHeaders, type HeaderEntry } from "@iggy-connectors/protocol";
import { decodeHeaderEntries, encodeHeaders, headerText } from "@iggy-connectors/protocol/headers";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../test/task/task-harness.ts";
import { type DeadLetter, deadLetterMessage } from "../../../shared/dead-letter/dead-letter-message.ts";
import { DeadLetters } from "./dead-letters.ts";
import { IggyTopic } from "./iggy-topic.ts";
import { LetterLog } from "./letter-log.ts";
import { toOrigin } from "./to-origin.ts";

let folder: string;
let server: EmbeddedServer;
let client: IggyClient;
let topics = 0;
let topic: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-letters-"));
  server = await startServer({ address: "127.0.0.1:0", path: join(folder, "data") });
  client = await IggyClient.connect({ address: server.address });
  await client.createStream("iggy_connectors");
  await client.createStream("orders");
  await client.createTopic({ stream: "orders", name: "incoming", partitionsCount: 2 });
});

beforeEach(async () => {
  topic = `dead_letter_sink_${++topics}`;
  await client.createTopic({ stream: "iggy_connectors", name: topic, partitionsCount: 1 });
});

after(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const spec = taskSpec(sinkDefinition(() => ({ consume: async () => {} })));

function letter(number: number, changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    stage: "decode",
    code: "IGC_DECODE_JSON",
    error: `no JSON: ${number}`,
    attempts: 1,
    stream: "orders",
    topic: "incoming",
    partition: number % 2,
    offset: BigInt(100 + number),
    id: BigInt(number + 1),
    timestamp: 1_700_000_000_000_000,
    originTimestamp: 1_600_000_000_000_000,
    payload: Buffer.from(`message ${number}`),
    headers: [{ key: { kind: "string", value: "trace" }, value: { kind: "uint32", value: number } }],
    ...changes,
  };
}

async function write(letters: readonly DeadLetter[], specification = spec): Promise<void> {
  await client.sendMessages({
    stream: "iggy_connectors",
    topic,
    messages: letters.map((one, index) => deadLetterMessage(one, specification, 1000 + index)),
  });
}

const open = (name = topic): DeadLetters =>
  new DeadLetters(new LetterLog(new IggyTopic(async () => client, "iggy_connectors", name)));
const origin = toOrigin(async () => client);

describe("dead letters", () => {
  it("are listed page by page, with their origin and their error", async () => {
    await write(Array.from({ length: 45 }, (_, number) => letter(number)));
    const letters = open();
    const first = await letters.list({}, 30);
    assert.equal(first.letters.length, 30);
    assert.equal(first.next, 29n);
    const { payload, headers, ...record } = first.letters[3]!;
    assert.deepEqual(record, {
      id: 3n,
      task: 0,
      stage: "decode",
      transform: undefined,
      code: "IGC_DECODE_JSON",
      error: "no JSON: 3",
      attempts: 1,
      time: 1_003_000,
      stream: "orders",
      topic: "incoming",
      partition: 1,
      offset: 103n,
      messageId: 4n,
      timestamp: 1_700_000_000_000_000,
      originTimestamp: 1_600_000_000_000_000,
      truncated: undefined,
      droppedHeaders: 0,
    });
    assert.equal(Buffer.from(payload).toString(), "message 3");
    assert.deepEqual(headers, [{ key: { kind: "string", value: "trace" }, value: { kind: "uint32", value: 3 } }]);
    const second = await letters.list({}, 30, first.next);
    assert.deepEqual([second.letters.length, second.letters[0]?.id, second.next], [15, 30n, undefined]);
  });

  it("are found by stage, code, transform and time", async () => {
    await write([
      letter(0),
      letter(1, { stage: "consume", code: "IGC_SINK_REJECTED" }),
      letter(2, { stage: "transform", transform: "mask", code: "IGC_TRANSFORM_FAILED" }),
    ]);
    const letters = open();
    const ids = async (filter: Parameters<DeadLetters["list"]>[0]) =>
      (await letters.list(filter, 10)).letters.map(({ id }) => id);
    assert.deepEqual(await ids({ stage: "consume" }), [1n]);
    assert.deepEqual(await ids({ code: "IGC_DECODE_JSON" }), [0n]);
    assert.deepEqual(await ids({ transform: "mask" }), [2n]);
    assert.deepEqual(await ids({ since: 1_001_000, until: 1_001_000 }), [1n]);
    assert.deepEqual(await ids({ resolved: true }), []);
  });

  it("are appended to their topic as the original messages, and then count as resolved", async () => {
    await write([letter(0), letter(1), letter(2)]);
    const letters = open();
    const before = await client.getTopic("orders", "incoming");
    const report = await letters.replay({ ids: [2n, 0n, 2n, 99n] }, origin);
    assert.deepEqual(report, { replayed: 2, failed: 0, skipped: 1, failures: [] });
    const frames = await client.pollMessages({
      stream: "orders",
      topic: "incoming",
      partition: 0,
      consumer: { kind: "consumer", id: "test" },
      strategy: { kind: "last" },
      count: 2,
    });
    assert.deepEqual([frames.id(0), frames.id(1)], [1n, 3n]);
    assert.equal(frames.originTimestamp(0), 1_600_000_000_000_000, "the time of its producer");
    assert.equal(Buffer.from(frames.payload(1)).toString(), "message 2");
    assert.deepEqual([...decodeHeaders(frames.headersBytes(1))], [["trace", { kind: "uint32", value: 2 }]]);
    const after = await client.getTopic("orders", "incoming");
    assert.equal(after!.messagesCount - before!.messagesCount, 2n);
    assert.deepEqual(
      (await letters.list({}, 10)).letters.map(({ id }) => id),
      [1n],
    );
    // Also for one who looks for the first time.
    assert.deepEqual(
      (await open().list({ resolved: true }, 10)).letters.map(({ id }) => id),
      [0n, 2n],
    );
    assert.deepEqual(await letters.replay({ ids: [0n] }, origin), { replayed: 0, failed: 0, skipped: 1, failures: [] });
  });

  it("are replayed by filter; those that fail again stay, with the reason", async () => {
    await write(Array.from({ length: 1200 }, (_, number) => letter(number)));
    await write([letter(1200, { code: "IGC_OTHER" })]);
    const letters = open();
    const groups: number[] = [];
    const report = await letters.replay({ filter: { code: "IGC_DECODE_JSON" } }, async (group) => {
      groups.push(group.length);
      return group.filter(({ id }) => id === 7n).map(({ id }) => ({ id, error: new Error("again") }));
    });
    assert.deepEqual(groups, [500, 500, 200]);
    assert.equal(report.replayed, 1199);
    assert.equal(report.failed, 1);
    assert.deepEqual(
      report.failures.map(({ id, error }) => [id, error]),
      [[7n, "again"]],
    );
    assert.deepEqual(
      (await letters.list({}, 10)).letters.map(({ id }) => id),
      [7n, 1200n],
    );
  });

  it("stay unresolved when the result of a replay is unknown", async () => {
    await write([letter(0), letter(1)]);
    const letters = open();
    await assert.rejects(
      letters.replay({ filter: {} }, () => Promise.reject(new Error("killed"))),
      /killed/,
    );
    assert.equal((await letters.list({}, 10)).letters.length, 2);
    // The next replay is not held up by the one that ended so.
    assert.equal((await letters.replay({ filter: {} }, async () => [])).replayed, 2);
  });

  it("are not replayed if truncated, nor to a topic that does not exist", async () => {
    await write([letter(0)], { ...spec, deadLetter: { ...spec.deadLetter, maxPayload: 4 } });
    await write([letter(1, { topic: "gone" })]);
    const report = await open().replay({ filter: {} }, origin);
    assert.deepEqual([report.replayed, report.failed], [0, 2]);
    assert.deepEqual(
      report.failures.map(({ id, code }) => [id, code]),
      [
        [0n, "IGC_STATE_LETTER_TRUNCATED"],
        [1n, "IGC_IGGY_RESOURCE_NOT_FOUND"],
      ],
    );
  });

  it("can be purged, also by someone else", async () => {
    await write([letter(0), letter(1)]);
    const letters = open();
    await letters.replay({ ids: [0n] }, async () => []);
    await client.purgeTopic("iggy_connectors", topic);
    await write([letter(5), letter(6), letter(7), letter(8)]);
    assert.deepEqual(
      (await letters.list({}, 10)).letters.map(({ error }) => error),
      ["no JSON: 5", "no JSON: 6", "no JSON: 7", "no JSON: 8"],
    );
    await letters.purge();
    assert.deepEqual((await letters.list({}, 10)).letters, []);
  });

  it("refuses a second replay and a purge while one runs", async () => {
    await write([letter(0)]);
    const letters = open();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const running = letters.replay({ filter: {} }, async () => {
      begin();
      await held;
      return [];
    });
    await begun;
    await assert.rejects(letters.purge(), { code: "IGC_STATE_REPLAY_RUNNING" });
    await assert.rejects(letters.replay({ filter: {} }, origin), { code: "IGC_STATE_REPLAY_RUNNING" });
    release();
    assert.equal((await running).replayed, 1);
  });

  it("do not exist without their topic, and other messages in it do not count", async () => {
    assert.deepEqual((await open("dead_letter_sink_never").list({}, 10)).letters, []);
    await client.sendMessages({ stream: "iggy_connectors", topic, messages: [{ payload: Buffer.from("hello") }] });
    assert.deepEqual((await open().list({}, 10)).letters, []);
    assert.equal(await open().get(0n), undefined);
  });
});

describe("headers of a message that look like the runtime's", () => {
  const named = (name: string, value: HeaderEntry["value"]): HeaderEntry => ({
    key: { kind: "string", value: name },
    value,
  });
  const text = (name: string, value: string): HeaderEntry => named(name, { kind: "string", value });
  /** As a message has them that came out of a dead-letter topic, or that somebody made to hide others. */
  const forged: readonly (readonly [string, readonly HeaderEntry[]])[] = [
    [
      "resolution",
      [
        named("dead_letter.version", { kind: "uint8", value: 1 }),
        named("dead_letter.resolves", { kind: "uint64", value: 0n }),
      ],
    ],
    ["resolution without a version", [named("dead_letter.resolves", { kind: "uint64", value: 0n })]],
    ["another version", [named("dead_letter.version", { kind: "uint8", value: 9 })]],
    [
      "another origin",
      [text("dead_letter.stream", "other"), named("dead_letter.offset", { kind: "uint64", value: 5n })],
    ],
    [
      "what a letter may lack",
      [text("dead_letter.transform", "mine"), named("dead_letter.truncated", { kind: "uint64", value: 9n })],
    ],
    ["headers kept apart", [text("dead_letter.original.0", "x"), text("dead_letter.original.1", "y")]],
    ["long ones", [text(`dead_letter.${"n".repeat(240)}`, "v".repeat(255)), text("dead_letter.b", "w".repeat(255))]],
    ["the prefix alone", [text("dead_letter.", "x")]],
    ["a dead letter's", decodeHeaderEntries(deadLetterMessage(letter(7), spec, 1).headersBytes!)],
  ];

  for (const [what, headers] of forged) {
    it(`hide and change nothing: ${what}`, async () => {
      const between = [text("trace", "a"), ...headers, text("last", "z")];
      await write([letter(0), letter(1, { headers: between }), letter(2)]);
      const letters = open();
      const { letters: listed } = await letters.list({}, 10);
      assert.deepEqual(
        listed.map(({ id, stream, offset, transform, truncated }) => ({ id, stream, offset, transform, truncated })),
        [0, 1, 2].map((number) => ({
          id: BigInt(number),
          stream: "orders",
          offset: BigInt(100 + number),
          transform: undefined,
          truncated: undefined,
        })),
      );
      const byName = (entries: readonly HeaderEntry[]) =>
        entries.toSorted((left, right) => (headerText(left.key) < headerText(right.key) ? -1 : 1));
      assert.deepEqual(byName(listed[1]!.headers), byName(between), "all headers of the message");
      const report = await letters.replay({ filter: {} }, origin);
      assert.deepEqual([report.replayed, report.failed], [3, 0]);
      assert.deepEqual((await open().list({}, 10)).letters, []);
    });
  }

  it("are told from the runtime's in letters of earlier versions, too", async () => {
    const context = decodeHeaderEntries(deadLetterMessage(letter(1, { headers: [] }), spec, 1).headersBytes!);
    const [resolution] = forged[0]![1].slice(1);
    await write([letter(0)]);
    const headersBytes = encodeHeaders([resolution!, text("dead_letter.transform", "mine"), ...context]);
    await client.sendMessages({
      stream: "iggy_connectors",
      topic,
      messages: [{ payload: Buffer.from("old"), headersBytes }],
    });
    const { letters: listed } = await open().list({}, 10);
    assert.deepEqual(
      listed.map(({ id, transform }) => ({ id, transform })),
      [0n, 1n].map((id) => ({ id, transform: undefined })),
    );
  });

  it("are asked for before a letter that lacks some is sent to its origin", async () => {
    const headers = Array.from({ length: 500 }, (_, index) => text(`header-${index}`, "x".repeat(250)));
    await write([letter(0), letter(1, { headers }), letter(2, { headers: undefined })]);
    const letters = open();
    const report = await letters.replay({ filter: {} }, origin);
    assert.deepEqual([report.replayed, report.failed], [1, 2]);
    assert.deepEqual(new Set(report.failures.map(({ code }) => code)), new Set(["IGC_STATE_LETTER_HEADERS"]));
    assert.equal((await letters.list({}, 10)).letters.length, 2);
  });
});
