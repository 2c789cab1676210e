import { type Cells, CellWriter } from "./cells.ts";
import type { RowSet } from "./row-output.ts";

/** Rows as columns of values, for statements whose parameters are arrays. */
export class ColumnRows implements RowSet {
  readonly #columns: readonly CellWriter[];
  #column = 0;
  #length = 0;

  /** @param width columns of a row. */
  constructor(width: number, expectedBytes: number) {
    this.#columns = Array.from({ length: width }, () => new CellWriter(Math.ceil(expectedBytes / width)));
  }

  get width(): number {
    return this.#columns.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The values of each column, row by row. */
  cells(): Cells[] {
    return this.#columns.map((column) => column.cells());
  }

  clear(): void {
    for (const column of this.#columns) column.clear();
    this.#column = 0;
    this.#length = 0;
  }

  null(): void {
    this.#next().null();
  }

  absent(): void {
    this.#next().absent();
  }

  plain(text: string): void {
    this.#next().plain(text);
  }

  text(text: string): void {
    this.#next().text(text);
  }

  utf8(bytes: Uint8Array): void {
    this.#next().bytes(bytes);
  }

  binary(bytes: Uint8Array): void {
    this.#next().binary(bytes);
  }

  endRow(): void {
    this.#length++;
    this.#column = 0;
  }

  discardRow(): void {
    for (let column = 0; column < this.#column; column++) this.#columns[column]!.discard();
    this.#column = 0;
  }

  #next(): CellWriter {
    return this.#columns[this.#column++]!;
  }
}
