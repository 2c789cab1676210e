import { ColumnRows } from "./column-rows.ts";
import { CopyRows } from "./copy-rows.ts";
import type { RowSet } from "./row-output.ts";

/**
 * Rows that the server has taken, whose memory serves the next batch: memory outside the heap is cheap to fill again, and expensive to
 * collect. Held weakly: once no batch follows, the collector takes it.
 */
export class RowMemory {
  #free: WeakRef<RowSet> | undefined;

  /** No rows yet, for `COPY`. */
  copyRows(expectedBytes: number): CopyRows {
    const free = this.#take();
    return free instanceof CopyRows ? free : new CopyRows(expectedBytes);
  }

  /** No rows yet, for statements. @param width columns of a row. */
  columnRows(width: number, expectedBytes: number): ColumnRows {
    const free = this.#take();
    return free instanceof ColumnRows && free.width === width ? free : new ColumnRows(width, expectedBytes);
  }

  /** The server has answered for these rows, so that all of them have left the socket. Nothing may read them any more. */
  give(rows: RowSet): void {
    rows.clear();
    this.#free = new WeakRef(rows);
  }

  #take(): RowSet | undefined {
    const free = this.#free?.deref();
    this.#free = undefined;
    return free;
  }
}
