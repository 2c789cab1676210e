import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../../errors.ts";
import { restampBatch, sliceRecord } from "../append.ts";
import { encodeBatch } from "../writing/encode-batch.ts";
import { indexFrames } from "./index-frames.ts";
import { verifyFrames } from "./verify-frames.ts";

const NOW = 1_700_000_000_000_000;

function pollOf(...records: Buffer[]): Buffer {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(5, 0);
  const count = records.reduce((sum, record) => sum + record.readUInt32LE(48), 0);
  prefix.writeUInt32LE(count, 12);
  return Buffer.concat([prefix, ...records]);
}

function stored(texts: readonly string[], baseOffset: bigint): Buffer {
  const record = encodeBatch(
    texts.map((text) => ({ payload: Buffer.from(text) })),
    NOW,
  );
  restampBatch(record, 5, baseOffset, NOW);
  return record;
}

test("whole records and slices of records pass", () => {
  const record = stored(["one", "two", "three", "four"], 7n);
  verifyFrames(indexFrames(pollOf(sliceRecord(record, 1, 2), stored(["five"], 11n))));
  verifyFrames(indexFrames(pollOf()));
});

test("a changed byte of a message is found and named", () => {
  const body = pollOf(stored(["one", "two"], 7n), stored(["three", "four"], 9n));
  body[body.lastIndexOf("four")]! ^= 1;
  const frames = indexFrames(body);
  assert.throws(
    () => verifyFrames(frames),
    (error) => error instanceof ProtocolError && error.code === 4027 && /partition 5, offset 10/.test(error.message),
  );
});

test("no single changed byte of a record goes unnoticed", () => {
  const clean = pollOf(stored(["one", "two"], 7n), stored(["three"], 9n));
  fc.assert(
    fc.property(fc.integer({ min: 16, max: clean.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const body = Buffer.from(clean);
      body[at]! ^= bits;
      assert.throws(() => verifyFrames(indexFrames(body)), ProtocolError);
    }),
  );
});

test("batch checksums alone detect changed heads and added, lost or swapped messages, but not payloads", () => {
  const body = pollOf(stored(["one", "two"], 7n));
  const spoiled = Buffer.from(body);
  spoiled[spoiled.lastIndexOf("two")]! ^= 1;
  verifyFrames(indexFrames(spoiled), "batch");
  const exchanged = Buffer.from(body);
  const first = 16 + 256;
  const size = 48 + 3;
  body.copy(exchanged, first, first + size, first + size + 8);
  body.copy(exchanged, first + size, first, first + 8);
  assert.throws(
    () => verifyFrames(indexFrames(exchanged), "batch"),
    (error) => error instanceof ProtocolError && error.code === 4039,
  );
});
