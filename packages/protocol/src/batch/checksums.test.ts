import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RANGES, WINDOW } from "../checksum/wasm-engine.ts";
import { portableEngine } from "../checksum/xxh3-portable.ts";
import { batchChecksumMatches, findBadFrame, stampBatchChecksum, stampChecksums } from "./checksums.ts";
import { CHECKSUM_AT, COUNT_AT, FRAME_HEADER_SIZE, RECORD_HEADER_SIZE } from "./record-layout.ts";

interface Framed {
  readonly record: Buffer;
  readonly starts: Uint32Array;
  readonly count: number;
}

/** A record with frames of these body sizes; its checksums are not stamped. */
function framed(bodies: readonly number[]): Framed {
  let at = RECORD_HEADER_SIZE;
  const starts = Uint32Array.from([at, ...bodies.map((size) => (at += FRAME_HEADER_SIZE + size))]);
  const record = Buffer.from(Uint8Array.from({ length: at }, (_, i) => (i * 151 + (i >> 8)) % 256));
  record.writeUInt32LE(bodies.length, COUNT_AT);
  return { record, starts, count: bodies.length };
}

/** The same checksums by the layout's description: one frame after the other, in portable code. */
function stampPlainly({ record, starts, count }: Framed): Buffer {
  const stamped = Buffer.from(record);
  const covered = [stamped.subarray(0, CHECKSUM_AT), stamped.subarray(COUNT_AT, COUNT_AT + 4)];
  for (let i = 0; i < count; i++) {
    const frame = stamped.subarray(starts[i]!, starts[i + 1]!);
    frame.writeBigUInt64LE(portableEngine.hash(frame.subarray(8)));
    covered.push(frame.subarray(0, 8));
  }
  stamped.writeBigUInt64LE(portableEngine.hash(Buffer.concat(covered)), CHECKSUM_AT);
  return stamped;
}

function assertStamps(batch: Framed): void {
  const { record, starts, count } = batch;
  const expected = stampPlainly(batch);
  stampChecksums(record, starts, count);
  assert.ok(record.equals(expected));
  assert.equal(findBadFrame(record, starts, count), -1);
  assert.ok(batchChecksumMatches(record, starts, count));
}

const bodies = fc.array(fc.nat(700), { minLength: 1, maxLength: 30 });

describe("checksums of a record", () => {
  it("are as the layout describes them", () => {
    fc.assert(fc.property(bodies, (sizes) => assertStamps(framed(sizes))));
  });

  it("are right for batches of any size", () => {
    assertStamps(framed([10, 3 * WINDOW, 20, WINDOW - FRAME_HEADER_SIZE, 0, WINDOW]));
    assertStamps(framed(Array.from({ length: 2000 }, (_, i) => (i * 37) % 900)));
    assertStamps(framed(new Array<number>(RANGES + 2).fill(1)));
  });

  it("name the first frame that was changed", () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (sizes, a, b, change) => {
        const { record, starts, count } = framed(sizes);
        stampChecksums(record, starts, count);
        const first = Math.min(a, b) % count;
        const second = first + (Math.max(a, b) % (count - first));
        for (const index of new Set([first, second])) {
          const at = starts[index]! + (b % (starts[index + 1]! - starts[index]!));
          record[at] = record[at]! ^ change;
        }
        assert.equal(findBadFrame(record, starts, count), first);
      }),
    );
  });

  it("change with every byte of the record header that they cover", () => {
    const { record, starts, count } = framed([5, 300]);
    stampChecksums(record, starts, count);
    for (let at = 0; at < COUNT_AT + 4; at++) {
      record[at] = record[at]! ^ 1;
      assert.equal(batchChecksumMatches(record, starts, count), false, `byte ${at}`);
      record[at] = record[at]! ^ 1;
    }
    assert.ok(batchChecksumMatches(record, starts, count));
  });

  it("of the batch can be renewed alone", () => {
    const { record, starts, count } = framed([5, 300, 0]);
    stampChecksums(record, starts, count);
    record.writeBigUInt64LE(77n, 8);
    assert.equal(batchChecksumMatches(record, starts, count), false);
    stampBatchChecksum(record, starts, count);
    assert.ok(batchChecksumMatches(record, starts, count));
    assert.equal(findBadFrame(record, starts, count), -1);
  });
});
