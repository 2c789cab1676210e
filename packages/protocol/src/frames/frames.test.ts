import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeErrorCode, ERROR_CODES } from "../error-codes.ts";
import { ProtocolError } from "../errors.ts";
import { createStream } from "../vsr/commands/streams/create-stream.ts";
import { deleteStream } from "../vsr/commands/streams/delete-stream.ts";
import { ping } from "../vsr/commands/system/ping.ts";
import { createTopic } from "../vsr/commands/topics/create-topic.ts";
import { deleteSegments } from "../vsr/commands/topics/delete-segments.ts";
import { describeEviction, EVICTION, encodeEviction } from "./eviction.ts";
import { HEADER_SIZE, MAX_FRAME_SIZE } from "./header-layout.ts";
import { hasResultSection, OPERATION, operationName, replyOperation } from "./operations.ts";
import { formatVersion, majorMinor, PROTOCOL_VERSION } from "./protocol-version.ts";
import { decodeReplyBody, encodeReply, encodeResultReply, encodeStatusReply } from "./reply-frame.ts";
import { decodeReplyHeader } from "./reply-header.ts";
import { encodeRequest } from "./request-frame.ts";
import { decodeRequestHeader, encodeRequestHeader, stampRequest } from "./request-header.ts";

const META = { client: 1n, request: 2n };
const SESSION = { client: 1n, session: 2n, request: 3n };

function sectionOf(...words: number[]): Buffer {
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32LE(word, index * 4);
  return body;
}

describe("result section", () => {
  const reply = { operation: OPERATION.deleteStream, status: 0 };

  it("is present where the protocol says so", () => {
    const present = [64, 65, 66, 67, 68, 128, 137, 139, 149, 161, 162];
    const absent = [2, 3, 138, 160];
    for (const operation of present) assert.ok(hasResultSection(operation, 0), `operation ${operation}`);
    for (const operation of absent) assert.ok(!hasResultSection(operation, 100), `operation ${operation}`);
    assert.ok(hasResultSection(OPERATION.register, 1));
    assert.ok(!hasResultSection(OPERATION.register, 0));
  });

  it("count 0 is success, an entry is a refusal", () => {
    assert.deepEqual(decodeReplyBody(deleteStream, reply, sectionOf(0)), { ok: true, response: undefined });
    assert.deepEqual(decodeReplyBody(deleteStream, reply, sectionOf(1, 0, 1009)), { ok: false, code: 1009 });
    assert.deepEqual(decodeReplyBody(deleteStream, reply, sectionOf(2, 0, 57, 1, 58)), { ok: false, code: 57 });
  });

  it("a truncated or malformed section is never success", () => {
    for (const body of [[], [1], [1, 0], [2, 0, 57], [0xffff_ffff, 0, 57], [1, 0, 0]]) {
      assert.throws(() => decodeReplyBody(deleteStream, reply, sectionOf(...body)), ProtocolError);
    }
    assert.throws(() => decodeReplyBody(deleteStream, reply, Buffer.alloc(3)), ProtocolError);
  });

  it("is taken off by the reply's operation, not by the request's", () => {
    const internal = { operation: OPERATION.truncatePartition, status: 0 };
    const plain = { operation: OPERATION.deleteSegments, status: 0 };
    assert.deepEqual(decodeReplyBody(deleteSegments, internal, sectionOf(1, 0, 3007)), { ok: false, code: 3007 });
    assert.deepEqual(decodeReplyBody(deleteSegments, plain, Buffer.alloc(0)), { ok: true, response: undefined });
  });

  it("the status wins over any body", () => {
    assert.deepEqual(decodeReplyBody(deleteStream, { operation: 250, status: 41 }, sectionOf(0)), {
      ok: false,
      code: 41,
    });
  });

  it("an unknown operation byte is refused", () => {
    assert.throws(() => decodeReplyBody(ping, { operation: 250, status: 0 }, Buffer.alloc(0)), ProtocolError);
  });
});

describe("replies of a server", () => {
  it("carry the operations that the real one answers", () => {
    assert.equal(replyOperation(OPERATION.createTopic), 64);
    assert.equal(replyOperation(OPERATION.createPartitions), 65);
    assert.equal(replyOperation(OPERATION.deleteSegments), 68);
    assert.equal(replyOperation(OPERATION.createStream), 128);
    assert.equal(decodeReplyHeader(encodeReply(deleteSegments, undefined, META)).operation, 68);
    assert.equal(decodeReplyHeader(encodeResultReply(OPERATION.createTopic, 2013, META)).operation, 64);
  });

  it("a denial echoes the operation of the request and has no body", () => {
    const frame = encodeStatusReply(createTopic.operation, 4041, META);
    assert.equal(frame.length, HEADER_SIZE);
    const header = decodeReplyHeader(frame);
    assert.deepEqual([header.operation, header.status], [132, 4041]);
  });

  it("operations without a result section refuse a result", () => {
    assert.throws(() => encodeResultReply(OPERATION.sendMessages, 20, META), ProtocolError);
  });

  it("an empty reply to a read has no body at all", () => {
    assert.equal(encodeReply(ping, undefined, META).length, HEADER_SIZE);
    assert.equal(encodeReply(deleteStream, undefined, META).length, HEADER_SIZE + 4);
  });
});

