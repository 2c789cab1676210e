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
    text += cell === null || cell === undefined ? "NULL" : quoted(cell);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const EVERY_SPECIAL = /["\\]/g;
/** What JSON escapes besides: control characters, and half a surrogate pair (so every surrogate counts). */
const OTHER_ESCAPES_OF_JSON = /[^ -\ud7ff\ue000-\uffff]/;

function quoted(cell: string): string {
  if (!SPECIAL.test(cell)) return `"${cell}"`;
  // As a `bytea` is written.
  if (cell.startsWith("\\x") && !cell.includes("\\", 1) && !cell.includes('"')) return `"\\${cell}"`;
  // A string of JSON is quoted alike then, and the platform makes it several times faster.
  return OTHER_ESCAPES_OF_JSON.test(cell) ? `"${cell.replace(EVERY_SPECIAL, "\\$&")}"` : JSON.stringify(cell);
}
