import { xxh3Ranges } from "../checksum/xxh3.ts";
import { CHECKSUM_AT, COUNT_AT, viewOf } from "./record-layout.ts";

/*
 * Checksums of a record. `starts` holds where each frame begins in the record and, as its last element, the record's
 * end. All frames of a record are hashed by one call, and the batch checksum by a second one over gathered input.
 */
const CHECKSUM_SIZE = 8;
const HEADER_PARTS_SIZE = 44;

const gatheredBounds = new Uint32Array(2);
let gathered = Buffer.allocUnsafeSlow(16 * 1024);

/** Writes the checksum of every frame, then the batch's. */
export function stampChecksums(record: Buffer, starts: Uint32Array, count: number): void {
  const hashes = viewOf(xxh3Ranges(record, starts, count, CHECKSUM_SIZE));
  const view = viewOf(record);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    view.setInt32(start, hashes.getInt32(CHECKSUM_SIZE * i, true), true);
    view.setInt32(start + 4, hashes.getInt32(CHECKSUM_SIZE * i + 4, true), true);
  }
  stampBatchChecksum(record, starts, count);
}

/** Writes the batch checksum over header fields and frame checksums as they stand. */
export function stampBatchChecksum(record: Buffer, starts: Uint32Array, count: number): void {
  record.set(hashBatch(record, starts, count), CHECKSUM_AT);
}

/** Index of the first frame whose checksum does not match its bytes, or −1. */
export function findBadFrame(record: Buffer, starts: Uint32Array, count: number): number {
  const hashes = viewOf(xxh3Ranges(record, starts, count, CHECKSUM_SIZE));
  const view = viewOf(record);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    const low = view.getInt32(start, true) ^ hashes.getInt32(CHECKSUM_SIZE * i, true);
    const high = view.getInt32(start + 4, true) ^ hashes.getInt32(CHECKSUM_SIZE * i + 4, true);
    if ((low | high) !== 0) return i;
  }
  return -1;
}

export function batchChecksumMatches(record: Buffer, starts: Uint32Array, count: number): boolean {
  return record.compare(hashBatch(record, starts, count), 0, CHECKSUM_SIZE, CHECKSUM_AT, CHECKSUM_AT + 8) === 0;
}

function hashBatch(record: Buffer, starts: Uint32Array, count: number): Uint8Array {
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
  gatheredBounds[1] = size;
  return xxh3Ranges(gathered.subarray(0, size), gatheredBounds, 1, 0);
}
