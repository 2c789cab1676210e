import { asBuffer } from "@iggy-connectors/sdk";
import type { Parameter } from "../connection/transaction.ts";
import type { RowSet } from "./row-output.ts";

/** Rows as the parameters of `INSERT` statements. */
export class ParameterRows implements RowSet {
  readonly #values: Parameter[] = [];
  readonly #width: number;
  #complete = 0;

  /** @param width columns of a row. */
  constructor(width: number) {
    this.#width = width;
  }

  get length(): number {
    return this.#complete / this.#width;
  }

  /** Rows `start` … `end` − 1. */
  range(start: number, end: number): readonly Parameter[] {
    return this.#values.slice(start * this.#width, end * this.#width);
  }

  null(): void {
    this.#values.push(null);
  }

  plain(text: string): void {
    this.#values.push(text);
  }

  text(text: string): void {
    this.#values.push(text);
  }

  utf8(bytes: Uint8Array): void {
    this.#values.push(asBuffer(bytes).toString("utf8"));
  }

  binary(bytes: Uint8Array): void {
    this.#values.push(asBuffer(bytes));
  }

  endRow(): void {
    this.#complete = this.#values.length;
  }

  discardRow(): void {
    this.#values.length = this.#complete;
  }
}
