import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  decodeHeaderEntries,
  decodeRequestBody,
  encodeHeaders,
  legacy,
  type OutgoingMessage,
  xxh3,
  xxh32,
} from "@iggy-connectors/protocol";
import { type LegacyFixture, type LegacyMessage, loadLegacyFixtures, messageHeaders } from "./fixtures.ts";

const POLL_PREFIX_SIZE = 16;

const fixtures = loadLegacyFixtures();
const polls = fixtures.filter(({ code, status }) => code === legacy.pollMessages.code && status === 0);
const sends = fixtures.filter(({ code }) => code === legacy.sendMessages.code);
const fixture = (name: string) => fixtures.find(({ file }) => file === `${name}.json`)!;
const bodyOf = ({ response }: LegacyFixture) => response.subarray(legacy.HEADER_SIZE);

describe("legacy poll responses", () => {
  assert.ok(polls.length > 8);
  for (const poll of polls) {
    it(`${poll.file}: every field of every message, and every checksum is right`, () => {
      const { partition_id, current_offset, messages_count, messages } = poll.responseBody;
      const frames = legacy.indexMessages(bodyOf(poll));
      assert.deepEqual(
        [frames.partition, frames.currentOffset, frames.length],
        [partition_id, BigInt(current_offset), messages_count],
      );
      (messages as LegacyMessage[]).forEach((message, index) => {
        const payload = Buffer.from(message.payload_hex, "hex");
        assert.equal(frames.offset(index), BigInt(message.offset));
        assert.equal(frames.id(index), BigInt(message.id));
        assert.equal(frames.checksum(index), BigInt(message.checksum));
        assert.equal(frames.timestamp(index), Number(message.timestamp));
        assert.equal(frames.originTimestamp(index), Number(message.origin_timestamp));
        assert.deepEqual(frames.payload(index), payload);
        assert.deepEqual(frames.buffer.subarray(frames.payloadStart(index), frames.payloadEnd(index)), payload);
        const entries = messageHeaders(message);
        assert.deepEqual(decodeHeaderEntries(frames.headersBytes(index)), entries);
        assert.deepEqual(encodeHeaders(entries), Buffer.from(frames.headersBytes(index)));
        for (const { key, value } of entries) assert.deepEqual(frames.headers(index).get(String(key.value)), value);
      });
      assert.equal(frames.findCorruption(), undefined);
      assert.throws(() => frames.offset(frames.length), RangeError);
    });
  }

  it("are written without copying their messages", () => {
    const poll = fixture("poll-messages");
    const frames = legacy.indexMessages(bodyOf(poll));
    const messages = bodyOf(poll).subarray(POLL_PREFIX_SIZE);
    const { partition, currentOffset, length: count } = frames;
    const chunks = legacy.encodePollResponse({ partition, currentOffset, count, messages: [messages] });
    assert.equal(chunks[1]!.buffer, messages.buffer);
    assert.deepEqual(Buffer.concat(chunks), poll.response);
  });
});

describe("legacy send requests", () => {
  assert.ok(sends.length > 5);
  for (const send of sends) {
    it(`${send.file}: are accepted for append, and the stated messages encode to the same frame`, () => {
      const { record, ...target } = decodeRequestBody(legacy.sendMessages, send.request.subarray(legacy.HEADER_SIZE));
      const accepted = legacy.decodeMessagesForAppend(Buffer.from(record), target.messagesCount);
      assert.ok(accepted.ok);
      assert.equal(accepted.starts.length, send.requestBody.messages_count + 1);
      const messages = (send.requestBody.messages as LegacyMessage[]).map(outgoing);
      assert.deepEqual(legacy.encodeSendMessages({ ...target, messages }, 0), send.request);
    });
  }

  it("stamped as the server stamped them, they are what it answered to a poll", () => {
    const send = fixture("send-messages");
    const poll = fixture("poll-messages");
    const polled = poll.responseBody.messages as LegacyMessage[];
    const ids = polled.map(({ id }) => ({ id: BigInt(id) }));
    const messages = (send.requestBody.messages as LegacyMessage[]).map((m, i) => ({ ...outgoing(m), ...ids[i]! }));
    const { record, ...target } = decodeRequestBody(legacy.sendMessages, send.request.subarray(legacy.HEADER_SIZE));
    const frame = legacy.encodeSendMessages({ ...target, messages }, 0);
    const batch = frame.subarray(frame.length - record.length);
    const accepted = legacy.decodeMessagesForAppend(batch, messages.length);
    assert.ok(accepted.ok);
    legacy.stampMessages(accepted, 0n, BigInt(polled[0]!.timestamp));
    assert.deepEqual(accepted.messages, bodyOf(poll).subarray(POLL_PREFIX_SIZE));
  });
});

it("hashes are those of the recorded vectors", () => {
  const vectors = JSON.parse(
    readFileSync(new URL("../../src/legacy/fixtures/vectors/hashes.json", import.meta.url), "utf8"),
  );
  assert.ok(vectors.xxh32_seed0.length > 5 && vectors.xxh3_64_seed0.length > 5);
  for (const { input_hex, hash } of vectors.xxh32_seed0) assert.equal(xxh32(Buffer.from(input_hex, "hex")), hash);
  for (const { input_hex, hash } of vectors.xxh3_64_seed0) {
    assert.equal(xxh3(Buffer.from(input_hex, "hex")), BigInt(hash));
  }
});

function outgoing(message: LegacyMessage): OutgoingMessage {
  return {
    payload: Buffer.from(message.payload_hex, "hex"),
    id: BigInt(message.id),
    timestamp: Number(message.origin_timestamp),
    headers: messageHeaders(message),
  };
}
