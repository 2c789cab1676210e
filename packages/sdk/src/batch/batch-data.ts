import type { MessageFrames } from "@iggy-connectors/protocol";
import { asBuffer } from "../bytes/as-buffer.ts";
import type { Codec } from "../codecs/codec.ts";
import type { PartitionRef } from "../contract/message.ts";
import type { ChangedPayloads } from "./changed-payloads.ts";

/** What a batch and all its slices share. Positions count the messages to deliver, indexes those of the frames. */
export interface BatchSource {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  /** Index of the first message; only where `selection` is absent, and all from there are delivered. */
  readonly first: number;
  /** Indexes of the messages to deliver, ascending; absent: all from `first`. */
  readonly selection: Uint32Array | undefined;
  readonly changed: ChangedPayloads | undefined;
}

/** Where each message's payload lies, and what it decodes to. */
export class BatchData {
  readonly frames: MessageFrames;
  readonly ref: PartitionRef;
  readonly codec: Codec;
  readonly length: number;
  readonly #buffer: Buffer;
  readonly #first: number;
  readonly #selection: Uint32Array | undefined;
  readonly #changed: ChangedPayloads | undefined;
  /** Decoded values by position; no decoded value is `undefined`. */
  #values: unknown[] | undefined;

  constructor(source: BatchSource) {
    this.frames = source.frames;
    this.ref = source.ref;
    this.codec = source.codec;
    this.length = source.selection?.length ?? Math.max(0, source.frames.length - source.first);
    this.#buffer = asBuffer(source.frames.buffer);
    this.#first = source.first;
    this.#selection = source.selection;
    this.#changed = source.changed;
  }

  /** The frames' index of the message at a position. */
  index(position: number): number {
    return this.#selection === undefined ? this.#first + position : this.#selection[position]!;
  }

  /** Needed before places of payloads are asked for: until then changed values have none. */
  prepareBytes(): void {
    this.#changed?.encodeValues(this.codec);
  }

  /** The buffer that holds the payload of an index. */
  buffer(index: number): Buffer {
    return this.#changed?.has(index) === true ? this.#changed.output.bytes : this.#buffer;
  }

  start(index: number): number {
    return this.#changed?.has(index) === true ? this.#changed.start(index) : this.frames.payloadStart(index);
  }

  end(index: number): number {
    return this.#changed?.has(index) === true ? this.#changed.end(index) : this.frames.payloadEnd(index);
  }

  value(position: number): unknown {
    const index = this.index(position);
    if (this.#changed?.hasValue(index) === true) return this.#changed.value(index);
    this.#values ??= new Array<unknown>(this.length);
    this.#values[position] ??= this.codec.decode(this.buffer(index), this.start(index), this.end(index));
    return this.#values[position];
  }
}
