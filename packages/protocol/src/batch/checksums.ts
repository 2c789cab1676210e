import { xxh3Range } from "../checksum/xxh3.ts";
import { CHECKSUM_AT, COUNT_AT, viewOf } from "./record-layout.ts";

/*
 * Checksums of a record. `starts` holds where each frame begins in the record and, as its last element, the record's
 * end. Frames are hashed in place; only the batch checksum gathers its scattered input first.
 */
const CHECKSUM_SIZE = 8;
const HEADER_PARTS_SIZE = 44;

const digest = new Int32Array(2);
let gathered = Buffer.allocUnsafeSlow(16 * 1024);

/** Writes the checksum of every frame, then the batch's. */
export function stampChecksums(record: Buffer, starts: Uint32Array, count: number): void {
  const view = viewOf(record);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    xxh3Range(record, view, start + CHECKSUM_SIZE, starts[i + 1]!, digest);
    view.setInt32(start, digest[0]!, true);
    view.setInt32(start + 4, digest[1]!, true);
  }
  stampBatchChecksum(record, starts, count);
}

/** Writes the batch checksum over header fields and frame checksums as they stand. */
export function stampBatchChecksum(record: Buffer, starts: Uint32Array, count: number): void {
  hashBatch(record, starts, count);
  record.writeInt32LE(digest[0]!, CHECKSUM_AT);
  record.writeInt32LE(digest[1]!, CHECKSUM_AT + 4);
}

/** Index of the first frame whose checksum does not match its bytes, or −1. */
export function findBadFrame(record: Buffer, starts: Uint32Array, count: number): number {
  const view = viewOf(record);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    xxh3Range(record, view, start + CHECKSUM_SIZE, starts[i + 1]!, digest);
    if (view.getInt32(start, true) !== digest[0] || view.getInt32(start + 4, true) !== digest[1]) return i;
  }
  return -1;
}

export function batchChecksumMatches(record: Buffer, starts: Uint32Array, count: number): boolean {
  hashBatch(record, starts, count);
  return record.readInt32LE(CHECKSUM_AT) === digest[0] && record.readInt32LE(CHECKSUM_AT + 4) === digest[1];
}

function hashBatch(record: Buffer, starts: Uint32Array, count: number): void {
  const size = HEADER_PARTS_SIZE + count * CHECKSUM_SIZE;
  if (gathered.length < size) gathered = Buffer.allocUnsafeSlow(size * 2);
  const from = viewOf(record);
  const to = viewOf(gathered);
  record.copy(gathered, 0, 0, CHECKSUM_AT);
  record.copy(gathered, CHECKSUM_AT, COUNT_AT, COUNT_AT + 4);
  for (let i = 0, at = HEADER_PARTS_SIZE; i < count; i++, at += CHECKSUM_SIZE) {
    const start = starts[i]!;
    to.setInt32(at, from.getInt32(start, true), true);
    to.setInt32(at + 4, from.getInt32(start + 4, true), true);
  }
  xxh3Range(gathered, to, 0, size, digest);
}
