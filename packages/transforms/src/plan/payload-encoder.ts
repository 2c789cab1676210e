import type { Codec } from "@iggy-connectors/codecs";
import type { OutputBuffer, ProducedMessage } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import type { OutputPool } from "../batch/output-pool.ts";
import { decodeFailure, encodeFailure, type PlanFailure } from "./message-failure.ts";
import type { PlanOutput } from "./plan-output.ts";

/** Iggy takes payloads of 1 … this many bytes. */
const MAX_PAYLOAD_BYTES = 64_000_000;
/** Initial estimate; the buffer grows. */
const EXPECTED_PAYLOAD_BYTES = 256;
const NOWHERE = -1;
const PENDING = new Uint8Array(0);

/** Collects the payloads of one produced batch for a stream: bytes in the stream's schema stay as they are, everything else is encoded into one buffer. */
export class PayloadEncoder {
  readonly #messages: readonly ProducedMessage[];
  readonly #transformed: PlanOutput;
  readonly #memory: OutputPool;
  /** By the index of the source's message: of several that were made of it, the first failure is kept. */
  readonly #failed = new Map<number, PlanFailure>();
  readonly #reader: Codec;
  readonly #writer: Codec;
  /** Bytes that the reader has checked are what the writer would write. */
  readonly #keepsBytes: boolean;
  readonly #payloads: Uint8Array[] = [];
  /** Position of each payload in `#output`. The views are made last, since a growing buffer is replaced. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #output: OutputBuffer | undefined;

  constructor(
    messages: readonly ProducedMessage[],
    transformed: PlanOutput,
    reader: Codec,
    writer: Codec,
    memory: OutputPool,
  ) {
    this.#messages = messages;
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
    const bytes = this.#bytes(row);
    if (bytes !== undefined && this.#keepsBytes) return this.#keep(index, bytes, NOWHERE, bytes.length);
    let value: unknown;
    try {
      value = bytes === undefined ? this.#value(row) : this.#reader.decode(bytes);
    } catch (error) {
      return this.#fail(decodeFailure(index, error));
    }
    this.#output ??= this.#memory.take((this.#messages.length - row) * EXPECTED_PAYLOAD_BYTES);
    const start = this.#output.position;
    try {
      const kind = this.#transformed.kinds?.[row] ?? this.#reader.kindOf?.(value) ?? this.#reader.kind;
      this.#writer.encodeInto(value, kind, this.#output);
      if (value instanceof Uint8Array) this.#verify(start);
    } catch (error) {
      this.#output.position = start;
      return this.#fail(encodeFailure(index, error));
    }
    return this.#keep(index, PENDING, start, this.#output.position);
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
  payloads(): readonly Uint8Array[] {
    const bytes = this.#output?.bytes;
    if (bytes !== undefined) {
      for (let position = 0; position < this.#starts.length; position++) {
        const start = this.#starts[position]!;
        if (start !== NOWHERE) this.#payloads[position] = bytes.subarray(start, this.#ends[position]!);
      }
    }
    return this.#payloads;
  }

  /** The payload in the reader's schema, if it exists as bytes. */
  #bytes(row: number): Uint8Array | undefined {
    const { changed } = this.#transformed;
    if (changed?.has(row) === true) {
      if (changed.hasValue(row)) return undefined;
      return changed.output.bytes.subarray(changed.start(row), changed.end(row));
    }
    const { payload } = this.#messages[row]!;
    return payload instanceof Uint8Array ? payload : undefined;
  }

  #value(row: number): unknown {
    const { changed } = this.#transformed;
    return changed?.hasValue(row) === true ? changed.value(row) : this.#messages[row]!.payload;
  }

  #keep(index: number, payload: Uint8Array, start: number, end: number): boolean {
    const size = start === NOWHERE ? end : end - start;
    if (size === 0 || size > MAX_PAYLOAD_BYTES) {
      const error = new RejectedError(
        `a payload of ${size} bytes cannot be sent: Iggy takes 1 … ${MAX_PAYLOAD_BYTES}`,
        {
          code: "IGC_SOURCE_PAYLOAD_SIZE",
        },
      );
      return this.#fail(encodeFailure(index, error));
    }
    this.#payloads.push(payload);
    this.#starts.push(start);
    this.#ends.push(end);
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
