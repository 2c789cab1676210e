import type { Headers, Schema } from "@iggy-connectors/sdk";
import { ChangedPayloads } from "../batch/changed-payloads.ts";
import type { OutputPool } from "../batch/output-pool.ts";
import type { PlanFailure } from "./message-failure.ts";
import type { PlanInput } from "./plan-input.ts";

/** What steps may change of a message besides its payload. Undefined: unchanged. */
export interface MessageAttributes {
  readonly headers: Headers | undefined;
  readonly target: string | undefined;
  readonly key: string | Uint8Array | undefined;
}

/**
 * The messages that come out of a plan, in order. The *row* of a message is its position among them, as its *index* is among those that came
 * in: a filtered or failed message has no row, and one that a step made several of has several, side by side. Nothing is
 * allocated as long as every message comes out as it came in.
 */
export class PlanOutput {
  readonly input: PlanInput;
  readonly first: number;
  readonly failed: PlanFailure[] = [];
  filtered = 0;
  /** The same by the name of the step that filtered them. */
  readonly filteredBy = new Map<string, number>();
  changed: ChangedPayloads | undefined;
  /** By row, where a step changed them. */
  attributes: (MessageAttributes | undefined)[] | undefined;
  /** By row, where the value's kind is not the codec's. */
  kinds: (Schema | undefined)[] | undefined;
  /** Whether some message became several. */
  derived = false;
  /** Number of rows so far. */
  length = 0;
  #indexes: Uint32Array | undefined;

  readonly #memory: OutputPool;

  constructor(input: PlanInput, first: number, memory: OutputPool) {
    this.#memory = memory;
    this.input = input;
    this.first = first;
  }

  /** The index of each row; `undefined`: every message from the first on has its row. */
  get indexes(): Uint32Array | undefined {
    return this.#indexes?.subarray(0, this.length);
  }

  /** Adds a row for the message at `index`, which is not less than that of the row before, and returns it. */
  add(index: number): number {
    if (this.#indexes !== undefined || index !== this.first + this.length) this.#note(index);
    return this.length++;
  }

  /** Adds a row for each message from `first` to `end` − 1. */
  addAll(first: number, end: number): void {
    if (this.#indexes === undefined && first === this.first + this.length) this.length += end - first;
    else for (let index = first; index < end; index++) this.add(index);
  }

  /** The changed payloads. `addedBytes`: the most bytes by which one grows, so that the buffer is made large enough at once. */
  changedPayloads(addedBytes: number): ChangedPayloads {
    this.changed ??= new ChangedPayloads(
      this.input.length - this.first,
      this.#memory.take(addedBytes === 0 ? 0 : this.#sizeWith(addedBytes)),
    );
    return this.changed;
  }

  setAttributes(row: number, attributes: MessageAttributes): void {
    this.attributes ??= [];
    this.attributes[row] = attributes;
  }

  setKind(row: number, kind: Schema): void {
    this.kinds ??= [];
    this.kinds[row] = kind;
  }

  /** Removes the last rows, those of a message of which a part failed: it fails as a whole. */
  truncate(length: number): void {
    if (length === this.length) return;
    this.length = length;
    this.changed?.truncate(length);
    this.attributes?.splice(length);
    this.kinds?.splice(length);
  }

  fail(failure: PlanFailure): void {
    this.failed.push(failure);
  }

  filter(step: string): void {
    this.filtered++;
    this.filteredBy.set(step, (this.filteredBy.get(step) ?? 0) + 1);
  }

  /** Gives the memory of the changed payloads back for the next run. They must not be read afterwards. */
  release(): void {
    if (this.changed !== undefined) this.#memory.give(this.changed.output);
    this.changed = undefined;
  }

  /** Ends the run. From now on an absent `indexes` means that every message has its row. */
  finish(): void {
    if (this.#indexes === undefined && this.first + this.length < this.input.length) this.#begin();
  }

  #note(index: number): void {
    const indexes = this.#indexes ?? this.#begin();
    if (this.length < indexes.length) {
      indexes[this.length] = index;
      return;
    }
    this.#indexes = new Uint32Array(indexes.length * 2 + 1);
    this.#indexes.set(indexes);
    this.#indexes[this.length] = index;
  }

  #begin(): Uint32Array {
    const indexes = new Uint32Array(Math.max(0, this.input.length - this.first));
    for (let row = 0; row < this.length; row++) indexes[row] = this.first + row;
    this.#indexes = indexes;
    return indexes;
  }

  #sizeWith(addedBytes: number): number {
    let size = 0;
    for (let index = this.first; index < this.input.length; index++) {
      size += this.input.end(index) - this.input.start(index) + addedBytes;
    }
    return size;
  }
}
