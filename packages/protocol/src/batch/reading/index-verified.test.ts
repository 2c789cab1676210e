import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createWasmEngine, RANGES, WINDOW } from "../../checksum/wasm-engine.ts";
import { ProtocolError } from "../../errors.ts";
import { restampBatch, sliceRecord } from "../append.ts";
import {
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  FRAME_HEADERS_LENGTH_AT,
  FRAME_OFFSET_DELTA_AT,
  FRAME_PAYLOAD_LENGTH_AT,
  FRAME_RESERVED_AT,
  LENGTH_AT,
  ORIGIN_TIMESTAMP_AT,
  POLL_PREFIX_SIZE,
  RECORD_HEADER_SIZE,
  RESERVED_AT,
} from "../record-layout.ts";
import { encodeBatch } from "../writing/encode-batch.ts";
import { indexFrames, indexVerified } from "./index-frames.ts";
import type { ReceivedFrames } from "./received-frames.ts";

const NOW = 1_700_000_000_000_000;

function record(sizes: readonly number[], baseOffset: bigint): Buffer {
  const messages = sizes.map((size, i) => ({ payload: Buffer.alloc(size, i), timestamp: NOW + 7 * i }));
  const encoded = encodeBatch(messages, NOW);
  restampBatch(encoded, 3, baseOffset, NOW);
  return encoded;
}

function pollOf(records: readonly Buffer[]): Buffer {
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  prefix.writeUInt32LE(3, 0);
  prefix.writeUInt32LE(
    records.reduce((sum, bytes) => sum + bytes.readUInt32LE(COUNT_AT), 0),
    12,
  );
  return Buffer.concat([prefix, ...records]);
}

/** A poll of records with messages of these sizes. */
function poll(sizes: readonly (readonly number[])[]): Buffer {
  let offset = 5n;
  return pollOf(
    sizes.map((each) => {
      const bytes = record(each, offset);
      offset += BigInt(each.length);
      return bytes;
    }),
  );
}

/** All that frames say, or what is wrong with the bytes. */
function outcome(index: () => ReceivedFrames): unknown {
  try {
    const frames = index();
    const messages = Array.from({ length: frames.length }, (_, i) => [
      frames.offset(i),
      frames.timestamp(i),
      frames.originTimestamp(i),
      frames.checksum(i),
      frames.payloadStart(i),
      frames.payloadEnd(i),
      frames.headersBytes(i).length,
    ]);
    return { messages, corruption: frames.arrival === undefined ? frames.findCorruption() : frames.arrival.corruption };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.message;
  }
}

function takenInOnePass(body: Buffer): boolean {
  return createWasmEngine()?.checkPoll?.(body, body.readUInt32LE(12)) !== undefined;
}

const bodySizes = fc.array(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }), {
  maxLength: 4,
});

/** Where a hostile server would look first, in the header of a record or of a frame. */
const HEADER_PLACES = [BASE_OFFSET_AT, BASE_TIMESTAMP_AT, ORIGIN_TIMESTAMP_AT, LENGTH_AT, COUNT_AT, RESERVED_AT];
const FRAME_PLACES = [
  FRAME_OFFSET_DELTA_AT,
  FRAME_HEADERS_LENGTH_AT,
  FRAME_PAYLOAD_LENGTH_AT,
  FRAME_RESERVED_AT,
  FRAME_RESERVED_AT + 4,
];
const places = fc.oneof(
  fc.nat(20_000),
  fc.constantFrom(0, 12, ...HEADER_PLACES.map((place) => POLL_PREFIX_SIZE + place)),
  fc.constantFrom(...FRAME_PLACES.map((place) => POLL_PREFIX_SIZE + RECORD_HEADER_SIZE + place)),
);
const words = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_ffd0),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const changes = fc.array(fc.record({ at: places, word: words, bytes: fc.constantFrom(1, 4) }), { maxLength: 3 });
const cut = fc.oneof(fc.constant(0), fc.integer({ min: -400, max: 400 }));

