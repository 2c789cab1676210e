import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { headerEntry, partitioning } from "../../test/properties/arbitraries.ts";
import { ProtocolError } from "../errors.ts";
import { HEADER_SIZE } from "../frames/header-layout.ts";
import { decodeRequestBody } from "../frames/request-frame.ts";
import { decodeRequestHeader } from "../frames/request-header.ts";
import { encodeHeaders } from "../headers/block.ts";
import { sendMessages } from "../vsr/commands/messages/send-messages.ts";
import { decodeBatchForAppend, indexRecord, restampBatch, sliceRecord } from "./append.ts";
import { indexFrames } from "./reading/index-frames.ts";
import type { MessageFrames } from "./reading/message-frames.ts";
import { decodeRecordHeader } from "./record-header.ts";
import { BatchWriter } from "./writing/batch-writer.ts";
import { encodeBatch, encodeSendMessages } from "./writing/encode-batch.ts";
import type { OutgoingMessage } from "./writing/outgoing-message.ts";

const NOW = 1_700_000_000_000_000;
const TARGET = { stream: "orders", topic: 3, partitioning: { kind: "partition", partition: 7 } } as const;
const SESSION = { client: 1n, session: 2n, request: 3n };

const message: fc.Arbitrary<OutgoingMessage> = fc.record(
  {
    payload: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    id: fc.bigInt({ min: 1n, max: (1n << 128n) - 1n }),
    timestamp: fc.integer({ min: NOW - 1_000_000, max: NOW + 1_000_000 }),
    headers: fc.array(headerEntry, { maxLength: 3 }),
  },
  { requiredKeys: ["payload"] },
);
const messages = fc.array(message, { minLength: 1, maxLength: 12 });

/** A poll response of records, as a server writes it. */
function pollOf(...records: Buffer[]): Buffer {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(5, 0);
  prefix.writeBigUInt64LE(99n, 4);
  prefix.writeUInt32LE(
    records.reduce((sum, record) => sum + record.readUInt32LE(48), 0),
    12,
  );
  return Buffer.concat([prefix, ...records]);
}

function stored(list: readonly OutgoingMessage[], baseOffset: bigint): Buffer {
  const record = encodeBatch(list, NOW);
  restampBatch(record, 5, baseOffset, NOW + 5);
  return record;
}

function assertMessage(frames: MessageFrames, index: number, sent: OutgoingMessage): void {
  assert.deepEqual(Buffer.from(frames.payload(index)), Buffer.from(sent.payload));
  if (sent.id !== undefined) assert.equal(frames.id(index), sent.id);
  else assert.notEqual(frames.id(index), 0n);
  assert.equal(frames.originTimestamp(index), sent.timestamp ?? NOW);
  assert.equal(frames.timestamp(index), NOW + 5);
  assert.deepEqual(Buffer.from(frames.headersBytes(index)), encodeHeaders(sent.headers ?? []));
}

describe("a batch that was encoded", () => {
  it("is accepted, stored, and polled as the same messages", () => {
    fc.assert(
      fc.property(messages, messages, fc.bigInt({ min: 0n, max: 1n << 62n }), (first, second, base) => {
        const sent = Buffer.from(encodeBatch(first, NOW));
        const checked = decodeBatchForAppend(sent);
        assert.ok(checked.ok);
        assert.equal(checked.header.count, first.length);
        const nextBase = base + BigInt(first.length);
        const frames = indexFrames(pollOf(stored(first, base), stored(second, nextBase)));
        assert.equal(frames.partition, 5);
        assert.equal(frames.currentOffset, 99n);
        assert.equal(frames.length, first.length + second.length);
        [...first, ...second].forEach((sentMessage, index) => {
          assert.equal(frames.offset(index), base + BigInt(index));
          assertMessage(frames, index, sentMessage);
        });
      }),
    );
  });

  it("is the same record inside of a whole send frame", () => {
    fc.assert(
      fc.property(messages, partitioning, (list, where) => {
        const identified = list.map((one, index) => ({ ...one, id: BigInt(index + 1) }));
        const target = { stream: "orders", topic: 3, partitioning: where };
        const frame = encodeSendMessages({ ...target, messages: identified }, NOW, SESSION);
        const { size, operation, requestChecksum, client, session, request } = decodeRequestHeader(frame);
        assert.deepEqual([size, operation, requestChecksum], [frame.length, 160, 0n]);
        assert.deepEqual({ client, session, request }, SESSION);
        const decoded = decodeRequestBody(sendMessages, frame.subarray(HEADER_SIZE));
        const record = encodeBatch(identified, NOW);
        assert.deepEqual(decoded, { ...target, messagesCount: list.length, record });
      }),
    );
  });

  it("can be cut anywhere, and again, with true checksums", () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat(), fc.nat(), (list, a, b, c) => {
        const record = stored(list, 1000n);
        const from = a % list.length;
        const count = 1 + (b % (list.length - from));
        const slice = sliceRecord(record, from, count);
        const frames = indexFrames(pollOf(slice));
        assert.equal(frames.length, count);
        for (let i = 0; i < count; i++) {
          assert.equal(frames.offset(i), 1000n + BigInt(from + i));
          assertMessage(frames, i, list[from + i]!);
        }
        const again = c % count;
        assert.deepEqual(sliceRecord(slice, again, count - again), sliceRecord(record, from + again, count - again));
        if (from === 0 && count < list.length) assert.ok(decodeBatchForAppend(slice).ok);
        assert.equal(decodeRecordHeader(slice).length, slice.length);
      }),
    );
  });

  it("gives messages without an id different random UUIDs", () => {
    const list = Array.from({ length: 50 }, (_, index) => ({ payload: Buffer.of(1), ...(index === 9 && { id: 9n }) }));
    const frames = indexFrames(pollOf(stored(list, 0n)));
    const ids = new Set(list.map((_, index) => frames.id(index)));
    assert.equal(ids.size, 50);
    assert.equal(frames.id(9), 9n);
    const uuid = frames.id(0).toString(16).padStart(32, "0");
    assert.match(uuid, /^.{12}4.{3}[89ab].{15}$/);
  });
});

