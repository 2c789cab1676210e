import type { ChangedPayloads } from "../batch/changed-payloads.ts";
import { OutputBuffer } from "../bytes/output-buffer.ts";
import type { Codec } from "../codecs/codec.ts";
import { RejectedError } from "../contract/errors.ts";
import type { ProducedMessage } from "../contract/source.ts";
import { asConnectorError, type PlanFailure } from "./plan-failure.ts";

/** Iggy takes payloads of 1 … this many bytes. */
const MAX_PAYLOAD_BYTES = 64_000_000;
/** A guess to begin with; the buffer grows. */
const EXPECTED_PAYLOAD_BYTES = 256;
const NOWHERE = -1;
const PENDING = new Uint8Array(0);

/** Gathers the payloads of one produced batch: bytes in the stream's schema stay as they are, all else is encoded into one buffer. */
export class PayloadEncoder {
  readonly failed: PlanFailure[] = [];
  readonly #messages: readonly ProducedMessage[];
  readonly #changed: ChangedPayloads | undefined;
  readonly #reader: Codec;
  readonly #writer: Codec;
  readonly #payloads: Uint8Array[] = [];
  /** Where in `#output` each payload lies; the views are made last, since a growing buffer moves. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #output: OutputBuffer | undefined;

  constructor(
    messages: readonly ProducedMessage[],
    changed: ChangedPayloads | undefined,
    reader: Codec,
    writer: Codec,
  ) {
    this.#messages = messages;
    this.#changed = changed;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Adds the payload of a message; false when that failed. */
  add(index: number): boolean {
    const bytes = this.#bytes(index);
    if (bytes !== undefined && this.#reader === this.#writer) return this.#keep(index, bytes, NOWHERE, bytes.length);
    let value: unknown;
    try {
      value = bytes === undefined ? this.#value(index) : this.#reader.decode(bytes);
    } catch (error) {
      return this.#fail({ index, stage: "decode", error: asConnectorError(error) });
    }
    this.#output ??= new OutputBuffer((this.#messages.length - index) * EXPECTED_PAYLOAD_BYTES);
    const start = this.#output.position;
    try {
      this.#writer.encodeInto(value, this.#reader.kind, this.#output);
    } catch (error) {
      return this.#fail({ index, stage: "encode", error: asConnectorError(error) });
    }
    return this.#keep(index, PENDING, start, this.#output.position);
  }

  /** One payload for every message that was added, in order. */
  payloads(): readonly Uint8Array[] {
    const bytes = this.#output?.bytes;
    if (bytes !== undefined) {
      for (const [position, start] of this.#starts.entries()) {
        if (start !== NOWHERE) this.#payloads[position] = bytes.subarray(start, this.#ends[position]!);
      }
    }
    return this.#payloads;
  }

  /** The payload in the reader's schema, where it exists as bytes. */
  #bytes(index: number): Uint8Array | undefined {
    const changed = this.#changed;
    if (changed?.has(index) === true) {
      if (changed.hasValue(index)) return undefined;
      return changed.output.bytes.subarray(changed.start(index), changed.end(index));
    }
    const { payload } = this.#messages[index]!;
    return payload instanceof Uint8Array ? payload : undefined;
  }

  #value(index: number): unknown {
    return this.#changed?.hasValue(index) === true ? this.#changed.value(index) : this.#messages[index]!.payload;
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
      return this.#fail({ index, stage: "encode", error });
    }
    this.#payloads.push(payload);
    this.#starts.push(start);
    this.#ends.push(end);
    return true;
  }

  #fail(failure: PlanFailure): false {
    this.failed.push(failure);
    return false;
  }
}
