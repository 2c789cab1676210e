import { ProtocolError } from "../errors.ts";
import { batchChecksumMatches, findBadFrame, stampBatchChecksum } from "./checksums.ts";
import { decodeRecordHeader, type RecordHeader } from "./record-header.ts";
import {
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  FRAME_HEADER_SIZE,
  FRAME_HEADERS_LENGTH_AT,
  FRAME_OFFSET_DELTA_AT,
  FRAME_PAYLOAD_LENGTH_AT,
  FRAME_RESERVED_AT,
  LENGTH_AT,
  PARTITION_AT,
  RECORD_HEADER_SIZE,
  reservedIsZero,
  viewOf,
} from "./record-layout.ts";

const INVALID_COMMAND = 3;
const INVALID_MESSAGE_CHECKSUM = 4027;
const INVALID_BATCH_CHECKSUM = 4039;
const INVALID_RESERVED_FIELD = 4101;

/** A record that may be stored: everything in it was checked. */
export interface AppendableBatch {
  readonly ok: true;
  readonly header: RecordHeader;
  /** Where each frame starts in the record; the element after the last is the record's end. */
  readonly frameStarts: Uint32Array;
}

/** Why a record may not be stored, with the error code to answer. */
export interface RefusedBatch {
  readonly ok: false;
  readonly code: number;
  readonly reason: string;
}

/**
 * Checks a record before it is stored, or read back from a disk: lengths, counts, reserved bytes, offset deltas
 * 0 … n−1, the checksum of every frame and of the batch.
 */
export function decodeBatchForAppend(record: Buffer): AppendableBatch | RefusedBatch {
  let header: RecordHeader;
  let frameStarts: Uint32Array;
  try {
    header = decodeRecordHeader(record);
    frameStarts = indexRecord(record);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refuse(error.code ?? INVALID_COMMAND, error.message);
  }
  const view = viewOf(record);
  for (let i = 0; i < header.count; i++) {
    if (view.getUint32(frameStarts[i]! + FRAME_OFFSET_DELTA_AT, true) !== i) {
      return refuse(INVALID_COMMAND, `message ${i}: the offset delta is not its index`);
    }
  }
  const bad = findBadFrame(record, frameStarts, header.count);
  if (bad !== -1) return refuse(INVALID_MESSAGE_CHECKSUM, `message ${bad}: the checksum does not match`);
  if (!batchChecksumMatches(record, frameStarts, header.count)) {
    return refuse(INVALID_BATCH_CHECKSUM, "the batch checksum does not match");
  }
  return { ok: true, header, frameStarts };
}

function refuse(code: number, reason: string): RefusedBatch {
  return { ok: false, code, reason };
}

/**
 * Where each frame of a record starts; the element after the last is the record's end. Throws {@link ProtocolError}
 * when lengths or counts disagree with the bytes, or reserved bytes are not zero.
 */
export function indexRecord(record: Buffer): Uint32Array {
  const { length, count } = decodeRecordHeader(record);
  if (length !== record.length) throw new ProtocolError(`record of ${length} bytes in ${record.length}`, LENGTH_AT);
  if (count === 0 || count * FRAME_HEADER_SIZE > length) {
    throw new ProtocolError(`${count} messages in a record of ${length} bytes`, COUNT_AT);
  }
  const view = viewOf(record);
  if (!reservedIsZero(view, 0)) throw reservedError(COUNT_AT + 4);
  const starts = new Uint32Array(count + 1);
  let at = RECORD_HEADER_SIZE;
  for (let i = 0; i < count; i++) {
    if (length - at < FRAME_HEADER_SIZE) throw new ProtocolError(`message ${i} is cut short`, at);
    const size =
      view.getUint32(at + FRAME_PAYLOAD_LENGTH_AT, true) + view.getUint32(at + FRAME_HEADERS_LENGTH_AT, true);
    if (size > length - at - FRAME_HEADER_SIZE) throw new ProtocolError(`message ${i} has ${size} bytes`, at);
    if ((view.getInt32(at + FRAME_RESERVED_AT, true) | view.getInt32(at + FRAME_RESERVED_AT + 4, true)) !== 0) {
      throw reservedError(at + FRAME_RESERVED_AT);
    }
    starts[i] = at;
    at += FRAME_HEADER_SIZE + size;
  }
  if (at !== length) throw new ProtocolError(`${length - at} surplus bytes in a record`, at);
  starts[count] = at;
  return starts;
}

function reservedError(at: number): ProtocolError {
  return new ProtocolError("reserved bytes are not zero", at, INVALID_RESERVED_FIELD);
}

/**
 * Fills in what a server decides on append and renews the batch checksum, in place; frame checksums stay valid.
 * `baseTimestamp` is microseconds since the Unix epoch. `frameStarts` saves a walk where it is known.
 */
export function restampBatch(
  record: Buffer,
  partition: number,
  baseOffset: bigint,
  baseTimestamp: number | bigint,
  frameStarts: Uint32Array = indexRecord(record),
): void {
  record.writeBigUInt64LE(BigInt(partition), PARTITION_AT);
  record.writeBigUInt64LE(baseOffset, BASE_OFFSET_AT);
  record.writeBigUInt64LE(BigInt(baseTimestamp), BASE_TIMESTAMP_AT);
  stampBatchChecksum(record, frameStarts, frameStarts.length - 1);
}

/**
 * A copy of `count` messages of a record from index `from` on, as polls that cut a record answer it: the frames are
 * unchanged, length, count and batch checksum describe the slice. Throws when the record has fewer messages.
 */
export function sliceRecord(
  record: Buffer,
  from: number,
  count: number,
  frameStarts: Uint32Array = indexRecord(record),
): Buffer {
  const start = frameStarts[from];
  const end = frameStarts[from + count];
  if (count < 1 || start === undefined || end === undefined) {
    throw new ProtocolError(`no slice of ${count} messages from ${from} in a record of ${frameStarts.length - 1}`);
  }
  const slice = Buffer.allocUnsafe(RECORD_HEADER_SIZE + end - start);
  record.copy(slice, 0, 0, RECORD_HEADER_SIZE);
  record.copy(slice, RECORD_HEADER_SIZE, start, end);
  slice.writeUInt32LE(slice.length, LENGTH_AT);
  slice.writeUInt32LE(count, COUNT_AT);
  const shift = start - RECORD_HEADER_SIZE;
  const starts = frameStarts.subarray(from, from + count + 1).map((at) => at - shift);
  stampBatchChecksum(slice, starts, count);
  return slice;
}
