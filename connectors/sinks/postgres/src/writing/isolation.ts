import type { MessageBatch } from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import { meaningOf, postgresError } from "../errors.ts";
import type { Run } from "../rows/encoded-batch.ts";
import type { TableWriter } from "./table-writer.ts";

/**
 * Invariant 6: writes a run whose rows the database may refuse. What it refuses is halved behind a savepoint until the
 * culprits are alone; they are passed to `reject` with the reason of the database, the others are written.
 */
export async function writeIsolating(
  transaction: Transaction,
  writer: TableWriter,
  run: Run,
  batch: MessageBatch,
  reject: (offset: bigint, error: unknown) => void,
): Promise<void> {
  const offsetAt = (row: number): bigint => batch.offset(run.indexes[row]!);

  const write = async (start: number, end: number): Promise<void> => {
    if (start === end) return;
    await transaction.query("SAVEPOINT iggy_piece");
    try {
      await writer.write(transaction, run, start, end, false);
      await transaction.query("RELEASE SAVEPOINT iggy_piece");
      return;
    } catch (error) {
      if (meaningOf(error) !== "rejected") throw error;
      await transaction.query("ROLLBACK TO SAVEPOINT iggy_piece; RELEASE SAVEPOINT iggy_piece");
      const middle = middleOf(start, end, offsetAt);
      if (middle === undefined) return reject(offsetAt(start), postgresError(error));
      await write(start, middle);
      await write(middle, end);
    }
  };

  await write(0, run.rows.length);
}

/** Where rows are halved: never between rows of one message. `undefined`: they are all of one. */
function middleOf(start: number, end: number, offsetAt: (row: number) => bigint): number | undefined {
  let middle = (start + end) >> 1;
  while (middle > start && offsetAt(middle - 1) === offsetAt(middle)) middle--;
  if (middle > start) return middle;
  middle = (start + end) >> 1;
  while (middle < end && offsetAt(middle) === offsetAt(start)) middle++;
  return middle < end ? middle : undefined;
}
