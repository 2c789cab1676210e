import type { MessageBatch } from "@iggy-connectors/sdk";
import type { PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import { type Encode, encodeWhole } from "../rows/encoded-batch.ts";
import { fieldEncoder } from "../rows/field-rows.ts";
import { newColumns } from "../rows/new-columns.ts";
import { payloadEncoder } from "../rows/payload-rows.ts";
import type { Column } from "../table/column.ts";
import { addColumns } from "../table/target-table.ts";
import { writeIsolating } from "./isolation.ts";
import { TableWriter } from "./table-writer.ts";

type Columns = ReadonlyMap<string, Column>;

export interface Written {
  /** What will never be taken, with its reason, by offset. */
  readonly rejected: ReadonlyMap<bigint, unknown>;
  /** The table's columns as the transaction leaves them. */
  readonly columns: Columns;
}

/** Writes batches as rows of a table whose columns are known, and may become more. */
export class BatchWriter {
  readonly #config: PostgresSinkConfig;
  #columns: Columns;
  #table: TableWriter;
  #encode: Encode;

  constructor(config: PostgresSinkConfig, columns: Columns) {
    this.#config = config;
    this.#columns = columns;
    this.#table = new TableWriter(config, columns);
    this.#encode = encoderFor(config, columns, this.#table);
  }

  /** The messages at `indexes`. Not isolating: the first row that the database refuses is an error. */
  async write(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
    isolating: boolean,
  ): Promise<Written> {
    if (this.#config.layout === "columns" && this.#config.unknown_fields === "add") {
      const added = newColumns(this.#config, this.#columns, batch, indexes);
      if (added.length > 0) {
        const columns = await addColumns(transaction, this.#config, added);
        // Known to others only when the transaction is committed.
        return new BatchWriter(this.#config, columns).#rows(transaction, batch, indexes, isolating);
      }
    }
    return this.#rows(transaction, batch, indexes, isolating);
  }

  /** After the commit. */
  adopt(columns: Columns): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#table = new TableWriter(this.#config, columns);
    this.#encode = encoderFor(this.#config, columns, this.#table);
  }

  async #rows(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
    isolating: boolean,
  ): Promise<Written> {
    if (isolating) return { rejected: await this.#isolating(transaction, batch, indexes), columns: this.#columns };
    const { runs, rejected } = encodeWhole(batch, indexes, this.#encode);
    let first = true;
    for (const run of runs) {
      await this.#table.write(transaction, run, 0, run.rows.length, first);
      first = false;
    }
    return { rejected, columns: this.#columns };
  }

  async #isolating(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
  ): Promise<ReadonlyMap<bigint, unknown>> {
    const rejected = new Map<bigint, unknown>();
    await transaction.query("SAVEPOINT iggy_batch");
    for (let remaining = indexes; ; remaining = remaining.filter((index) => !rejected.has(batch.offset(index)))) {
      const { runs, rejected: unfit } = encodeWhole(batch, remaining, this.#encode);
      for (const [offset, error] of unfit) rejected.set(offset, error);
      const known = rejected.size;
      for (const run of runs) {
        await writeIsolating(transaction, this.#table, run, batch, (offset, error) => rejected.set(offset, error));
      }
      // Rows of one message may stand in several runs: none of them stays where one was refused.
      const split = runs.length > 1 && batch.consumed < batch.length;
      if (rejected.size === known || !split) return rejected;
      await transaction.query("ROLLBACK TO SAVEPOINT iggy_batch");
    }
  }
}

function encoderFor(config: PostgresSinkConfig, columns: Columns, table: TableWriter): Encode {
  const make = config.layout === "payload" ? payloadEncoder : fieldEncoder;
  return make(config, columns, (width, expected) => table.newRows(width, expected));
}
