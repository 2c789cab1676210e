import { xxh3Engine } from "../../checksum/xxh3.ts";
import { ProtocolError } from "../../errors.ts";
import { asBuffer } from "../../primitives/reader.ts";
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
  POLL_PREFIX_SIZE,
  RECORD_HEADER_SIZE,
  RESERVED_AT,
  reservedIsZero,
  viewOf,
} from "../record-layout.ts";
import { IndexedFrames } from "./indexed-frames.ts";
import type { ReceivedFrames } from "./received-frames.ts";

const POLL_COUNT_AT = 12;

/** High word of the largest safe integer: 2²¹ − 1. */
const MAX_SAFE_HIGH = 0x1f_ffff;

/**
 * Indexes the messages of a poll response without making an object per message. Everything that later access relies
 * on is checked here, because servers store what producers send: lengths, reserved bytes, counts, offsets that are
 * contiguous within a record and ascend over records, and broker times that are safe integers.
 * Throws {@link ProtocolError} with the place of the first fault. Checksums are verified by `findCorruption` alone.
 */
export function indexFrames(body: Buffer): ReceivedFrames {
  return walked(body);
}

/**
 * As {@link indexFrames}, and compares everything with its checksums, in one pass over the bytes where that can be; what it found is
 * the frames' `arrival`.
 */
export function indexVerified(bytes: Uint8Array): ReceivedFrames {
  const body = asBuffer(bytes);
  const view = viewOf(body);
  const total = announced(body, view);
  const checked = xxh3Engine().checkPoll?.(body, total);
  // Where the structure is at fault, the walk says what it is.
  if (checked === undefined) return walked(body).verified();
  return new IndexedFrames(body, view, checked.starts, recordsOf(view, total), checked);
}

function walked(body: Buffer): IndexedFrames {
  const view = viewOf(body);
  const total = announced(body, view);
  const starts = new Uint32Array(total);
  let at = POLL_PREFIX_SIZE;
  let index = 0;
  /** The lowest offset that the next record may start with, as two words. */
  let nextHigh = 0;
  let nextLow = 0;
  while (at < body.length) {
    const end = checkRecord(view, at, body.length);
    const count = view.getUint32(at + COUNT_AT, true);
    if (count === 0 || count > total - index) {
      throw new ProtocolError(`record of ${count} messages, ${total - index} are still announced`, at + COUNT_AT);
    }
    const firstDelta = indexRecordFrames(view, at, end, count, starts, index);
    const firstLow = view.getUint32(at + BASE_OFFSET_AT, true) + firstDelta;
    const firstHigh = view.getUint32(at + BASE_OFFSET_AT + 4, true) + Math.floor(firstLow / 2 ** 32);
    const low = firstLow % 2 ** 32;
    if (firstHigh < nextHigh || (firstHigh === nextHigh && low < nextLow)) {
      throw new ProtocolError("offsets do not ascend from record to record", at + BASE_OFFSET_AT);
    }
    nextLow = (low + count) % 2 ** 32;
    nextHigh = firstHigh + Math.floor((low + count) / 2 ** 32);
    if (nextHigh > 0xffff_ffff) throw new ProtocolError("offset beyond 64 bits", at + BASE_OFFSET_AT);
    index += count;
    at = end;
  }
  if (index !== total) throw new ProtocolError(`${total} messages announced, found ${index}`, POLL_COUNT_AT);
  return new IndexedFrames(body, view, starts, recordsOf(view, total));
}

/** Number of messages that the prefix of a poll announces. */
function announced(body: Buffer, view: DataView): number {
  if (body.length < POLL_PREFIX_SIZE) throw new ProtocolError("poll response is cut short", body.length);
  const total = view.getUint32(POLL_COUNT_AT, true);
  if (total * FRAME_HEADER_SIZE > body.length) {
    throw new ProtocolError(`${total} messages announced in ${body.length} bytes`, POLL_COUNT_AT);
  }
  return total;
}

/** Of a checked poll: where the record of each message starts. Undefined: all are in the first one. */
function recordsOf(view: DataView, total: number): Uint32Array | undefined {
  if (total === 0 || view.getUint32(POLL_PREFIX_SIZE + COUNT_AT, true) === total) return undefined;
  const records = new Uint32Array(total);
  for (let at = POLL_PREFIX_SIZE, index = 0; index < total; at += view.getUint32(at + LENGTH_AT, true)) {
    const next = index + view.getUint32(at + COUNT_AT, true);
    records.fill(at, index, next);
    index = next;
  }
  return records;
}

/** Checks the header of the record at `at` and returns the record's end. */
function checkRecord(view: DataView, at: number, limit: number): number {
  if (limit - at < RECORD_HEADER_SIZE) throw new ProtocolError("record header is cut short", at);
  const length = view.getUint32(at + LENGTH_AT, true);
  if (view.getUint32(at + LENGTH_AT + 4, true) !== 0 || length < RECORD_HEADER_SIZE || length > limit - at) {
    throw new ProtocolError(`record of ${length} bytes, ${limit - at} are left`, at + LENGTH_AT);
  }
  if (!reservedIsZero(view, at)) throw new ProtocolError("reserved bytes are not zero", at + RESERVED_AT);
  if (view.getUint32(at + BASE_TIMESTAMP_AT + 4, true) > MAX_SAFE_HIGH) {
    throw new ProtocolError("broker time beyond 2⁵³ µs", at + BASE_TIMESTAMP_AT);
  }
  return at + length;
}

/** Enters the frames of one record into the index and returns the offset delta of the first. */
function indexRecordFrames(
  view: DataView,
  record: number,
  end: number,
  count: number,
  starts: Uint32Array,
  firstIndex: number,
): number {
  let at = record + RECORD_HEADER_SIZE;
  if (end - at < FRAME_HEADER_SIZE) throw new ProtocolError("message is cut short", at);
  const firstDelta = view.getUint32(at + FRAME_OFFSET_DELTA_AT, true);
  for (let i = 0; i < count; i++) {
    const left = end - at - FRAME_HEADER_SIZE;
    if (left < 0) throw new ProtocolError("message is cut short", at);
    const size =
      view.getUint32(at + FRAME_PAYLOAD_LENGTH_AT, true) + view.getUint32(at + FRAME_HEADERS_LENGTH_AT, true);
    if (size > left) throw new ProtocolError(`message of ${size} bytes, ${left} are left in its record`, at);
    if (view.getUint32(at + FRAME_OFFSET_DELTA_AT, true) !== firstDelta + i) {
      throw new ProtocolError("offsets within a record are not contiguous", at + FRAME_OFFSET_DELTA_AT);
    }
    if ((view.getInt32(at + FRAME_RESERVED_AT, true) | view.getInt32(at + FRAME_RESERVED_AT + 4, true)) !== 0) {
      throw new ProtocolError("reserved bytes are not zero", at + FRAME_RESERVED_AT);
    }
    starts[firstIndex + i] = at;
    at += FRAME_HEADER_SIZE + size;
  }
  if (at !== end) throw new ProtocolError(`${end - at} surplus bytes in a record`, at);
  return firstDelta;
}
