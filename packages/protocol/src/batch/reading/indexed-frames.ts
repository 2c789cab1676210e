import type { CheckedPoll } from "../../checksum/xxh3-engine.ts";
import { decodeHeaders } from "../../headers/block.ts";
import type { Headers } from "../../values/headers.ts";
import { batchChecksumMatches, findBadFrame } from "../checksums.ts";
import {
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  FRAME_HEADER_SIZE,
  FRAME_HEADERS_LENGTH_AT,
  FRAME_ID_AT,
  FRAME_OFFSET_DELTA_AT,
  FRAME_PAYLOAD_LENGTH_AT,
  FRAME_TIMESTAMP_DELTA_AT,
  LENGTH_AT,
  ORIGIN_TIMESTAMP_AT,
  POLL_PREFIX_SIZE,
} from "../record-layout.ts";
import type { TimeSpan } from "./message-frames.ts";
import {
  type ChecksumDepth,
  type Corruption,
  corruptBatch,
  corruptMessage,
  type ReceivedFrames,
} from "./received-frames.ts";

const POLL_CURRENT_OFFSET_AT = 4;

/**
 * {@link ReceivedFrames} over a checked poll response: where each frame and its record start, nothing else per message.
 */
export class IndexedFrames implements ReceivedFrames {
  readonly buffer: Buffer;
  readonly partition: number;
  readonly currentOffset: bigint;
  readonly length: number;
  readonly #view: DataView;
  readonly #starts: Uint32Array;
  readonly #records: Uint32Array | undefined;
  readonly #checked: CheckedPoll | undefined;
  #arrival: ReceivedFrames["arrival"];

  /** `records`: where the record of each message starts; undefined: all are in the first one. `checked`: with its checksums, too. */
  constructor(
    buffer: Buffer,
    view: DataView,
    starts: Uint32Array,
    records: Uint32Array | undefined,
    checked?: CheckedPoll,
  ) {
    this.buffer = buffer;
    this.partition = view.getUint32(0, true);
    this.currentOffset = view.getBigUint64(POLL_CURRENT_OFFSET_AT, true);
    this.length = starts.length;
    this.#view = view;
    this.#starts = starts;
    this.#records = records;
    this.#checked = checked;
    this.#arrival = checked === undefined ? undefined : { corruption: this.#corruption(checked.fault) };
  }

  get arrival(): ReceivedFrames["arrival"] {
    return this.#arrival;
  }

  /** Compares everything now. */
  verified(): this {
    this.#arrival = { corruption: this.findCorruption() };
    return this;
  }

