import { asBuffer } from "@iggy-connectors/sdk";
import type { RowSet } from "./row-output.ts";

/** A value as the server reads it; `undefined`: the row does not say it. */
export type Cell = string | null | undefined;

/** Rows as columns of texts, for statements whose parameters are arrays. */
export class ColumnRows implements RowSet {
  readonly #columns: Cell[][];
  #column = 0;
  #length = 0;

  /** @param width columns of a row. */
  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => []);
  }

  get length(): number {
    return this.#length;
  }

  /** The values of a column, row by row. */
  column(index: number): readonly Cell[] {
    return this.#columns[index]!;
  }

  null(): void {
    this.#add(null);
  }

  absent(): void {
    this.#add(undefined);
  }

  plain(text: string): void {
    this.#add(text);
  }

  text(text: string): void {
    this.#add(text);
  }

  utf8(bytes: Uint8Array): void {
    this.#add(asBuffer(bytes).toString("utf8"));
  }

  binary(bytes: Uint8Array): void {
    this.#add(`\\x${asBuffer(bytes).toString("hex")}`);
  }

  endRow(): void {
    this.#length++;
    this.#column = 0;
  }

  discardRow(): void {
    for (const cells of this.#columns) cells.length = this.#length;
    this.#column = 0;
  }

  #add(cell: Cell): void {
    this.#columns[this.#column++]!.push(cell);
  }
}

/** Values as a literal of an array; what a row does not say is NULL in it. See "Array Input and Output Syntax" in the manual. */
export function arrayLiteral(cells: readonly Cell[]): string {
  let text = "{";
  for (let index = 0; index < cells.length; index++) {
    if (index > 0) text += ",";
    const cell = cells[index];
    if (cell === null || cell === undefined) text += "NULL";
    else text += SPECIAL.test(cell) ? `"${cell.replace(EVERY_SPECIAL, "\\$&")}"` : `"${cell}"`;
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const EVERY_SPECIAL = /["\\]/g;
