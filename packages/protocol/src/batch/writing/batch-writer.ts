import { ProtocolError } from "../../errors.ts";
import { HEADER_SIZE, MAX_FRAME_SIZE } from "../../frames/header-layout.ts";
import { OPERATION } from "../../frames/operations.ts";
import { encodeRequestHeader, type RequestSession } from "../../frames/request-header.ts";
import { encodeHeaders } from "../../headers/block.ts";
import { stampChecksums } from "../checksums.ts";
import {
  COUNT_AT,
  FRAME_HEADER_SIZE,
  FRAME_HEADERS_LENGTH_AT,
  FRAME_ID_AT,
  FRAME_OFFSET_DELTA_AT,
  FRAME_PAYLOAD_LENGTH_AT,
  FRAME_RESERVED_AT,
  FRAME_TIMESTAMP_DELTA_AT,
  LENGTH_AT,
  ORIGIN_TIMESTAMP_AT,
  RECORD_HEADER_SIZE,
  viewOf,
} from "../record-layout.ts";
import { drawMissingIds } from "./message-ids.ts";
import { checkMessage, checkSizes, checkTimestamp, MAX_TIMESTAMP_SPREAD } from "./message-limits.ts";
import type { OutgoingRanges } from "./outgoing-ranges.ts";
import { encodeMetadata, MAX_METADATA_SIZE } from "./send-metadata.ts";
import type { MessageOptions, SendTarget, SendWriter } from "./send-writer.ts";

/** Where the record starts in the buffer: the request header and metadata are written before it when it is finished. */
const RECORD_AT = HEADER_SIZE + MAX_METADATA_SIZE;

/** Bytes that a buffer needs besides the frames of its messages. */
const BATCH_OVERHEAD = RECORD_AT + RECORD_HEADER_SIZE;

const INVALID_TIMESTAMP_DELTA = 4038;
const INVALID_MESSAGES_SIZE = 4036;
const ABSENT = Number.NaN;

/** {@link SendWriter} of the dialect `vsr`, whose record (`finishRecord`) is also what a server stores. */
export class BatchWriter implements SendWriter {
  #buffer: Buffer;
  #view: DataView;
  #end = BATCH_OVERHEAD;
  /** Where each frame starts in the record; the element after the last is the record's end. */
  #starts: Uint32Array;
  #timestamps: Float64Array;
  #count = 0;
  #missingIds = 0;

  /** `capacity`: bytes of frames, `messages`: how many of them fit before anything grows. */
  constructor(capacity: number = 64 * 1024, messages: number = 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(BATCH_OVERHEAD + capacity);
    this.#view = viewOf(this.#buffer);
    this.#starts = new Uint32Array(messages + 1);
    this.#timestamps = new Float64Array(messages);
  }

  /** Messages added since the last reset. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the record so far, header included. */
  get byteLength(): number {
    return this.#end - RECORD_AT;
  }

  /**
   * Copies a message into the batch. Throws {@link ProtocolError} naming its index when a limit is broken; the batch
   * is then as it was before.
   */
  add(payload: Uint8Array, options?: MessageOptions): this {
    const index = this.#count;
    const headers =
      options?.headersBytes ?? (options?.headers === undefined ? undefined : encodeHeaders(options.headers));
    const headersSize = headers === undefined ? 0 : headers.length;
    const timestamp = options?.timestamp ?? ABSENT;
    const id = options?.id;
    checkMessage(index, payload, headersSize, timestamp, id);
    const at = this.#reserve(FRAME_HEADER_SIZE + payload.length + headersSize);
    this.#writeHeader(at, payload.length, headersSize);
    if (id === undefined || id === 0n) this.#leaveId(at);
    else this.#writeId(at, BigInt.asUintN(64, id), id >> 64n);
    this.#buffer.set(payload, at + FRAME_HEADER_SIZE);
    if (headers !== undefined) this.#buffer.set(headers, at + FRAME_HEADER_SIZE + payload.length);
    this.#added(at, timestamp);
    return this;
  }

