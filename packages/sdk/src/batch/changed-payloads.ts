import type { OutputBuffer } from "../bytes/output-buffer.ts";
import type { Codec } from "./codec.ts";

/** What is known of a payload. */
const ORIGINAL = 0;
const BYTES = 1;
const VALUE = 2;

/**
 * The payloads that a plan changed, by their row (their place among the messages that come out): bytes that all lie in one
 * shared buffer, or values that become bytes when somebody asks (a sink that reads values never pays for it).
 */
export class ChangedPayloads {
  readonly output: OutputBuffer;
  #kinds: Uint8Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #values: unknown[] | undefined;
  #encoded = true;

  /** `rows`: how many there will be, as far as is known. */
  constructor(rows: number, output: OutputBuffer) {
    this.output = output;
    this.#kinds = new Uint8Array(rows);
    this.#starts = new Int32Array(rows);
    this.#ends = new Int32Array(rows);
  }

  /** What `output` gained since `start` is the payload of `row`. */
  setBytes(row: number, start: number): void {
    if (row >= this.#kinds.length) this.#grow(row);
    this.#kinds[row] = BYTES;
    this.#starts[row] = start;
    this.#ends[row] = this.output.position;
  }

  setValue(row: number, value: unknown): void {
    if (row >= this.#kinds.length) this.#grow(row);
    this.#values ??= new Array<unknown>(this.#kinds.length);
    this.#values[row] = value;
    this.#kinds[row] = VALUE;
    this.#encoded = false;
  }

  /** Forgets the rows from `row` on. */
  truncate(row: number): void {
    this.#kinds.fill(ORIGINAL, row);
    if (this.#values !== undefined) this.#values.length = row;
  }

  has(row: number): boolean {
    return this.#kinds[row] !== ORIGINAL && row < this.#kinds.length;
  }

  /** Whether the payload was changed as a value, which `value` then gives. */
  hasValue(row: number): boolean {
    return this.#kinds[row] === VALUE;
  }

  value(row: number): unknown {
    return this.#values?.[row];
  }

  /** Makes bytes of all values at once. Until then `start` and `end` say nothing about a changed value. */
  encodeValues(codec: Codec): void {
    if (this.#encoded) return;
    for (let row = 0; row < this.#kinds.length; row++) {
      if (this.#kinds[row] !== VALUE) continue;
      this.#starts[row] = this.output.position;
      codec.encodeInto(this.value(row), codec.kind, this.output);
      this.#ends[row] = this.output.position;
    }
    this.#encoded = true;
  }

  /** Place of the payload in `output`. */
  start(row: number): number {
    return this.#starts[row]!;
  }

  end(row: number): number {
    return this.#ends[row]!;
  }

  #grow(row: number): void {
    const length = Math.max(row + 1, this.#kinds.length * 2);
    this.#kinds = grown(this.#kinds, new Uint8Array(length));
    this.#starts = grown(this.#starts, new Int32Array(length));
    this.#ends = grown(this.#ends, new Int32Array(length));
  }
}

function grown<Numbers extends Uint8Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
