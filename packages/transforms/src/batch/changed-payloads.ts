import type { Codec } from "@iggy-connectors/codecs";
import type { OutputBuffer } from "@iggy-connectors/sdk";

/** What a row has instead of its original payload. */
const ORIGINAL = 0;
const BYTES = 1;
const VALUE = 2;

/**
 * The payloads that a plan changed, by row (see `PlanOutput`): bytes, which all lie in one shared buffer, or values, which are encoded
 * when bytes are read. A sink that reads values does not pay for encoding.
 */
export class ChangedPayloads {
  readonly output: OutputBuffer;
  #kinds: Uint8Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #values: unknown[] | undefined;
  #encoded = true;

  /** `rows`: the expected number; more are possible. */
  constructor(rows: number, output: OutputBuffer) {
    this.output = output;
    this.#kinds = new Uint8Array(rows);
    this.#starts = new Int32Array(rows);
    this.#ends = new Int32Array(rows);
  }

  /** The payload of `row` is what was written to `output` since `start`. */
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

  /** Removes the rows from `row` on. */
  truncate(row: number): void {
    this.#kinds.fill(ORIGINAL, row);
    if (this.#values !== undefined) this.#values.length = row;
  }

  has(row: number): boolean {
    return this.#kinds[row] !== ORIGINAL && row < this.#kinds.length;
  }

  /** Whether the payload was changed as a value. */
  hasValue(row: number): boolean {
    return this.#kinds[row] === VALUE;
  }

  value(row: number): unknown {
    return this.#values?.[row];
  }

  /** Encodes all values. Until then `start` and `end` are not valid for a changed value. */
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

  /** Position of the payload in `output`. */
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
