/** Where rows are written, value by value in the order of their columns. */
export interface RowOutput {
  null(): void;
  /** The row does not say this column: it takes its default, or keeps what it has. */
  absent(): void;
  /** Text that needs no escaping in any form: digits, times, `true`. */
  plain(text: string): void;
  text(text: string): void;
  /** UTF-8 that stands for text. */
  utf8(bytes: Uint8Array): void;
  /** Any bytes, for a `bytea`. */
  binary(bytes: Uint8Array): void;
  endRow(): void;
  /** Takes back what the row that is being written has so far. */
  discardRow(): void;
}

/** Rows in the order in which they were written. */
export interface RowSet extends RowOutput {
  readonly length: number;
  /** Takes back all rows; their memory is kept. */
  clear(): void;
}
