import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeBatchForAppend,
  decodeHeaderEntries,
  decodeRequestBody,
  encodeBatch,
  encodeHeaders,
  encodePollResponse,
  encodeSendMessages,
  HEADER_SIZE,
  indexFrames,
  indexRecord,
  type MessageFrames,
  type OutgoingMessage,
  RECORD_HEADER_SIZE,
  restampBatch,
  sendMessages,
  sliceRecord,
} from "@iggy-connectors/protocol";
import { type Fixture, type FixtureEntry, headerEntries, loadFixtures, SERVERS } from "./fixtures.ts";

const POLL_CODES = new Set([100, 104]);
const SEND_MESSAGES = 160;
const POLL_PREFIX = 16;

interface FixtureFrame {
  readonly checksum: string;
  readonly id: string;
  readonly offset_delta: number;
  readonly timestamp_delta: number;
  readonly payload?: string;
  readonly payload_hex?: string;
  readonly user_headers: readonly FixtureEntry[];
}

interface FixtureBatch {
  readonly base_offset: string;
  readonly base_timestamp: string;
  readonly origin_timestamp: string;
  readonly batch_length: string;
  readonly batch_checksum: string;
  readonly message_count: number;
}

type FixtureRecord = (FixtureBatch | { readonly header: FixtureBatch }) & { readonly frames: readonly FixtureFrame[] };

const fixtures = SERVERS.flatMap(loadFixtures);
const polls = fixtures.filter(({ requestHeader, responseBody }) => {
  return requestHeader?.operation === 2 && POLL_CODES.has(requestHeader.code) && responseBody !== undefined;
});
const sends = fixtures.filter(({ requestHeader }) => requestHeader?.operation === SEND_MESSAGES);

describe("poll responses", () => {
  assert.ok(polls.length > 20);
  for (const fixture of polls) {
    it(`${fixture.server} ${fixture.file}: every field of every message`, () => {
      const body = fixture.responseBody as {
        partition_id: number;
        current_offset: string;
        messages_count: number;
        batches?: FixtureRecord[];
        records?: FixtureRecord[];
      };
      const frames = indexFrames(fixture.response.subarray(HEADER_SIZE));
      assert.equal(frames.partition, body.partition_id);
      assert.equal(frames.currentOffset, BigInt(body.current_offset));
      assert.equal(frames.length, body.messages_count);
      let index = 0;
      for (const record of body.batches ?? body.records ?? []) {
        for (const frame of record.frames) checkMessage(fixture, frames, index++, batchOf(record), frame);
      }
      assert.equal(index, frames.length);
    });
  }

  it("a poll reply is written without copying its records", () => {
    const fixture = polls.find(({ file }) => file === "059-poll-first.json" || file === "59-poll-first.json")!;
    const body = fixture.response.subarray(HEADER_SIZE);
    const frames = indexFrames(body);
    const chunks = encodePollResponse(
      {
        partition: 0,
        currentOffset: frames.currentOffset,
        count: frames.length,
        records: [body.subarray(POLL_PREFIX)],
      },
      { client: 1n, request: 2n },
    );
    assert.equal(chunks[1]!.buffer, body.buffer);
    const reply = Buffer.concat(chunks);
    assert.equal(reply.readUInt32LE(48), reply.length);
    assert.deepEqual(reply.subarray(HEADER_SIZE), body);
  });
});

describe("send requests", () => {
  assert.ok(sends.length > 8);
  for (const fixture of sends) {
    const name = `${fixture.server} ${fixture.file}`;
    const body = fixture.request!.subarray(HEADER_SIZE);
    const { batch, messages_count } = fixture.requestBody as { batch: FixtureRecord; messages_count: number };
    const { record, ...target } = decodeRequestBody(sendMessages, body);

    it(`${name}: is accepted for append and its checksums are the stated ones`, () => {
      const checked = decodeBatchForAppend(Buffer.from(record));
      assert.ok(checked.ok);
      assert.equal(checked.header.count, messages_count);
      assert.equal(checked.header.checksum, BigInt(batchOf(batch).batch_checksum));
      assert.equal(checked.header.originTimestamp, BigInt(batchOf(batch).origin_timestamp));
      assert.equal(checked.header.length, Number(batchOf(batch).batch_length));
    });

    it(`${name}: encoding the stated messages gives the same bytes`, () => {
      const origin = Number(batchOf(batch).origin_timestamp);
      const messages = batch.frames.map(
        (frame): OutgoingMessage => ({
          payload: payloadOf(frame),
          id: idOf(fixture, frame),
          timestamp: origin + frame.timestamp_delta,
          headers: headerEntries(frame.user_headers),
        }),
      );
      assert.deepEqual(encodeBatch(messages, 0), Buffer.from(record));
      assert.deepEqual(encodeSendMessages({ ...target, messages }, 0, fixture.requestHeader!), fixture.request);
    });
  }
});

describe("records that a server cut", () => {
  it("slicing and stamping the sent batch gives the polled record, checksum included", () => {
    const sent = sends.find(({ file }) => file === "035-send-messages-3.json")!;
    const polled = polls.find(({ file }) => file === "043-poll-offset-sliced.json")!;
    const record = Buffer.from(decodeRequestBody(sendMessages, sent.request!.subarray(HEADER_SIZE)).record);
    const polledRecord = polled.response.subarray(HEADER_SIZE + POLL_PREFIX);
    restampBatch(record, 0, 0n, polledRecord.readBigUInt64LE(16));
    assert.deepEqual(sliceRecord(record, 1, 1), Buffer.from(polledRecord));
    assert.equal(indexRecord(record).length, 4);
    assert.equal(sliceRecord(record, 0, 3).compare(record), 0);
    assert.equal(RECORD_HEADER_SIZE, 256);
  });
});

function checkMessage(
  fixture: Fixture,
  frames: MessageFrames,
  index: number,
  batch: FixtureBatch,
  frame: FixtureFrame,
): void {
  const payload = payloadOf(frame);
  assert.equal(frames.offset(index), BigInt(batch.base_offset) + BigInt(frame.offset_delta));
  assert.equal(frames.id(index), idOf(fixture, frame));
  assert.equal(frames.checksum(index), BigInt(frame.checksum));
  assert.equal(frames.timestamp(index), Number(batch.base_timestamp));
  assert.equal(frames.originTimestamp(index), Number(batch.origin_timestamp) + frame.timestamp_delta);
  assert.deepEqual(frames.payload(index), payload);
  assert.deepEqual(frames.buffer.subarray(frames.payloadStart(index), frames.payloadEnd(index)), payload);
  const entries = headerEntries(frame.user_headers);
  assert.deepEqual(decodeHeaderEntries(frames.headersBytes(index)), entries);
  assert.deepEqual(encodeHeaders(entries), Buffer.from(frames.headersBytes(index)));
  assert.equal(frames.headers(index).size, entries.length);
  for (const { key, value } of entries) {
    assert.deepEqual(frames.headers(index).get(String(key.value)), value);
  }
}

function batchOf(record: FixtureRecord): FixtureBatch {
  return "header" in record ? record.header : record;
}

function payloadOf({ payload, payload_hex }: FixtureFrame): Buffer {
  return payload_hex === undefined ? Buffer.from(payload!, "utf8") : Buffer.from(payload_hex, "hex");
}

function idOf({ server }: Fixture, { id }: FixtureFrame): bigint {
  return BigInt(server === "0.9.0" ? `0x${id}` : id);
}
