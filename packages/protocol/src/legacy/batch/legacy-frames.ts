import { findBadFrame } from "../../batch/checksums.ts";
import {
  type ChecksumDepth,
  type Corruption,
  corruptMessage,
  type ReceivedFrames,
} from "../../batch/reading/received-frames.ts";
import { decodeHeaders } from "../../headers/block.ts";
import type { Headers } from "../../values/headers.ts";
import {
  CHECKSUM_AT,
  HEADERS_LENGTH_AT,
  ID_AT,
  MESSAGE_HEADER_SIZE,
  OFFSET_AT,
  ORIGIN_TIMESTAMP_AT,
  PAYLOAD_LENGTH_AT,
  TIMESTAMP_AT,
} from "./message-layout.ts";

const POLL_CURRENT_OFFSET_AT = 4;

/** {@link ReceivedFrames} over a checked legacy poll response: where each message starts, nothing else per message. */
export class LegacyFrames implements ReceivedFrames {
  readonly buffer: Buffer;
  readonly partition: number;
  readonly currentOffset: bigint;
  readonly length: number;
  readonly #view: DataView;
  /** Where each message starts; the element after the last is the end of the buffer. */
  readonly #starts: Uint32Array;

  constructor(buffer: Buffer, view: DataView, starts: Uint32Array) {
    this.buffer = buffer;
    this.partition = view.getUint32(0, true);
    this.currentOffset = view.getBigUint64(POLL_CURRENT_OFFSET_AT, true);
    this.length = starts.length - 1;
    this.#view = view;
    this.#starts = starts;
  }

  offset(index: number): bigint {
    return this.#view.getBigUint64(this.#start(index) + OFFSET_AT, true);
  }

  id(index: number): bigint {
    const at = this.#start(index) + ID_AT;
    return (this.#view.getBigUint64(at + 8, true) << 64n) | this.#view.getBigUint64(at, true);
  }

  checksum(index: number): bigint {
    return this.#view.getBigUint64(this.#start(index) + CHECKSUM_AT, true);
  }

  timestamp(index: number): number {
    return this.#time(this.#start(index) + TIMESTAMP_AT);
  }

  /** Not checked by servers, as in the dialect `vsr`: what is not a safe integer reads as the largest one. */
  originTimestamp(index: number): number {
    return Math.min(this.#time(this.#start(index) + ORIGIN_TIMESTAMP_AT), Number.MAX_SAFE_INTEGER);
  }

  payloadStart(index: number): number {
    return this.#start(index) + MESSAGE_HEADER_SIZE;
  }

  payloadEnd(index: number): number {
    const start = this.#start(index);
    return start + MESSAGE_HEADER_SIZE + this.#view.getUint32(start + PAYLOAD_LENGTH_AT, true);
  }

  payload(index: number): Buffer {
    return this.buffer.subarray(this.payloadStart(index), this.payloadEnd(index));
  }

  headersBytes(index: number): Buffer {
    const start = this.payloadEnd(index);
    return this.buffer.subarray(start, start + this.#view.getUint32(this.#start(index) + HEADERS_LENGTH_AT, true));
  }

  headers(index: number): Headers {
    return decodeHeaders(this.headersBytes(index));
  }

  /** A legacy poll has no batches, so every fault is a message's. */
  findCorruption(depth: ChecksumDepth = "messages"): Corruption | undefined {
    if (depth === "batch") return undefined;
    const bad = findBadFrame(this.buffer, this.#starts, this.length);
    return bad === -1 ? undefined : corruptMessage(this, bad);
  }

  #start(index: number): number {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no message ${index} among ${this.length}`);
    return this.#starts[index]!;
  }

  #time(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }
}
