import type { ConnectorError, Headers, Schema } from "@iggy-connectors/sdk";
import type { OutputPool } from "@iggy-connectors/sdk/internal";
import { ChangedPayloads } from "@iggy-connectors/sdk/internal";
import type { MessageFailure } from "./message-failure.ts";
import type { PayloadColumn } from "./payload-column.ts";

/** What a transform changed of a message besides its payload. */
export interface RowExtras {
  readonly headers: Headers | undefined;
  readonly target: string | undefined;
  readonly key: string | Uint8Array | undefined;
}

/** The messages that come out of a column, in order: rows. Nothing is allocated as long as all go on as they are. */
export class Rows {
  readonly column: PayloadColumn;
  readonly first: number;
  readonly failed: MessageFailure<ConnectorError>[] = [];
  filtered = 0;
  /** Number of messages by the step that left them out. */
  readonly filteredBy = new Map<string, number>();
  changed: ChangedPayloads | undefined;
  /** By row. */
  extras: (RowExtras | undefined)[] | undefined;
  /** By row, where it is not the kind of the column's values. */
  kinds: (Schema | undefined)[] | undefined;
  /** Whether some message became several. */
  derived = false;
  /** Rows so far. */
  length = 0;
  #indexes: Uint32Array | undefined;

  readonly #memory: OutputPool;

  constructor(column: PayloadColumn, first: number, memory: OutputPool) {
    this.#memory = memory;
    this.column = column;
    this.first = first;
  }

  /** Indexes of the messages that go on; `undefined`: all from the first. */
  get indexes(): Uint32Array | undefined {
    return this.#indexes?.subarray(0, this.length);
  }

  /** A row for the message at `index`, which is not less than that of the row before. */
  add(index: number): number {
    if (this.#indexes !== undefined || index !== this.first + this.length) this.#note(index);
    return this.length++;
  }

  /** Where changed payloads go; `addedBytes` is the most that one grows, so that the buffer never has to. */
  changes(addedBytes: number): ChangedPayloads {
    this.changed ??= new ChangedPayloads(
      this.column.length - this.first,
      this.#memory.take(addedBytes === 0 ? 0 : this.#sizeWith(addedBytes)),
    );
    return this.changed;
  }

  setExtras(row: number, extras: RowExtras): void {
    this.extras ??= [];
    this.extras[row] = extras;
  }

  setKind(row: number, kind: Schema): void {
    this.kinds ??= [];
    this.kinds[row] = kind;
  }

  /** Takes back the rows of a message of which a part failed: it ends as a whole. */
  truncate(length: number): void {
    if (length === this.length) return;
    this.length = length;
    this.changed?.truncate(length);
    this.extras?.splice(length);
    this.kinds?.splice(length);
  }

  fail(failure: MessageFailure<ConnectorError>): void {
    this.failed.push(failure);
  }

  filter(step: string): void {
    this.filtered++;
    this.filteredBy.set(step, (this.filteredBy.get(step) ?? 0) + 1);
  }

  /** Nobody looks at the changed payloads any more: their memory serves the next run. */
  release(): void {
    if (this.changed !== undefined) this.#memory.give(this.changed.output);
    this.changed = undefined;
  }

  /** Ends the run: from now on a missing list of indexes means that all are there. */
  finish(): void {
    if (this.#indexes === undefined && this.first + this.length < this.column.length) this.#begin();
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
    const indexes = new Uint32Array(Math.max(0, this.column.length - this.first));
    for (let row = 0; row < this.length; row++) indexes[row] = this.first + row;
    this.#indexes = indexes;
    return indexes;
  }

  #sizeWith(addedBytes: number): number {
    let size = 0;
    for (let index = this.first; index < this.column.length; index++) {
      size += this.column.end(index) - this.column.start(index) + addedBytes;
    }
    return size;
  }
}
