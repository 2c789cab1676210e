import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { OutgoingMessage } from "../../batch/writing/outgoing-message.ts";
import { ProtocolError } from "../../errors.ts";
import { decodeRequestBody } from "../../frames/request-frame.ts";
import { encodeHeaders } from "../../headers/block.ts";
import type { Partitioning } from "../../values/identifiers.ts";
import { sendMessages } from "../commands/messages/send-messages.ts";
import { decodeRequestCode, HEADER_SIZE } from "../frames.ts";
import { encodePollResponse } from "../poll-response.ts";
import { type AppendableMessages, decodeMessagesForAppend, stampMessages } from "./append.ts";
import { indexMessages } from "./index-messages.ts";
import { INDEX_ENTRY_SIZE, MESSAGE_HEADER_SIZE, OFFSET_AT, TIMESTAMP_AT } from "./message-layout.ts";
import { encodeSendMessages, MessageWriter } from "./message-writer.ts";

const NOW = 1_700_000_000_000_000;
const TARGET = { stream: "orders", topic: 7, partitioning: { kind: "partition", partition: 2 } } as const;

const partitionings: fc.Arbitrary<Partitioning> = fc.oneof(
  fc.constant({ kind: "balanced" as const }),
  fc.record({ kind: fc.constant("partition" as const), partition: fc.nat() }, { noNullPrototype: true }),
  fc.uint8Array({ minLength: 1, maxLength: 255 }).map((key) => ({ kind: "key" as const, key: Buffer.from(key) })),
);

const messages: fc.Arbitrary<OutgoingMessage[]> = fc.array(
  fc.record(
    {
      payload: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      id: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
      timestamp: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      headers: fc.constantFrom([], [
        { key: { kind: "string", value: "k" }, value: { kind: "int32", value: -7 } },
      ] as const),
    },
    { requiredKeys: ["payload"] },
  ),
  { minLength: 1, maxLength: 40 },
);

/** What a server takes in of a send frame. */
function accepted(frame: Buffer): AppendableMessages {
  assert.equal(decodeRequestCode(frame), sendMessages.code);
  const { record, messagesCount } = decodeRequestBody(sendMessages, Buffer.from(frame.subarray(HEADER_SIZE)));
  const outcome = decodeMessagesForAppend(Buffer.from(record), messagesCount);
  assert.ok(outcome.ok);
  return outcome;
}

describe("legacy messages", () => {
  it("arrive as they were sent, whatever the writer's capacity", () => {
    const room = fc.record({
      bytes: fc.nat(2000),
      count: fc.nat(20),
      baseOffset: fc.bigInt({ min: 0n, max: 1n << 62n }),
    });
    fc.assert(
      fc.property(messages, partitionings, room, (list, partitioning, { bytes, count, baseOffset }) => {
        const writer = new MessageWriter(bytes, count);
        for (const message of list) writer.add(message.payload, message);
        const target = { ...TARGET, partitioning };
        const frame = writer.finishSend(target, NOW);
        assert.deepEqual(frame, encodeSendMessages({ ...target, messages: list }, NOW));
        const { record: _record, ...request } = decodeRequestBody(sendMessages, frame.subarray(HEADER_SIZE));
        assert.deepEqual(request, { ...target, messagesCount: list.length });

        const appended = accepted(frame);
        assert.equal(writer.byteLength, appended.messages.length + list.length * INDEX_ENTRY_SIZE);
        stampMessages(appended, baseOffset, BigInt(NOW + 1));
        const response = { partition: 2, currentOffset: 9n, count: list.length, messages: [appended.messages] };
        const frames = indexMessages(Buffer.concat(encodePollResponse(response)).subarray(HEADER_SIZE));
        assert.equal(frames.length, list.length);
        assert.equal(frames.findCorruption(), undefined);
        list.forEach((message, index) => {
          assert.deepEqual(frames.payload(index), Buffer.from(message.payload));
          assert.deepEqual(frames.headersBytes(index), encodeHeaders(message.headers ?? []));
          assert.equal(frames.offset(index), baseOffset + BigInt(index));
          assert.equal(frames.timestamp(index), NOW + 1);
          assert.equal(frames.originTimestamp(index), message.timestamp ?? NOW);
          if (message.id) assert.equal(frames.id(index), message.id);
          else assert.notEqual(frames.id(index), 0n);
        });
      }),
    );
  });

  it("can be sent again to another target, and the writer used again", () => {
    const writer = new MessageWriter();
    writer.add(Buffer.from("one")).add(Buffer.from("two"));
    const first = Buffer.from(writer.finishSend(TARGET, NOW));
    const second = writer.finishSend({ ...TARGET, stream: "a longer name of a stream" }, NOW);
    assert.deepEqual(accepted(second).messages, accepted(first).messages);
    assert.deepEqual(writer.finishSend(TARGET, NOW), first);
    writer.reset();
    assert.equal(writer.count, 0);
    assert.throws(() => writer.finishSend(TARGET, NOW), ProtocolError);
    writer.add(Buffer.from("three"));
    assert.equal(accepted(writer.finishSend(TARGET, NOW)).messages.subarray(MESSAGE_HEADER_SIZE).toString(), "three");
  });

  it("that break a limit leave the batch as it was", () => {
    const writer = new MessageWriter();
    writer.add(Buffer.from("one"));
    assert.throws(() => writer.add(Buffer.alloc(0)), { code: 4024 });
    assert.throws(() => writer.add(Buffer.from("x"), { headersBytes: Buffer.alloc(100_001) }), { code: 4017 });
    assert.equal(writer.count, 1);
    assert.equal(accepted(writer.finishSend(TARGET, NOW)).starts.length, 2);
  });

  it("that do not fit a frame are refused", () => {
    const writer = new MessageWriter();
    for (let i = 0; i < 2; i++) writer.add(Buffer.alloc(40_000_000));
    assert.throws(() => writer.finishSend(TARGET, NOW), { code: 4036 });
  });
});