describe("what cannot be sent", () => {
  const payload = Buffer.of(1);

  it("names the message and the limit", () => {
    const late = { payload, timestamp: NOW + 2 ** 32 };
    assert.throws(() => encodeBatch([{ payload }, { payload: Buffer.alloc(0) }], NOW), /message 1: payload is empty/);
    assert.throws(() => encodeBatch([{ payload, headersBytes: Buffer.alloc(100_001) }], NOW), { code: 4017 });
    assert.throws(() => encodeBatch([{ payload: Buffer.alloc(64_000_001) }], NOW), { code: 4022 });
    assert.throws(() => encodeBatch([{ payload }, late], NOW), /message 1: 4294967296 µs after/);
    assert.throws(() => encodeBatch([late, { payload }], NOW), { code: 4038 });
    assert.throws(() => encodeBatch([{ payload, timestamp: -1 }], NOW), /message 0: timestamp -1/);
    assert.throws(() => encodeBatch([{ payload, timestamp: 0.5 }], NOW), ProtocolError);
    assert.throws(() => encodeBatch([{ payload, id: 1n << 128n }], NOW), /message 0: id/);
    assert.throws(() => encodeBatch([], NOW), /at least one message/);
  });

  it("a batch that is larger than a frame is refused as a whole", () => {
    const large = Buffer.alloc(34_000_000);
    assert.throws(() => encodeSendMessages({ ...TARGET, messages: [{ payload: large }, { payload: large }] }, NOW), {
      code: 4036,
    });
  });
});

describe("batch writer", () => {
  it("gives the same bytes however it grew, and after a reset", () => {
    fc.assert(
      fc.property(messages, messages, (before, list) => {
        const identified = list.map((one, index) => ({ ...one, id: BigInt(index + 1) }));
        const writer = new BatchWriter(1, 1);
        for (const one of before) writer.add(one.payload, one);
        writer.finishSend(TARGET, NOW);
        writer.reset();
        assert.equal(writer.count, 0);
        for (const one of identified) writer.add(one.payload, one);
        assert.equal(writer.count, list.length);
        const expected = encodeBatch(identified, NOW);
        assert.equal(writer.byteLength, expected.length);
        assert.deepEqual(writer.finishRecord(NOW), expected);
        const frame = encodeSendMessages({ ...TARGET, messages: identified }, NOW, SESSION);
        assert.deepEqual(writer.finishSend(TARGET, NOW, SESSION), frame);
      }),
    );
  });

  it("a refused message leaves the batch as it was", () => {
    const writer = new BatchWriter();
    writer.add(Buffer.of(1), { id: 1n });
    const before = writer.byteLength;
    assert.throws(() => writer.add(Buffer.alloc(0)), /message 1/);
    assert.throws(() => writer.add(Buffer.of(1), { id: -1n }), /message 1/);
    assert.deepEqual([writer.count, writer.byteLength], [1, before]);
    assert.deepEqual(writer.finishRecord(NOW), encodeBatch([{ payload: Buffer.of(1), id: 1n }], NOW));
  });
});

