import { type ConnectorError, type MessageBatch, RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import { blameOf, blameOfRow, isIsolable, postgresError, rejectedRow } from "../errors.ts";
import type { Run } from "../rows/encoded-batch.ts";
import type { TableWriter } from "./table-writer.ts";

/** What came of rows that the database may refuse. */
export interface Isolated {
  /** Whether the database took any row. */
  taken: boolean;
  /** The columns that rows say. */
  readonly columns: Set<string>;
  /** What it refused, by offset. */
  readonly refused: Map<bigint, unknown>;
}

/**
 * Invariant 6: writes a run whose rows the database may refuse. What it refuses is halved behind a savepoint until the
 * culprits are alone; the others are written. Where it refuses a statement without rows, no row is to blame.
 */
export async function writeIsolating(
  transaction: Transaction,
  writer: TableWriter,
  run: Run,
  batch: MessageBatch,
  isolated: Isolated,
): Promise<void> {
  const offsetAt = (row: number): bigint => batch.offset(run.indexes[row]!);

  const attempt = async (start: number, end: number): Promise<unknown> => {
    await transaction.query("SAVEPOINT iggy_piece");
    try {
      await writer.write(transaction, run, start, end);
      await transaction.query("RELEASE SAVEPOINT iggy_piece");
      return undefined;
    } catch (error) {
      if (!isIsolable(error)) throw error;
      await transaction.query("ROLLBACK TO SAVEPOINT iggy_piece; RELEASE SAVEPOINT iggy_piece");
      return error ?? new Error("refused");
    }
  };

  const write = async (start: number, end: number): Promise<void> => {
    if (start === end) return;
    const error = await attempt(start, end);
    if (error === undefined) {
      isolated.taken = true;
      return;
    }
    if (start === 0 && end === run.rows.length) {
      const table = await attempt(0, 0);
      if (table !== undefined) throw tableError(table);
    }
    const middle = middleOf(start, end, offsetAt);
    if (middle === undefined) {
      isolated.refused.set(offsetAt(start), error);
      return;
    }
    await write(start, middle);
    await write(middle, end);
  };

  for (const column of run.columns) isolated.columns.add(column);
  await writer.begin(transaction, run);
  await write(0, run.rows.length);
}

/**
 * What is refused for good. A reason that may be the table's as well as the row's is the row's where its neighbours were taken.
 * @throws what the database said, or UnclassifiedError, where it took none.
 */
export function rejectedRows({ taken, refused, columns }: Isolated): Map<bigint, ConnectorError> {
  const rejected = new Map<bigint, ConnectorError>();
  for (const [offset, error] of refused) {
    const blame = blameOfRow(error, columns);
    if (!taken && blame !== "message" && blame !== "batch")
      throw blame === blameOf(error) ? error : unclassified(error);
    rejected.set(offset, rejectedRow(error));
  }
  return rejected;
}

function unclassified(error: unknown): UnclassifiedError {
  const { message } = postgresError(error);
  return new UnclassifiedError(message, { code: "IGC_SINK_POSTGRES_UNCLASSIFIED", cause: error });
}

/** No message is to blame for what the table refuses whatever the rows are, such as an error of a trigger for each statement. */
function tableError(error: unknown): unknown {
  if (blameOf(error) === "configuration") return error;
  const { message, code } = postgresError(error);
  return new RetryableError(`${message}, whatever the rows are`, {
    code,
    cause: error,
    fix: "look at triggers for each statement of the table; the batch is tried again",
  });
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