describe("a legacy send is refused", () => {
  const sent = () => {
    const writer = new MessageWriter();
    writer.add(Buffer.from("one")).add(Buffer.from("two"));
    return Buffer.from(decodeRequestBody(sendMessages, writer.finishSend(TARGET, NOW).subarray(HEADER_SIZE)).record);
  };
  const refusals: readonly [what: string, code: number, count: number, change: (record: Buffer) => void][] = [
    ["without messages", 4009, 0, () => {}],
    ["with more messages than bytes of index", 3, 1000, () => {}],
    ["with an offset in its index", 4031, 2, (record) => record.writeUInt32LE(1, 0)],
    ["with a time in its index", 4032, 2, (record) => record.writeUInt32LE(1, 24)],
    ["with a position that is not the end of a message", 4033, 2, (record) => record.writeUInt32LE(66, 4)],
    ["with a payload beyond its end", 4033, 2, (record) => record.writeUInt32LE(1000, 32 + 52)],
    ["with a payload that is too large", 4022, 2, (record) => record.writeUInt32LE(64_000_001, 32 + 52)],
    ["with user headers that are too large", 4017, 2, (record) => record.writeUInt32LE(100_001, 32 + 48)],
    ["with surplus bytes", 4036, 2, (record) => record.writeUInt32LE(1, 32 + 67 + 52)],
  ];
  for (const [what, code, count, change] of refusals) {
    it(what, () => {
      const record = sent();
      change(record);
      const outcome = decodeMessagesForAppend(record, count);
      assert.ok(!outcome.ok);
      assert.equal(outcome.code, code, outcome.reason);
    });
  }

  it("but not for the position of its last message, which no server reads", () => {
    const record = sent();
    record.writeUInt32LE(0, 20);
    assert.ok(decodeMessagesForAppend(record, 2).ok);
  });
});

describe("a legacy poll response", () => {
  const polled = () => {
    const writer = new MessageWriter();
    for (const text of ["one", "two", "three"]) writer.add(Buffer.from(text));
    const appended = accepted(writer.finishSend(TARGET, NOW));
    stampMessages(appended, 10n, BigInt(NOW));
    const response = { partition: 0, currentOffset: 12n, count: 3, messages: [appended.messages] };
    return Buffer.concat(encodePollResponse(response)).subarray(HEADER_SIZE);
  };
  const message = (body: Buffer, index: number) => indexMessages(body).payloadStart(index) - MESSAGE_HEADER_SIZE;

  it("names the first message whose bytes changed", () => {
    const body = polled();
    body[message(body, 1) + MESSAGE_HEADER_SIZE]! ^= 1;
    assert.deepEqual(indexMessages(body).findCorruption(), { kind: "message", index: 1, offset: 11n, code: 4027 });
  });

  it("is refused when its offsets do not ascend", () => {
    const body = polled();
    body.writeBigUInt64LE(10n, message(body, 1) + OFFSET_AT);
    assert.throws(() => indexMessages(body), /do not ascend/);
  });

  it("is refused when its broker time is not a safe integer", () => {
    const body = polled();
    body.writeBigUInt64LE(1n << 53n, message(body, 2) + TIMESTAMP_AT);
    assert.throws(() => indexMessages(body), /broker time/);
  });

  it("is refused when its count is wrong", () => {
    for (const count of [2, 4, 0xffff_ffff]) {
      const body = polled();
      body.writeUInt32LE(count, 12);
      assert.throws(() => indexMessages(body), ProtocolError);
    }
  });
});
