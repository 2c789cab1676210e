import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeBatchForAppend,
  decodeEviction,
  decodeHeaderEntries,
  decodeHeaders,
  decodeLogin,
  decodeReplyBody,
  decodeReplyHead,
  decodeReplyHeader,
  decodeRequestBody,
  decodeRequestHeader,
  describeErrorCode,
  FrameSplitter,
  frameCommand,
  HEADER_SIZE,
  indexFrames,
  legacy,
  ProtocolError,
  Reader,
  type ReceivedFrames,
  replyOperation,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import { type Fixture, loadFixtures, SERVERS } from "../golden/fixtures.ts";
import { loadLegacyFixtures } from "../legacy/fixtures.ts";
import { COMMAND_EXCHANGES } from "./arbitraries.ts";

const fixtures = SERVERS.flatMap(loadFixtures);

const bodies = fixtures.flatMap(({ request, response }: Fixture) =>
  [request, response].filter((frame) => frame !== undefined).map((frame) => frame.subarray(HEADER_SIZE)),
);
const legacyBodies = loadLegacyFixtures().flatMap(({ request, response }) =>
  [request, response].map((frame) => frame.subarray(legacy.HEADER_SIZE)),
);

/** Real bodies of requests and replies, and what an attacker or a broken disk may make of them. */
const hostile: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      body: fc.constantFrom(...bodies, ...legacyBodies),
      changes: fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff)), { maxLength: 6 }),
      cut: fc.nat(),
      surplus: fc.uint8Array({ maxLength: 8 }),
    })
    .map(({ body, changes, cut, surplus }) => {
      const bytes = Buffer.from(cut % 3 === 0 ? body.subarray(0, cut % (body.length + 1)) : body);
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return cut % 5 === 0 ? Buffer.concat([bytes, surplus]) : bytes;
    }),
);

/** Runs a decoder on hostile input: it may only throw `ProtocolError`, and builds no more than the input holds. */
function survives(decode: (bytes: Buffer) => unknown): void {
  fc.assert(
    fc.property(hostile, (bytes) => {
      let value: unknown;
      try {
        value = decode(bytes);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
        return;
      }
      assert.ok(countElements(value) <= bytes.length, `${countElements(value)} elements of ${bytes.length} bytes`);
    }),
    { numRuns: 300 },
  );
}

/** Elements of all arrays and maps in a decoded value. */
function countElements(value: unknown): number {
  if (value instanceof Map) return value.size;
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return 0;
  const children = Array.isArray(value) ? value : Object.values(value);
  return children.reduce<number>((sum, child) => sum + countElements(child), Array.isArray(value) ? value.length : 0);
}

describe("hostile bytes end in ProtocolError, and in bounded memory", () => {
  for (const { command } of COMMAND_EXCHANGES) {
    it(`${command.name} request`, () => survives((bytes) => decodeRequestBody(command, bytes)));
    it(`${command.name} reply`, () => {
      const header = { operation: replyOperation(command.operation), status: 0 };
      survives((bytes) => {
        const outcome = decodeReplyBody(command, header, bytes);
        return outcome.ok && !command.name.startsWith("poll_messages") ? outcome.response : undefined;
      });
    });
  }

  it("login", () => survives((bytes) => decodeLogin(new Reader(bytes))));
  it("headers", () => {
    survives((bytes) => decodeHeaders(bytes));
    survives((bytes) => decodeHeaderEntries(bytes));
  });
  it("frame headers", () => {
    survives(frameCommand);
    survives(decodeRequestHeader);
    survives(decodeReplyHeader);
    survives(decodeReplyHead);
    survives(decodeEviction);
  });
  it("frame splitter", () => {
    survives((bytes) => {
      const splitter = new FrameSplitter(1024);
      splitter.push(bytes);
      return splitter.next();
    });
  });

  it("a poll response that passes the index can be read to its last byte", () => {
    survives((bytes) => readEverything(indexFrames(bytes)));
  });

  for (const command of legacy.COMMANDS) {
    const isPoll = command === legacy.pollMessages;
    it(`legacy ${command.name} request`, () => survives((bytes) => decodeRequestBody(command, bytes)));
    it(`legacy ${command.name} response`, () => {
      survives((bytes) => {
        const response = command.decodeResponse(new Reader(bytes));
        return isPoll ? undefined : response;
      });
    });
  }

  it("legacy frames", () => {
    survives(legacy.decodeRequestCode);
    survives((bytes) => legacy.decodeResponse(legacy.ping, bytes));
  });

  it("a legacy poll response that passes the index can be read to its last byte", () => {
    survives((bytes) => readEverything(legacy.indexMessages(bytes)));
  });

  it("legacy messages are checked before they are stored", () => {
    fc.assert(
      fc.property(hostile, fc.nat(10), (bytes, count) => {
        const outcome = legacy.decodeMessagesForAppend(bytes, count);
        if (outcome.ok) legacy.stampMessages(outcome, 5n, 6n);
        else assert.ok(describeErrorCode(outcome.code).name !== "Unknown" && outcome.reason.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  it("a record is never accepted by accident", () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        const outcome = decodeBatchForAppend(bytes);
        if (outcome.ok) return;
        assert.ok([3, 4027, 4039, 4101].includes(outcome.code));
        assert.ok(outcome.reason.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

function readEverything(frames: ReceivedFrames): bigint[] {
  const offsets: bigint[] = [];
  for (let i = 0; i < frames.length; i++) {
    offsets.push(frames.offset(i));
    assert.ok(i === 0 || offsets[i]! > offsets[i - 1]!);
    assert.ok(Number.isSafeInteger(frames.timestamp(i)) && Number.isSafeInteger(frames.originTimestamp(i)));
    assert.equal(frames.payload(i).length, frames.payloadEnd(i) - frames.payloadStart(i));
    assert.ok(frames.payloadEnd(i) + frames.headersBytes(i).length <= frames.buffer.length);
  }
  const corruption = frames.findCorruption();
  assert.ok(corruption === undefined || corruption.offset === offsets[corruption.index]);
  return offsets;
}
