import type { MessageBatch } from "@iggy-connectors/sdk";
import type { PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import { type Encode, encodeWhole, type NewRows } from "../rows/encoded-batch.ts";
import { fieldEncoder } from "../rows/field-rows.ts";
import { newColumns } from "../rows/new-columns.ts";
import { payloadEncoder } from "../rows/payload-rows.ts";
import { addColumns, prepareTable, sameTarget, type Target } from "../table/target-table.ts";
import { type Isolated, rejectedRows, writeIsolating } from "./isolation.ts";
import { TableWriter } from "./table-writer.ts";

export interface Written {
  /** What will never be taken, with its reason, by offset. */
  readonly rejected: ReadonlyMap<bigint, unknown>;
  /** The table as the transaction leaves it. */
  readonly target: Target;
}

/** Writes batches as rows of a table whose columns are known, and may change. */
export class BatchWriter {
  readonly #config: PostgresSinkConfig;
  readonly target: Target;
  readonly #consumed: TableWriter;
  readonly #replayed: TableWriter;
  readonly #encode: Encode;

  constructor(config: PostgresSinkConfig, target: Target) {
    this.#config = config;
    this.target = target;
    const table = new TableWriter(config, target, false);
    this.#consumed = table;
    this.#replayed = new TableWriter(config, target, true);
    const make = config.layout === "payload" ? payloadEncoder : fieldEncoder;
    const newRows: NewRows = (width, expected, partial) => table.newRows(width, expected, partial);
    this.#encode = make(config, target.columns, newRows, this.#replayed.replaces);
  }

  /**
   * The messages at `indexes`. Not isolating: the first row that the database refuses is an error.
   * @param fresh the catalog has just been read.
   */
  async write(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
    isolating: boolean,
    fresh = false,
  ): Promise<Written> {
    if (this.#config.layout === "columns" && this.#config.unknown_fields === "add") {
      const added = newColumns(this.#config, this.target.columns, batch, indexes);
      if (added.length > 0) {
        const target = await addColumns(transaction, this.#config, added);
        // Known to others only when the transaction is committed.
        return new BatchWriter(this.#config, target).#rows(transaction, batch, indexes, isolating, true);
      }
    }
    return this.#rows(transaction, batch, indexes, isolating, fresh);
  }

  async #rows(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
    isolating: boolean,
    fresh: boolean,
  ): Promise<Written> {
    const { runs, rejected } = encodeWhole(batch, indexes, this.#encode);
    if (rejected.size > 0 && !fresh && this.#config.layout === "columns") {
      // What the columns were when they were read says nothing about what they can hold now.
      const target = await prepareTable(transaction, this.#config);
      if (!sameTarget(target, this.target)) {
        return new BatchWriter(this.#config, target).write(transaction, batch, indexes, isolating, true);
      }
    }
    if (isolating) return { rejected: await this.#isolating(transaction, batch, indexes), target: this.target };
    const table = this.#tableFor(batch);
    for (const run of runs) {
      await table.begin(transaction, run);
      if (run.rows.length > 0) await table.write(transaction, run, 0, run.rows.length);
      this.#consumed.release(run.rows);
    }
    return { rejected, target: this.target };
  }

  async #isolating(
    transaction: Transaction,
    batch: MessageBatch,
    indexes: readonly number[],
  ): Promise<ReadonlyMap<bigint, unknown>> {
    const rejected = new Map<bigint, unknown>();
    const isolated: Isolated = { taken: false, columns: new Set(), refused: new Map() };
    await transaction.query("SAVEPOINT iggy_batch");
    for (let remaining = indexes; ; remaining = remaining.filter((index) => !isRefused(batch.offset(index)))) {
      isolated.taken = false;
      const { runs, rejected: unfit } = encodeWhole(batch, remaining, this.#encode);
      for (const [offset, error] of unfit) rejected.set(offset, error);
      const known = isolated.refused.size;
      for (const run of runs) await writeIsolating(transaction, this.#tableFor(batch), run, batch, isolated);
      // Rows of one message may stand in several runs: none of them stays where one was refused.
      const split = runs.length > 1 && (batch.consumed < batch.length || this.#config.changes === "events");
      if (isolated.refused.size === known || !split) break;
      await transaction.query("ROLLBACK TO SAVEPOINT iggy_batch");
    }
    for (const [offset, error] of rejectedRows(isolated)) rejected.set(offset, error);
    return rejected;

    function isRefused(offset: bigint): boolean {
      return rejected.has(offset) || isolated.refused.has(offset);
    }
  }

  #tableFor({ replay }: MessageBatch): TableWriter {
    return replay === true ? this.#replayed : this.#consumed;
  }
}