  /**
   * Copies messages into the batch. Throws {@link ProtocolError} naming the index of the first that breaks a limit; the
   * batch then holds those before it.
   */
  addRanges({ length, columns }: OutgoingRanges): this {
    const { buffers, starts, ends, ids, timestamps, headersBytes } = columns;
    let given: Uint8Array | undefined;
    let source: Buffer | undefined;
    for (let i = 0; i < length; i++) {
      const start = starts[i]!;
      const payloadSize = ends[i]! - start;
      const headers = headersBytes?.[i];
      const headersSize = headers === undefined ? 0 : headers.length;
      const timestamp = timestamps === undefined ? ABSENT : timestamps[i]!;
      checkSizes(this.#count, payloadSize, headersSize);
      checkTimestamp(this.#count, timestamp);
      if (source === undefined || buffers[i] !== given) {
        given = buffers[i]!;
        source = Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      }
      if (payloadSize < 0 || ends[i]! > source.length)
        throw new ProtocolError(`message ${this.#count}: its range is not in its buffer`);
      const at = this.#reserve(FRAME_HEADER_SIZE + payloadSize + headersSize);
      this.#writeHeader(at, payloadSize, headersSize);
      if (ids === undefined || (ids[2 * i] === 0n && ids[2 * i + 1] === 0n)) this.#leaveId(at);
      else this.#writeId(at, ids[2 * i]!, ids[2 * i + 1]!);
      source.copy(this.#buffer, at + FRAME_HEADER_SIZE, start, start + payloadSize);
      if (headers !== undefined) this.#buffer.set(headers, at + FRAME_HEADER_SIZE + payloadSize);
      this.#added(at, timestamp);
    }
    return this;
  }

  /** Forgets all messages; views returned before are no longer valid. */
  reset(): void {
    this.#end = BATCH_OVERHEAD;
    this.#count = 0;
    this.#missingIds = 0;
  }

  /**
   * The finished record, as a view. `now` (µs) is the producer time of messages without one.
   * Throws {@link ProtocolError} when there is no message or the producer times lie too far apart.
   */
  finishRecord(now: number): Buffer {
    if (this.#count === 0) throw new ProtocolError("a batch has at least one message");
    const record = this.#buffer.subarray(RECORD_AT, this.#end);
    record.fill(0, 0, RECORD_HEADER_SIZE);
    this.#starts[this.#count] = record.length;
    const view = viewOf(record);
    view.setBigUint64(ORIGIN_TIMESTAMP_AT, BigInt(this.#writeTimestamps(view, now)), true);
    view.setUint32(LENGTH_AT, record.length, true);
    view.setUint32(COUNT_AT, this.#count, true);
    if (this.#missingIds > 0) drawMissingIds(view, this.#starts, this.#count, this.#missingIds);
    this.#missingIds = 0;
    stampChecksums(record, this.#starts, this.#count);
    return record;
  }

  /**
   * The finished batch as a whole send frame, a view. Without `session` its session fields are 0, to be filled by
   * `stampRequest` when the request's number is known. Throws as `finishRecord` does, and when the frame is too large.
   */
  finishSend(target: SendTarget, now: number, session: RequestSession = UNSTAMPED): Buffer {
    const record = this.finishRecord(now);
    const metadata = encodeMetadata(target, this.#count);
    const start = RECORD_AT - metadata.length - HEADER_SIZE;
    const size = HEADER_SIZE + metadata.length + record.length;
    if (size > MAX_FRAME_SIZE) {
      const limit = `a batch of ${record.length} bytes does not fit a frame of ${MAX_FRAME_SIZE}: send fewer messages`;
      throw new ProtocolError(limit, undefined, INVALID_MESSAGES_SIZE);
    }
    this.#buffer.set(metadata, RECORD_AT - metadata.length);
    const frame = this.#buffer.subarray(start, this.#end);
    encodeRequestHeader(frame, {
      ...session,
      size,
      requestChecksum: 0n,
      operation: OPERATION.sendMessages,
      code: 0,
    });
    return frame;
  }

  /** Counts the message whose frame was written at `at`. */
  #added(at: number, timestamp: number): void {
    this.#starts[this.#count] = at - RECORD_AT;
    this.#timestamps[this.#count] = timestamp;
    this.#count += 1;
  }

  /** The id is drawn when the record is finished. */
  #leaveId(at: number): void {
    const view = this.#view;
    view.setInt32(at + FRAME_ID_AT, 0, true);
    view.setInt32(at + FRAME_ID_AT + 4, 0, true);
    view.setInt32(at + FRAME_ID_AT + 8, 0, true);
    view.setInt32(at + FRAME_ID_AT + 12, 0, true);
    this.#missingIds++;
  }

  #writeId(at: number, low: bigint, high: bigint): void {
    this.#view.setBigUint64(at + FRAME_ID_AT, low, true);
    this.#view.setBigUint64(at + FRAME_ID_AT + 8, high, true);
  }

  #writeHeader(at: number, payloadSize: number, headersSize: number): void {
    const view = this.#view;
    view.setUint32(at + FRAME_OFFSET_DELTA_AT, this.#count, true);
    view.setUint32(at + FRAME_HEADERS_LENGTH_AT, headersSize, true);
    view.setUint32(at + FRAME_PAYLOAD_LENGTH_AT, payloadSize, true);
    view.setInt32(at + FRAME_RESERVED_AT, 0, true);
    view.setInt32(at + FRAME_RESERVED_AT + 4, 0, true);
  }

  /** Writes every frame's timestamp delta and returns the lowest producer time. */
  #writeTimestamps(view: DataView, now: number): number {
    const timestamps = this.#timestamps;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    for (let i = 0; i < this.#count; i++) {
      const timestamp = timestamps[i]!;
      const known = Number.isNaN(timestamp) ? now : timestamp;
      if (known < lowest) lowest = known;
      if (known > highest) highest = known;
    }
    if (highest - lowest > MAX_TIMESTAMP_SPREAD) {
      const index = timestamps.indexOf(highest);
      const limit = `message ${index === -1 ? 0 : index}: ${highest - lowest} µs after the earliest of its batch, at most ${MAX_TIMESTAMP_SPREAD} are allowed`;
      throw new ProtocolError(limit, undefined, INVALID_TIMESTAMP_DELTA);
    }
    for (let i = 0; i < this.#count; i++) {
      const timestamp = timestamps[i]!;
      const delta = (Number.isNaN(timestamp) ? now : timestamp) - lowest;
      view.setUint32(this.#starts[i]! + FRAME_TIMESTAMP_DELTA_AT, delta, true);
    }
    return lowest;
  }

  #reserve(size: number): number {
    const at = this.#end;
    if (at + size > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(at + size, this.#buffer.length * 2));
      this.#buffer.copy(grown, RECORD_AT, RECORD_AT, at);
      this.#buffer = grown;
      this.#view = viewOf(grown);
    }
    if (this.#count + 1 >= this.#starts.length) {
      const starts = new Uint32Array(this.#starts.length * 2);
      const timestamps = new Float64Array(starts.length);
      starts.set(this.#starts);
      timestamps.set(this.#timestamps);
      this.#starts = starts;
      this.#timestamps = timestamps;
    }
    this.#end = at + size;
    return at;
  }
}

const UNSTAMPED: RequestSession = { client: 0n, session: 0n, request: 0n };