describe("a record that may not be stored", () => {
  const list = [
    { payload: Buffer.from("first"), id: 1n },
    { payload: Buffer.from("second"), id: 2n },
  ];
  const changed = (change: (record: Buffer) => void): Buffer => {
    const record = Buffer.from(encodeBatch(list, NOW));
    change(record);
    return record;
  };
  const second = 256 + 48 + 5;

  const cases: [name: string, record: Buffer, code: number][] = [
    ["cut header", changed(() => {}).subarray(0, 255), 3],
    ["cut message", changed(() => {}).subarray(0, -1), 3],
    ["surplus bytes", Buffer.concat([changed(() => {}), Buffer.of(0)]), 3],
    ["no messages", changed((record) => record.writeUInt32LE(0, 48)), 3],
    ["too many messages", changed((record) => record.writeUInt32LE(0xffff_ffff, 48)), 3],
    ["fewer messages than frames", changed((record) => record.writeUInt32LE(1, 48)), 3],
    ["payload beyond the record", changed((record) => record.writeUInt32LE(0xffff_ffff, second + 36)), 3],
    ["deltas not 0 … n−1", changed((record) => record.writeUInt32LE(2, second + 24)), 3],
    ["reserved bytes of the header", changed((record) => record.writeUInt8(1, 255)), 4101],
    ["reserved bytes of a message", changed((record) => record.writeUInt8(1, second + 47)), 4101],
    ["changed payload", changed((record) => record.writeUInt8(1, second + 48)), 4027],
    ["changed id", changed((record) => record.writeUInt8(9, second + 8)), 4027],
    ["changed time", changed((record) => record.writeUInt8(1, 24)), 4039],
    ["base offset that was not hashed", changed((record) => record.writeUInt8(1, 8)), 4039],
  ];

  for (const [name, record, code] of cases) {
    it(`${name}: ${code}`, () => {
      const outcome = decodeBatchForAppend(record);
      assert.ok(!outcome.ok);
      assert.equal(outcome.code, code);
    });
  }

  it("one changed byte is found wherever it lies", () => {
    for (let at = 0; at < changed(() => {}).length; at++) {
      const record = changed((bytes) => bytes.writeUInt8(bytes[at]! ^ 0x40, at));
      assert.equal(decodeBatchForAppend(record).ok, false, `byte ${at}`);
    }
  });

  it("no slice lies outside of a record", () => {
    const record = encodeBatch(list, NOW);
    for (const [from, count] of [
      [0, 0],
      [0, 3],
      [2, 1],
      [-1, 1],
      [1, -1],
    ] as const) {
      assert.throws(() => sliceRecord(record, from, count), ProtocolError);
    }
    assert.deepEqual([...indexRecord(record)], [256, second, record.length]);
  });
});

describe("an inconsistent poll response", () => {
  const one = { payload: Buffer.of(1), id: 1n };
  const changed = (body: Buffer, change: (body: Buffer) => void): Buffer => {
    change(body);
    return body;
  };
  const record = 16;
  const frame = record + 256;

  const cases: [name: string, body: Buffer, message: RegExp][] = [
    ["cut prefix", Buffer.alloc(15), /cut short/],
    ["impossible count", changed(pollOf(), (body) => body.writeUInt32LE(0xffff_ffff, 12)), /announced/],
    ["more announced", changed(pollOf(stored([one], 0n)), (body) => body.writeUInt32LE(2, 12)), /announced/],
    ["fewer announced", changed(pollOf(stored([one], 0n)), (body) => body.writeUInt32LE(0, 12)), /announced/],
    ["cut record", pollOf(stored([one], 0n)).subarray(0, -1), /record of/],
    [
      "reserved header bytes",
      changed(pollOf(stored([one], 0n)), (body) => body.writeUInt8(1, record + 100)),
      /reserved/,
    ],
    ["reserved frame bytes", changed(pollOf(stored([one], 0n)), (body) => body.writeUInt8(1, frame + 40)), /reserved/],
    [
      "gap in a record",
      changed(pollOf(stored([one, one], 0n)), (body) => body.writeUInt32LE(2, frame + 49 + 24)),
      /contiguous/,
    ],
    ["same offset twice", pollOf(stored([one, one], 0n), stored([one], 1n)), /ascend/],
    ["falling offsets", pollOf(stored([one], 2n ** 40n), stored([one], 2n ** 40n - 1n)), /ascend/],
    ["offset beyond 64 bits", pollOf(stored([one, one], 2n ** 64n - 1n)), /64 bits/],
    ["broker time", changed(pollOf(stored([one], 0n)), (body) => body.writeUInt8(0xff, record + 23)), /broker time/],
  ];

  for (const [name, body, expected] of cases) {
    it(name, () => assert.throws(() => indexFrames(body), { name: "ProtocolError", message: expected }));
  }

  it("offsets may have gaps between records, and be large", () => {
    const frames = indexFrames(pollOf(stored([one], 2n ** 32n - 1n), stored([one, one], 2n ** 63n)));
    assert.deepEqual(
      [0, 1, 2].map((i) => frames.offset(i)),
      [2n ** 32n - 1n, 2n ** 63n, 2n ** 63n + 1n],
    );
  });

  it("a producer's impossible time does not stop the partition", () => {
    const body = changed(pollOf(stored([one], 0n)), (bytes) => bytes.writeBigUInt64LE(2n ** 63n, record + 24));
    assert.equal(indexFrames(body).originTimestamp(0), Number.MAX_SAFE_INTEGER);
  });

  it("an empty one has no messages", () => {
    const frames = indexFrames(pollOf());
    assert.equal(frames.length, 0);
    assert.throws(() => frames.offset(0), RangeError);
    assert.throws(() => frames.payload(0), RangeError);
  });
});
