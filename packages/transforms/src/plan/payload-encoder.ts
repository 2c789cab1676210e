import type { Codec } from "@iggy-connectors/codecs";
import type { OutputBuffer } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import type { OutputPool } from "../batch/output-pool.ts";
import { decodeFailure, encodeFailure, type PlanFailure } from "./message-failure.ts";
import type { PlanInput } from "./plan-input.ts";
import type { PlanOutput } from "./plan-output.ts";

/** Iggy takes payloads of 1 … this many bytes. */
const MAX_PAYLOAD_BYTES = 64_000_000;
/** Initial estimate; the buffer grows. */
const EXPECTED_PAYLOAD_BYTES = 256;

/** Payloads as ranges of buffers: no view is made of them. */
export interface PayloadRanges {
  readonly length: number;
  readonly buffers: readonly Uint8Array[];
  /** One for each buffer, where the payload begins and ends in it. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Collects the payloads of one produced batch for a stream: bytes in the stream's schema stay as they are, everything else is encoded into one buffer. */
export class PayloadEncoder {
  /** The messages by row. */
  readonly #rows: PlanInput;
  readonly #transformed: PlanOutput;
  readonly #memory: OutputPool;
  /** By the index of the source's message: of several that were made of it, the first failure is kept. */
  readonly #failed = new Map<number, PlanFailure>();
  readonly #reader: Codec;
  readonly #writer: Codec;
  /** Bytes that the reader has checked are what the writer would write. */
  readonly #keepsBytes: boolean;
  /** Undefined: `#output`, which is known last, since a growing buffer is replaced. */
  readonly #buffers: (Uint8Array | undefined)[] = [];
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  #output: OutputBuffer | undefined;

  /** `rows`: the messages that came out of the transforms; at most `count` of them are added. */
  constructor(
    rows: PlanInput,
    count: number,
    transformed: PlanOutput,
    reader: Codec,
    writer: Codec,
    memory: OutputPool,
  ) {
    this.#rows = rows;
    this.#starts = new Uint32Array(count);
    this.#ends = new Uint32Array(count);
    this.#transformed = transformed;
    this.#memory = memory;
    this.#reader = reader;
    // A raw stream takes the bytes of any schema: what a source says of them is for the transforms.
    this.#writer = writer.schema === "raw" && reader.transcodes !== true ? reader : writer;
    this.#keepsBytes = reader === this.#writer || isTextOf(reader, writer);
  }

  get failed(): readonly PlanFailure[] {
    return [...this.#failed.values()];
  }

  /** Adds the payload of a row, which was made of the source's message at `index`. False: that failed. */
  add(row: number, index: number): boolean {
    const { changed } = this.#transformed;
    const isChanged = changed?.has(row) === true;
    if (isChanged && changed.hasValue(row)) return this.#encode(row, index, changed.value(row));
    if (isChanged) return this.#take(row, index, changed.output.bytes, changed.start(row), changed.end(row));
    const bytes = this.#rows.bytes(row);
    if (bytes === undefined) return this.#encode(row, index, this.#rows.value(row));
    return this.#take(row, index, bytes, this.#rows.start(row), this.#rows.end(row));
  }

  /** Adds a payload that is bytes in the reader's schema. */
  #take(row: number, index: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#keepsBytes) return this.#keep(index, bytes, start, end);
    let value: unknown;
    try {
      value = this.#reader.decode(bytes, start, end);
    } catch (error) {
      return this.#fail(decodeFailure(index, error));
    }
    return this.#encode(row, index, value);
  }

  #encode(row: number, index: number, value: unknown): boolean {
    this.#output ??= this.#memory.take((this.#rows.length - row) * EXPECTED_PAYLOAD_BYTES);
    const start = this.#output.position;
    try {
      const kind = this.#transformed.kinds?.[row] ?? this.#reader.kindOf?.(value) ?? this.#reader.kind;
      this.#writer.encodeInto(value, kind, this.#output);
      if (value instanceof Uint8Array) this.#verify(start);
    } catch (error) {
      this.#output.position = start;
      return this.#fail(encodeFailure(index, error));
    }
    return this.#keep(index, undefined, start, this.#output.position);
  }

  /** Invariant 9: encoders pass on bytes that are already of a schema, a source's or a transform's, without looking at them. */
  #verify(start: number): void {
    const { bytes, position } = this.#output!;
    if (this.#writer.untyped === true || this.#writer.accepts(bytes, start, position)) return;
    this.#writer.decode(bytes, start, position);
  }

  /** Gives the memory back for the next batch. The payloads must not be read afterwards. */
  release(): void {
    if (this.#output !== undefined) this.#memory.give(this.#output);
    this.#output = undefined;
  }

  /** One payload for every row that was added, in order. */
  payloads(): PayloadRanges {
    const length = this.#buffers.length;
    const output = this.#output?.bytes;
    for (let position = 0; position < length; position++) this.#buffers[position] ??= output;
    return {
      length,
      buffers: this.#buffers as Uint8Array[],
      starts: this.#starts.subarray(0, length),
      ends: this.#ends.subarray(0, length),
    };
  }

  #keep(index: number, buffer: Uint8Array | undefined, start: number, end: number): boolean {
    const size = end - start;
    if (size === 0 || size > MAX_PAYLOAD_BYTES) {
      const error = new RejectedError(
        `a payload of ${size} bytes cannot be sent: Iggy takes 1 … ${MAX_PAYLOAD_BYTES}`,
        {
          code: "IGC_SOURCE_PAYLOAD_SIZE",
        },
      );
      return this.#fail(encodeFailure(index, error));
    }
    const position = this.#buffers.push(buffer) - 1;
    this.#starts[position] = start;
    this.#ends[position] = end;
    return true;
  }

  #fail(failure: PlanFailure): false {
    if (!this.#failed.has(failure.index)) this.#failed.set(failure.index, failure);
    return false;
  }
}

/** JSON is text: it keeps its digits, spaces and order on a text stream. */
function isTextOf(reader: Codec, writer: Codec): boolean {
  return reader.schema === "json" && reader.transcodes !== true && writer.schema === "text" && writer.kind === "text";
}