  offset(index: number): bigint {
    const base = this.#view.getBigUint64(this.#record(index) + BASE_OFFSET_AT, true);
    return base + BigInt(this.#view.getUint32(this.#start(index) + FRAME_OFFSET_DELTA_AT, true));
  }

  id(index: number): bigint {
    const at = this.#start(index) + FRAME_ID_AT;
    return (this.#view.getBigUint64(at + 8, true) << 64n) | this.#view.getBigUint64(at, true);
  }

  checksum(index: number): bigint {
    return this.#view.getBigUint64(this.#start(index), true);
  }

  timestamp(index: number): number {
    return this.#time(this.#record(index) + BASE_TIMESTAMP_AT);
  }

  /**
   * A producer's time is not checked by servers, so one that is not a safe integer may be stored (nanoseconds are).
   * It must not make the partition unreadable: it reads as the largest safe integer.
   */
  originTimestamp(index: number): number {
    const delta = this.#view.getUint32(this.#start(index) + FRAME_TIMESTAMP_DELTA_AT, true);
    return Math.min(this.#time(this.#record(index) + ORIGIN_TIMESTAMP_AT) + delta, Number.MAX_SAFE_INTEGER);
  }

  payloadStart(index: number): number {
    return this.#start(index) + FRAME_HEADER_SIZE;
  }

  payloadEnd(index: number): number {
    const start = this.#start(index);
    return start + FRAME_HEADER_SIZE + this.#view.getUint32(start + FRAME_PAYLOAD_LENGTH_AT, true);
  }

  payloadBytes(from: number, to: number): number {
    const view = this.#view;
    const starts = this.#starts;
    if (this.#checked !== undefined && from === 0 && to === this.length) return this.#checked.payloadBytes;
    let sum = 0;
    this.#expectUpTo(to);
    for (let index = from; index < to; index++) sum += view.getUint32(starts[index]! + FRAME_PAYLOAD_LENGTH_AT, true);
    return sum;
  }

  get originSpan(): TimeSpan | undefined {
    const checked = this.#checked;
    if (checked === undefined || this.length === 0 || checked.highestTime > Number.MAX_SAFE_INTEGER) return undefined;
    const { lowestTime: lowest, highestTime: highest, sumOfTimes } = checked;
    const mean = this.#time(POLL_PREFIX_SIZE + ORIGIN_TIMESTAMP_AT) + sumOfTimes / this.length;
    return { lowest, highest, mean };
  }

  originTimestamps(from: number, to: number, into: Float64Array): void {
    const view = this.#view;
    const starts = this.#starts;
    this.#expectUpTo(to);
    let record = -1;
    let base = 0;
    for (let index = from; index < to; index++) {
      const recordOfIndex = this.#records === undefined ? POLL_PREFIX_SIZE : this.#records[index]!;
      if (recordOfIndex !== record) base = this.#time(recordOfIndex + ORIGIN_TIMESTAMP_AT);
      record = recordOfIndex;
      const delta = view.getUint32(starts[index]! + FRAME_TIMESTAMP_DELTA_AT, true);
      into[index - from] = Math.min(base + delta, Number.MAX_SAFE_INTEGER);
    }
  }

  payload(index: number): Buffer {
    return this.buffer.subarray(this.payloadStart(index), this.payloadEnd(index));
  }

  headersBytes(index: number): Buffer {
    const start = this.payloadEnd(index);
    const length = this.#view.getUint32(this.#start(index) + FRAME_HEADERS_LENGTH_AT, true);
    return this.buffer.subarray(start, start + length);
  }

  headers(index: number): Headers {
    return decodeHeaders(this.headersBytes(index));
  }

  findCorruption(depth: ChecksumDepth = "messages"): Corruption | undefined {
    for (let first = 0; first < this.length; ) {
      const at = this.#record(first);
      const count = this.#view.getUint32(at + COUNT_AT, true);
      const record = this.buffer.subarray(at, at + this.#view.getUint32(at + LENGTH_AT, true));
      const starts = new Uint32Array(count + 1);
      for (let i = 0; i < count; i++) starts[i] = this.#starts[first + i]! - at;
      starts[count] = record.length;
      const bad = depth === "messages" ? findBadFrame(record, starts, count) : -1;
      if (bad !== -1) return corruptMessage(this, first + bad);
      if (!batchChecksumMatches(record, starts, count)) return corruptBatch(this, first);
      first += count;
    }
    return undefined;
  }

  #corruption(fault: CheckedPoll["fault"]): Corruption | undefined {
    if (fault === undefined) return undefined;
    return fault.kind === "message" ? corruptMessage(this, fault.index) : corruptBatch(this, fault.index);
  }

  #expectUpTo(end: number): void {
    if (end > this.length) throw new RangeError(`no message ${end - 1} among ${this.length}`);
  }

  #start(index: number): number {
    const start = this.#starts[index];
    if (start === undefined) throw new RangeError(`no message ${index} among ${this.length}`);
    return start;
  }

  #record(index: number): number {
    const record = this.#records === undefined ? this.#onlyRecord(index) : this.#records[index];
    if (record === undefined) throw new RangeError(`no message ${index} among ${this.length}`);
    return record;
  }

  #onlyRecord(index: number): number | undefined {
    return index >= 0 && index < this.length ? POLL_PREFIX_SIZE : undefined;
  }

  #time(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }
}