describe("a poll that is indexed and verified in one pass", () => {
  it("is what indexing and verifying say one after the other, whatever its bytes are", () => {
    const seen = { sound: 0, corrupt: 0, malformed: 0 };
    fc.assert(
      fc.property(bodySizes, changes, cut, (sizes, list, grown) => {
        const whole = poll(sizes);
        const body = Buffer.alloc(Math.max(POLL_PREFIX_SIZE, whole.length + grown));
        whole.copy(body);
        for (const { at, word, bytes } of list) {
          const place = at % (body.length - 3);
          if (bytes === 1) body[place] = word & 0xff;
          else body.writeUInt32LE(word, place);
        }
        const expected = outcome(() => indexFrames(body));
        assert.deepEqual(
          outcome(() => indexVerified(body)),
          expected,
        );
        const malformed = typeof expected === "string";
        assert.equal(takenInOnePass(body), !malformed);
        const corrupt = !malformed && (expected as { corruption: unknown }).corruption !== undefined;
        seen[malformed ? "malformed" : corrupt ? "corrupt" : "sound"] += 1;
      }),
      { numRuns: 1500 },
    );
    assert.ok(
      Object.values(seen).every((count) => count > 20),
      JSON.stringify(seen),
    );
  });

  it("may be slices of stored records, with offsets up to the last of 64 bits", () => {
    const stored = record([5, 6, 7, 8], 2n ** 64n - 5n);
    for (const records of [[stored], [sliceRecord(stored, 1, 2), sliceRecord(stored, 3, 1)], []]) {
      const body = pollOf(records);
      assert.deepEqual(
        outcome(() => indexVerified(body)),
        outcome(() => indexFrames(body)),
      );
      assert.ok(takenInOnePass(body));
    }
    const beyond = pollOf([record([5, 6], 2n ** 64n - 2n)]);
    assert.throws(() => indexVerified(beyond), /offset beyond 64 bits/);
    const descending = pollOf([record([5, 6], 8n), record([7], 9n)]);
    assert.throws(() => indexVerified(descending), /do not ascend/);
  });

  it("that is too large for one pass is verified in several", () => {
    const long = poll([[WINDOW / 2, 5], [WINDOW / 2]]);
    const many = poll([Array.from({ length: RANGES + 1 }, () => 1)]);
    for (const body of [long, many]) {
      assert.ok(!takenInOnePass(body));
      assert.deepEqual(
        outcome(() => indexVerified(body)),
        outcome(() => indexFrames(body)),
      );
      assert.deepEqual(indexVerified(body).arrival, { corruption: undefined });
      body[body.length - 1]! ^= 1;
      assert.equal(indexVerified(body).arrival?.corruption?.kind, "message");
    }
  });

  it("still tells when its bytes change afterwards", () => {
    const body = poll([[5, 6]]);
    const frames = indexVerified(body);
    body[frames.payloadStart(1)]! ^= 1;
    assert.deepEqual(frames.arrival, { corruption: undefined });
    assert.equal(frames.findCorruption()?.index, 1);
  });
});

describe("messages of a poll together", () => {
  it("are as large, and as old, as one by one", () => {
    fc.assert(
      fc.property(bodySizes, fc.nat(), fc.nat(), (sizes, one, other) => {
        const frames = indexFrames(poll(sizes));
        const [from = 0, to = 0] = [one, other].map((each) => each % (frames.length + 1)).sort((a, b) => a - b);
        const indexes = Array.from({ length: to - from }, (_, i) => from + i);
        assert.equal(
          frames.payloadBytes?.(from, to),
          indexes.reduce((sum, index) => sum + frames.payload(index).length, 0),
        );
        const times = new Float64Array(to - from);
        frames.originTimestamps?.(from, to, times);
        assert.deepEqual(
          [...times],
          indexes.map((index) => frames.originTimestamp(index)),
        );
      }),
    );
  });

  it("have the size and the times that one pass found", () => {
    fc.assert(
      fc.property(bodySizes, (sizes) => {
        const body = poll(sizes);
        const frames = indexVerified(body);
        const times = Array.from({ length: frames.length }, (_, index) => frames.originTimestamp(index));
        assert.equal(
          frames.payloadBytes?.(0, frames.length),
          sizes.flat().reduce((sum, size) => sum + size, 0),
        );
        if (times.length === 0) return assert.equal(frames.originSpan, undefined);
        const { lowest, highest, mean } = frames.originSpan ?? assert.fail("not known");
        assert.deepEqual([lowest, highest], [Math.min(...times), Math.max(...times)]);
        const above = times.reduce((sum, time) => sum + (time - lowest), 0) / times.length;
        assert.ok(Math.abs(mean - lowest - above) < 1, `${mean}, not ${lowest + above}`);
        assert.equal(indexFrames(body).originSpan, undefined);
      }),
    );
  });

  it("have no span where a producer time is no safe integer", () => {
    for (const origin of [2n ** 53n, 2n ** 64n - 1n]) {
      const body = pollOf([sliceRecord(record([5, 6, 7], 0n), 1, 2), record([8], 3n)]);
      body.writeBigUInt64LE(origin, POLL_PREFIX_SIZE + ORIGIN_TIMESTAMP_AT);
      assert.equal(indexVerified(body).originSpan, undefined);
    }
  });

  it("a producer time beyond the safe integers reads as the largest one", () => {
    const body = poll([[5]]);
    body.writeBigUInt64LE(2n ** 63n, POLL_PREFIX_SIZE + ORIGIN_TIMESTAMP_AT);
    const times = new Float64Array(1);
    indexFrames(body).originTimestamps?.(0, 1, times);
    assert.equal(times[0], Number.MAX_SAFE_INTEGER);
  });

  it("are none where there are none", () => {
    const frames = indexFrames(poll([[5, 6]]));
    assert.throws(() => frames.payloadBytes?.(0, 3), RangeError);
    assert.throws(() => frames.originTimestamps?.(1, 3, new Float64Array(2)), RangeError);
    assert.throws(() => frames.timestamp(2), RangeError);
    assert.throws(() => frames.timestamp(-1), RangeError);
  });
});
