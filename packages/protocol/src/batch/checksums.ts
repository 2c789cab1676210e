import { xxh3, xxh3Engine } from "../checksum/xxh3.ts";
import { CHECKSUM_AT, COUNT_AT, viewOf } from "./record-layout.ts";

/*
 * Checksums of a record. `starts` holds where each frame begins in the record and, as its last element, the record's
 * end. All frames are hashed by one call, straight to where the input of the batch checksum needs their hashes.
 */
const CHECKSUM_SIZE = 8;

/** The fields of the record header that the batch checksum covers; the checksums of the frames follow them. */
const HEADER_PARTS_SIZE = 44;

/** Input of the batch checksum, used again for every batch of this thread. */
let parts = Buffer.allocUnsafeSlow(16 * 1024);
let partsView = viewOf(parts);

/** Writes the checksum of every frame, then the batch's. */
export function stampChecksums(record: Buffer, starts: Uint32Array, count: number): void {
  stampFrameChecksums(record, starts, count);
  const view = viewOf(record);
  view.setBigUint64(CHECKSUM_AT, hashParts(view, count), true);
}

/** Writes the checksum of every frame. A legacy message has its checksum in the same place. */
export function stampFrameChecksums(record: Buffer, starts: Uint32Array, count: number): void {
  hashFrames(record, starts, count);
  const view = viewOf(record);
  for (let i = 0, at = HEADER_PARTS_SIZE; i < count; i++, at += CHECKSUM_SIZE) {
    const start = starts[i]!;
    view.setInt32(start, partsView.getInt32(at, true), true);
    view.setInt32(start + 4, partsView.getInt32(at + 4, true), true);
  }
}

/** Writes the batch checksum over header fields and frame checksums as they stand. */
export function stampBatchChecksum(record: Buffer, starts: Uint32Array, count: number): void {
  const view = viewOf(record);
  gatherFrameChecksums(view, starts, count);
  view.setBigUint64(CHECKSUM_AT, hashParts(view, count), true);
}

/** Index of the first frame whose checksum does not match its bytes, or −1. */
export function findBadFrame(record: Buffer, starts: Uint32Array, count: number): number {
  hashFrames(record, starts, count);
  const view = viewOf(record);
  for (let i = 0, at = HEADER_PARTS_SIZE; i < count; i++, at += CHECKSUM_SIZE) {
    const start = starts[i]!;
    const low = view.getInt32(start, true) ^ partsView.getInt32(at, true);
    const high = view.getInt32(start + 4, true) ^ partsView.getInt32(at + 4, true);
    if ((low | high) !== 0) return i;
  }
  return -1;
}

export function batchChecksumMatches(record: Buffer, starts: Uint32Array, count: number): boolean {
  const view = viewOf(record);
  gatherFrameChecksums(view, starts, count);
  return view.getBigUint64(CHECKSUM_AT, true) === hashParts(view, count);
}

function hashFrames(record: Buffer, starts: Uint32Array, count: number): void {
  reserveParts(count);
  xxh3Engine().hashRanges(record, starts, count, CHECKSUM_SIZE, parts, HEADER_PARTS_SIZE);
}

function gatherFrameChecksums(record: DataView, starts: Uint32Array, count: number): void {
  reserveParts(count);
  for (let i = 0, at = HEADER_PARTS_SIZE; i < count; i++, at += CHECKSUM_SIZE) {
    const start = starts[i]!;
    partsView.setInt32(at, record.getInt32(start, true), true);
    partsView.setInt32(at + 4, record.getInt32(start + 4, true), true);
  }
}

/** The batch checksum, once the checksums of the frames are in the parts. */
function hashParts(record: DataView, count: number): bigint {
  for (let at = 0; at < CHECKSUM_AT; at += 4) partsView.setInt32(at, record.getInt32(at, true), true);
  partsView.setInt32(CHECKSUM_AT, record.getInt32(COUNT_AT, true), true);
  return xxh3(parts.subarray(0, HEADER_PARTS_SIZE + count * CHECKSUM_SIZE));
}

function reserveParts(count: number): void {
  const size = HEADER_PARTS_SIZE + count * CHECKSUM_SIZE;
  if (size <= parts.length) return;
  parts = Buffer.allocUnsafeSlow(size * 2);
  partsView = viewOf(parts);
}
