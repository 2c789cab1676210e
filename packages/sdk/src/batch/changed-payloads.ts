import { OutputBuffer } from "../bytes/output-buffer.ts";
import type { Codec } from "../codecs/codec.ts";

/** What is known of a payload. */
const ORIGINAL = 0;
const BYTES = 1;
const VALUE = 2;

/**
 * The payloads that a plan changed, by their column's index: bytes that all lie in one shared buffer, or values that become
 * bytes when somebody asks (a sink that reads values never pays for it).
 */
export class ChangedPayloads {
  readonly output: OutputBuffer;
  readonly #kinds: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #values: unknown[] | undefined;
  #encoded = true;

  constructor(length: number, capacity: number) {
    this.output = new OutputBuffer(capacity);
    this.#kinds = new Uint8Array(length);
    this.#starts = new Int32Array(length);
    this.#ends = new Int32Array(length);
  }

  /** What `output` gained since `start` is the payload of `index`. */
  setBytes(index: number, start: number): void {
    this.#kinds[index] = BYTES;
    this.#starts[index] = start;
    this.#ends[index] = this.output.position;
  }

  setValue(index: number, value: unknown): void {
    this.#values ??= new Array<unknown>(this.#kinds.length);
    this.#values[index] = value;
    this.#kinds[index] = VALUE;
    this.#encoded = false;
  }

  has(index: number): boolean {
    return this.#kinds[index] !== ORIGINAL;
  }

  /** Whether the payload was changed as a value, which `value` then gives. */
  hasValue(index: number): boolean {
    return this.#kinds[index] === VALUE;
  }

  value(index: number): unknown {
    return this.#values?.[index];
  }

  /** Makes bytes of all values at once. Until then `start` and `end` say nothing about a changed value. */
  encodeValues(codec: Codec): void {
    if (this.#encoded) return;
    for (let index = 0; index < this.#kinds.length; index++) {
      if (this.#kinds[index] !== VALUE) continue;
      this.#starts[index] = this.output.position;
      codec.encodeInto(this.value(index), codec.kind, this.output);
      this.#ends[index] = this.output.position;
    }
    this.#encoded = true;
  }

  /** Place of the payload in `output`. */
  start(index: number): number {
    return this.#starts[index]!;
  }

  end(index: number): number {
    return this.#ends[index]!;
  }
}
