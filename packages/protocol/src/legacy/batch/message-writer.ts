import { viewOf } from "../../batch/record-layout.ts";
import { addAll, encodedSize, type SendRequest } from "../../batch/writing/encode-batch.ts";
import { checkMessage } from "../../batch/writing/message-limits.ts";
import { encodeMetadata, MAX_METADATA_SIZE } from "../../batch/writing/send-metadata.ts";
import type { MessageOptions, SendTarget, SendWriter } from "../../batch/writing/send-writer.ts";
import { ProtocolError } from "../../errors.ts";
import { MAX_FRAME_SIZE } from "../../frames/header-layout.ts";
import { encodeHeaders } from "../../headers/block.ts";
import { sendMessages } from "../../vsr/commands/messages/send-messages.ts";
import { HEADER_SIZE, writeRequestHeader } from "../frames.ts";
import {
  HEADERS_LENGTH_AT,
  ID_AT,
  INDEX_ENTRY_SIZE,
  INDEX_POSITION_AT,
  MESSAGE_HEADER_SIZE,
  ORIGIN_TIMESTAMP_AT,
  PAYLOAD_LENGTH_AT,
} from "./message-layout.ts";

const INVALID_MESSAGES_SIZE = 4036;
const ABSENT = Number.NaN;

/**
 * {@link SendWriter} of the legacy dialect. The index table stands between metadata and messages, and its size is
 * known at the end: space for it is kept before the messages, and what precedes them is written backwards from there.
 */
export class MessageWriter implements SendWriter {
  #buffer: Buffer;
  #view: DataView;
  /** Where the first message starts. */
  #start: number;
  #end: number;
  #capacity: number;
  /** Where each message ends, from the first message on. */
  #ends: Uint32Array;
  #timestamps: Float64Array;
  #count = 0;

  /** `bytes`: of messages, their headers included, `messages`: how many of them fit before anything grows. */
  constructor(bytes: number = 64 * 1024, messages: number = 1024) {
    this.#capacity = Math.max(1, messages);
    this.#start = startFor(this.#capacity);
    this.#end = this.#start;
    this.#buffer = Buffer.allocUnsafeSlow(this.#start + bytes);
    this.#view = viewOf(this.#buffer);
    this.#ends = new Uint32Array(this.#capacity);
    this.#timestamps = new Float64Array(this.#capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of index table and messages. */
  get byteLength(): number {
    return this.#end - this.#start + this.#count * INDEX_ENTRY_SIZE;
  }

  add(payload: Uint8Array, options?: MessageOptions): this {
    const index = this.#count;
    const headers =
      options?.headersBytes ?? (options?.headers === undefined ? undefined : encodeHeaders(options.headers));
    const headersSize = headers === undefined ? 0 : headers.length;
    const timestamp = options?.timestamp ?? ABSENT;
    const id = options?.id ?? 0n;
    checkMessage(index, payload, headersSize, timestamp, id);
    const at = this.#reserve(MESSAGE_HEADER_SIZE + payload.length + headersSize);
    this.#buffer.fill(0, at, at + MESSAGE_HEADER_SIZE);
    if (id !== 0n) {
      this.#view.setBigUint64(at + ID_AT, BigInt.asUintN(64, id), true);
      this.#view.setBigUint64(at + ID_AT + 8, id >> 64n, true);
    }
    this.#view.setUint32(at + HEADERS_LENGTH_AT, headersSize, true);
    this.#view.setUint32(at + PAYLOAD_LENGTH_AT, payload.length, true);
    this.#buffer.set(payload, at + MESSAGE_HEADER_SIZE);
    if (headers !== undefined) this.#buffer.set(headers, at + MESSAGE_HEADER_SIZE + payload.length);
    this.#ends[index] = this.#end - this.#start;
    this.#timestamps[index] = timestamp;
    this.#count = index + 1;
    return this;
  }

  finishSend(target: SendTarget, now: number): Buffer {
    if (this.#count === 0) throw new ProtocolError("a batch has at least one message");
    const metadata = encodeMetadata(target, this.#count);
    const index = this.#start - this.#count * INDEX_ENTRY_SIZE;
    const frame = this.#buffer.subarray(index - metadata.length - HEADER_SIZE, this.#end);
    if (frame.length > MAX_FRAME_SIZE) {
      const limit = `a batch of ${this.byteLength} bytes does not fit a frame of ${MAX_FRAME_SIZE}: send fewer messages`;
      throw new ProtocolError(limit, undefined, INVALID_MESSAGES_SIZE);
    }
    this.#writeTimestamps(now);
    this.#writeIndex(index);
    this.#buffer.set(metadata, index - metadata.length);
    writeRequestHeader(frame, sendMessages.code);
    return frame;
  }

  reset(): void {
    this.#end = this.#start;
    this.#count = 0;
  }

  #writeTimestamps(now: number): void {
    let at = this.#start;
    for (let i = 0; i < this.#count; i++) {
      const timestamp = this.#timestamps[i]!;
      const known = Number.isNaN(timestamp) ? now : timestamp;
      this.#view.setUint32(at + ORIGIN_TIMESTAMP_AT, known % 2 ** 32, true);
      this.#view.setUint32(at + ORIGIN_TIMESTAMP_AT + 4, Math.floor(known / 2 ** 32), true);
      at = this.#start + this.#ends[i]!;
    }
  }

  #writeIndex(at: number): void {
    this.#buffer.fill(0, at, this.#start);
    for (let i = 0; i < this.#count; i++) {
      this.#view.setUint32(at + i * INDEX_ENTRY_SIZE + INDEX_POSITION_AT, this.#ends[i]!, true);
    }
  }

  #reserve(size: number): number {
    if (this.#count === this.#capacity) this.#growIndex();
    const at = this.#end;
    if (at + size > this.#buffer.length) this.#move(this.#start, Math.max(at + size, this.#buffer.length * 2));
    this.#end = at + size;
    return at;
  }

  #growIndex(): void {
    this.#capacity *= 2;
    const ends = new Uint32Array(this.#capacity);
    const timestamps = new Float64Array(this.#capacity);
    ends.set(this.#ends);
    timestamps.set(this.#timestamps);
    this.#ends = ends;
    this.#timestamps = timestamps;
    const start = startFor(this.#capacity);
    this.#move(start, this.#buffer.length + start - this.#start);
  }

  /** Moves the messages to a new buffer of `size` bytes, where the first of them lies at `start`. */
  #move(start: number, size: number): void {
    const buffer = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(buffer, start, this.#start, this.#end);
    this.#end += start - this.#start;
    this.#start = start;
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
  }
}

/** Where messages start when there is space for the index of so many. */
function startFor(messages: number): number {
  return HEADER_SIZE + MAX_METADATA_SIZE + messages * INDEX_ENTRY_SIZE;
}

/**
 * A whole send frame in one buffer, every payload copied once. `now` (µs) is the producer time of messages that have
 * none; the server draws an id where it is 0 or absent. Throws `ProtocolError` naming the message when one is empty or
 * too large.
 */
export function encodeSendMessages(request: SendRequest, now: number): Buffer {
  const { messages } = request;
  const writer = new MessageWriter(encodedSize(messages, MESSAGE_HEADER_SIZE), messages.length);
  return addAll(writer, messages).finishSend(request, now);
}
