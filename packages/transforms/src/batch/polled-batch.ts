import type { TimeSpan } from "@iggy-connectors/protocol";
import type { Message, MessageBatch, Schema } from "@iggy-connectors/sdk";
import { type BatchContents, BatchData } from "./batch-data.ts";
import { joinLines } from "./lines.ts";
import { MessageView } from "./message-view.ts";

/** The messages of one poll that a plan lets through: a window over the data that the whole batch and its slices share. */
export class PolledBatch<Value = unknown> implements MessageBatch<Value> {
  readonly length: number;
  readonly #data: BatchData;
  readonly #start: number;
  #payloadBytes: number | undefined;

  private constructor(data: BatchData, start: number, length: number) {
    this.#data = data;
    this.#start = start;
    this.length = length;
  }

  static from<Value = unknown>(contents: BatchContents): PolledBatch<Value> {
    const data = new BatchData(contents);
    return new PolledBatch(data, 0, data.length);
  }

  /** Values are decoded again on access, for this window and all others over the same data. */
  forgetValues(): void {
    this.#data.forgetValues();
  }

  get history(): string | undefined {
    return this.#data.ref.history;
  }

  get replay(): true | undefined {
    return this.#data.ref.replay;
  }

  get stream(): string {
    return this.#data.ref.stream;
  }

  get topic(): string {
    return this.#data.ref.topic;
  }

  get partition(): number {
    return this.#data.ref.partition;
  }

  get schema(): Schema {
    return this.#data.codec.schema;
  }

  get firstOffset(): bigint {
    return this.offset(0);
  }

  get lastOffset(): bigint {
    return this.offset(this.length - 1);
  }

  get consumed(): number {
    if (!this.#data.derived) return this.length;
    let count = 0;
    let last = -1;
    for (let row = this.#start; row < this.#start + this.length; row++) {
      const index = this.#data.index(row);
      if (index !== last) count++;
      last = index;
    }
    return count;
  }

  get currentOffset(): bigint {
    return this.#data.frames.currentOffset;
  }

  get payloadBytes(): number {
    this.#payloadBytes ??= this.#data.payloadBytes(this.#start, this.#start + this.length);
    return this.#payloadBytes;
  }

  at(index: number): Message<Value> {
    return new MessageView(this.#data, this.#row(index));
  }

  payload(index: number): Uint8Array {
    const data = this.#data;
    const row = this.#row(index);
    data.prepareBytes();
    return data.buffer(row).subarray(data.start(row), data.end(row));
  }

  offset(index: number): bigint {
    return this.#data.frames.offset(this.frameIndex(index));
  }

  timestamp(index: number): number {
    return this.#data.frames.timestamp(this.frameIndex(index));
  }

  originTimestamp(index: number): number {
    return this.#data.frames.originTimestamp(this.frameIndex(index));
  }

  /** Of the producer times of all messages, where the whole poll is delivered and they are known without reading them. */
  get originSpan(): TimeSpan | undefined {
    const { frames, isWholePoll } = this.#data;
    return isWholePoll && this.length === frames.length ? frames.originSpan : undefined;
  }

  /** Writes the producer times of all messages to the begin of `into`. */
  originTimestamps(into: Float64Array): void {
    this.#data.originTimestamps(this.#start, this.#start + this.length, into);
  }

  /** The index of the message among the polled frames. */
  frameIndex(index: number): number {
    return this.#data.index(this.#row(index));
  }

  /** All payloads as lines; throws `RejectedError` (`IGC_SINK_LINE_BREAK`) as the contract says. */
  toLines(): Uint8Array<ArrayBuffer> {
    return joinLines(this.#data, this.#start, this.#start + this.length, this.payloadBytes);
  }

  slice(start: number, end: number): PolledBatch<Value> {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= this.length)) {
      throw new RangeError(`slice ${start} … ${end} of a batch of ${this.length} messages`);
    }
    return new PolledBatch(this.#data, this.#start + start, end - start);
  }

  *[Symbol.iterator](): Iterator<Message<Value>> {
    for (let index = 0; index < this.length; index++) yield new MessageView(this.#data, this.#start + index);
  }

  #row(index: number): number {
    if (!(index >= 0 && index < this.length))
      throw new RangeError(`message ${index} of a batch of ${this.length} messages`);
    return this.#start + index;
  }
}

/** A plugin may have changed the decoded values that a batch keeps: they are decoded again on access. */
export function forgetValues(batch: MessageBatch): void {
  if (batch instanceof PolledBatch) batch.forgetValues();
}

/** Of the producer times of a batch's messages. Undefined: they are to be read. */
export function originSpan(batch: MessageBatch): TimeSpan | undefined {
  return batch instanceof PolledBatch ? batch.originSpan : undefined;
}

/** Writes the producer times of a batch's messages to the begin of `into`. */
export function originTimestamps(batch: MessageBatch, into: Float64Array): void {
  if (batch instanceof PolledBatch) batch.originTimestamps(into);
  else for (let index = 0; index < batch.length; index++) into[index] = batch.originTimestamp(index);
}
