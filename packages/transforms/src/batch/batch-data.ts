import type { Codec } from "@iggy-connectors/codecs";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { Headers, PartitionRef } from "@iggy-connectors/sdk";
import { asBuffer } from "@iggy-connectors/sdk";
import type { ChangedPayloads } from "./changed-payloads.ts";

/** What a batch is made of. Rows count the messages to deliver, indexes the polled frames: see `PlanOutput`. */
export interface BatchContents {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  /** Index of the first message; only where `selection` is absent, and all messages from there are delivered. */
  readonly first: number;
  /** The index of each row, ascending; absent: all from `first`. */
  readonly selection: Uint32Array | undefined;
  readonly changed: ChangedPayloads | undefined;
  /** By row, where a transform changed them. */
  readonly headers?: readonly (Headers | undefined)[] | undefined;
  /** Whether an index may have several rows. */
  readonly derived?: boolean;
}

/** Where each message's payload lies, and what it decodes to: what a batch and all its slices share. */
export class BatchData {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  /** Number of rows. */
  readonly length: number;
  readonly derived: boolean;
  readonly #buffer: Buffer;
  readonly #first: number;
  readonly #selection: Uint32Array | undefined;
  readonly #changed: ChangedPayloads | undefined;
  readonly #headers: readonly (Headers | undefined)[] | undefined;
  /** Decoded values by row; no decoded value is `undefined`. */
  #values: unknown[] | undefined;

  constructor(contents: BatchContents) {
    this.frames = contents.frames;
    this.ref = contents.ref;
    this.codec = contents.codec;
    this.length = contents.selection?.length ?? Math.max(0, contents.frames.length - contents.first);
    this.derived = contents.derived ?? false;
    this.#buffer = asBuffer(contents.frames.buffer);
    this.#first = contents.first;
    this.#selection = contents.selection;
    this.#changed = contents.changed;
    this.#headers = contents.headers;
  }

  /** Whether each polled message is one row. */
  get isWholePoll(): boolean {
    return this.#selection === undefined && this.#first === 0;
  }

  /** The index of the message at a row. */
  index(row: number): number {
    return this.#selection === undefined ? this.#first + row : this.#selection[row]!;
  }

  /** Encodes changed values. Has to be called before `buffer`, `start` and `end`. */
  prepareBytes(): void {
    this.#changed?.encodeValues(this.codec);
  }

  /** The buffer that holds the payload of a row. */
  buffer(row: number): Buffer {
    return this.#changed?.has(row) === true ? this.#changed.output.bytes : this.#buffer;
  }

  start(row: number): number {
    return this.#changed?.has(row) === true ? this.#changed.start(row) : this.frames.payloadStart(this.index(row));
  }

  end(row: number): number {
    return this.#changed?.has(row) === true ? this.#changed.end(row) : this.frames.payloadEnd(this.index(row));
  }

  /** The size of the payloads of the rows `from` … `to` − 1, after changed values were encoded. */
  payloadBytes(from: number, to: number): number {
    this.prepareBytes();
    let sum = 0;
    if (this.#changed !== undefined) {
      for (let row = from; row < to; row++) sum += this.end(row) - this.start(row);
      return sum;
    }
    const { frames } = this;
    if (this.#selection === undefined && frames.payloadBytes !== undefined) {
      return frames.payloadBytes(this.#first + from, this.#first + to);
    }
    for (let row = from; row < to; row++) {
      const index = this.index(row);
      sum += frames.payloadEnd(index) - frames.payloadStart(index);
    }
    return sum;
  }

  /** Writes the producer times of the rows `from` … `to` − 1 to the begin of `into`. */
  originTimestamps(from: number, to: number, into: Float64Array): void {
    const { frames } = this;
    if (this.#selection === undefined && frames.originTimestamps !== undefined) {
      frames.originTimestamps(this.#first + from, this.#first + to, into);
      return;
    }
    for (let row = from; row < to; row++) into[row - from] = frames.originTimestamp(this.index(row));
  }

  headers(row: number): Headers {
    return this.#headers?.[row] ?? this.frames.headers(this.index(row));
  }

  /** Values are decoded again on access. */
  forgetValues(): void {
    this.#values = undefined;
  }

  value(row: number): unknown {
    if (this.#changed?.hasValue(row) === true) return this.#changed.value(row);
    this.#values ??= new Array<unknown>(this.length);
    this.#values[row] ??= this.codec.decode(this.buffer(row), this.start(row), this.end(row));
    return this.#values[row];
  }
}