describe("request headers", () => {
  it("a frame built without a session is stamped later", () => {
    const frame = encodeRequest(createStream, { name: "orders" }, { client: 0n, session: 0n, request: 0n });
    stampRequest(frame, SESSION);
    assert.deepEqual(frame, encodeRequest(createStream, { name: "orders" }, SESSION));
  });

  it("what is not a client's frame is refused with its place", () => {
    const frame = encodeRequest(ping, undefined, SESSION);
    frame[60] = 8;
    assert.throws(() => decodeRequestHeader(frame), { name: "ProtocolError", offset: 60 });
    frame[60] = 5;
    frame.writeUInt32LE(255, 48);
    assert.throws(() => decodeRequestHeader(frame), { name: "ProtocolError", offset: 48 });
    assert.throws(() => decodeRequestHeader(frame.subarray(0, 255)), ProtocolError);
    assert.throws(() =>
      encodeRequestHeader(Buffer.alloc(255), decodeRequestHeader(encodeRequest(ping, undefined, SESSION))),
    );
  });

  it("a number that does not fit its field is refused", () => {
    const header = decodeRequestHeader(encodeRequest(ping, undefined, SESSION));
    for (const wrong of [{ request: 2n ** 64n }, { session: -1n }, { client: 2n ** 128n }, { requestChecksum: -1n }]) {
      assert.throws(() => encodeRequestHeader(Buffer.alloc(HEADER_SIZE), { ...header, ...wrong }), ProtocolError);
    }
  });

  it("a request that no server accepts for its size is not built", () => {
    const huge = {
      ...ping,
      encodeRequest: (writer: { zeros(length: number): unknown }) => writer.zeros(MAX_FRAME_SIZE),
    };
    assert.throws(() => encodeRequest(huge as unknown as typeof ping, undefined, SESSION), /at most/);
  });
});

describe("evictions", () => {
  const window = { client: 1n, maximumVersion: 0, minimumVersion: 0 };

  it("mean the error codes of official clients", () => {
    const codes = Object.values(EVICTION).map(({ reason }) => describeEviction({ ...window, reason }).code);
    assert.deepEqual(codes, [3, 40, 3, 3, 3, 3, 3, 40, 40, 42, 53, 40, 40, 30, 40, 4]);
    assert.deepEqual(describeEviction({ ...window, reason: 200 }), { name: "unknown", code: 40 });
  });

  it("an incompatible protocol is only one with a valid window", () => {
    const reason = EVICTION.incompatibleProtocol.reason;
    assert.equal(describeEviction({ client: 1n, reason, maximumVersion: 12290, minimumVersion: 12290 }).code, 14003);
    assert.equal(describeEviction({ client: 1n, reason, maximumVersion: 1, minimumVersion: 2 }).code, 40);
  });

  it("a reason that is not a byte is refused", () => {
    assert.throws(() => encodeEviction({ ...window, reason: 256 }), ProtocolError);
  });
});

describe("tables", () => {
  it("protocol numbers", () => {
    assert.equal(formatVersion(PROTOCOL_VERSION), "0.11.0");
    assert.equal(formatVersion(12290), "0.12.2");
    assert.equal(majorMinor(PROTOCOL_VERSION), majorMinor(PROTOCOL_VERSION + 999));
    assert.notEqual(majorMinor(PROTOCOL_VERSION), majorMinor(12290));
  });

  it("operation names", () => {
    assert.equal(operationName(160), "sendMessages");
    assert.equal(operationName(250), undefined);
  });

  it("error codes say whether to try again", () => {
    assert.deepEqual(describeErrorCode(57), {
      code: 57,
      name: "TransientNotCommitted",
      retry: "transient",
      retryable: true,
    });
    assert.equal(describeErrorCode(40).retry, "authenticate");
    assert.equal(describeErrorCode(1009).retryable, false);
    assert.equal(describeErrorCode(59).retryable, false);
    assert.equal(describeErrorCode(3024).name, "TooManyConsumerOffsets");
    assert.deepEqual(describeErrorCode(99_999), {
      code: 99_999,
      name: "Unknown",
      retry: "permanent",
      retryable: false,
    });
    assert.deepEqual(describeErrorCode(Number.NaN).name, "Unknown");
    assert.ok(Object.keys(ERROR_CODES).length > 80);
  });
});
