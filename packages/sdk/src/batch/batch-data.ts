import type { MessageFrames } from "@iggy-connectors/protocol";
import { asBuffer } from "../bytes/as-buffer.ts";
import type { Headers, PartitionRef } from "../contract/message.ts";
import type { ChangedPayloads } from "./changed-payloads.ts";
import type { Codec } from "./codec.ts";

/**
 * What a batch and all its slices share. Rows count the messages to deliver, indexes those of the frames. Where a transform
 * made several messages of one, several rows have one index.
 */
export interface BatchSource {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  /** Index of the first message; only where `selection` is absent, and all from there are delivered. */
  readonly first: number;
  /** Indexes of the messages to deliver, ascending; absent: all from `first`. */
  readonly selection: Uint32Array | undefined;
  readonly changed: ChangedPayloads | undefined;
  /** By row, where a transform changed them. */
  readonly headers?: readonly (Headers | undefined)[] | undefined;
  /** Whether some index may have several rows. */
  readonly derived?: boolean;
}

/** Where each message's payload lies, and what it decodes to. */
export class BatchData {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  readonly length: number;
  readonly derived: boolean;
  readonly #buffer: Buffer;
  readonly #first: number;
  readonly #selection: Uint32Array | undefined;
  readonly #changed: ChangedPayloads | undefined;
  readonly #headers: readonly (Headers | undefined)[] | undefined;
  /** Decoded values by row; no decoded value is `undefined`. */
  #values: unknown[] | undefined;

  constructor(source: BatchSource) {
    this.frames = source.frames;
    this.ref = source.ref;
    this.codec = source.codec;
    this.length = source.selection?.length ?? Math.max(0, source.frames.length - source.first);
    this.derived = source.derived ?? false;
    this.#buffer = asBuffer(source.frames.buffer);
    this.#first = source.first;
    this.#selection = source.selection;
    this.#changed = source.changed;
    this.#headers = source.headers;
  }

  /** The frames' index of the message at a row. */
  index(row: number): number {
    return this.#selection === undefined ? this.#first + row : this.#selection[row]!;
  }

  /** Needed before places of payloads are asked for: until then changed values have none. */
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

  headers(row: number): Headers {
    return this.#headers?.[row] ?? this.frames.headers(this.index(row));
  }

  value(row: number): unknown {
    if (this.#changed?.hasValue(row) === true) return this.#changed.value(row);
    this.#values ??= new Array<unknown>(this.length);
    this.#values[row] ??= this.codec.decode(this.buffer(row), this.start(row), this.end(row));
    return this.#values[row];
  }
}
