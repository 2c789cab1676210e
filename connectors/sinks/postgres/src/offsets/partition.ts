import { BatchGuard, type MessageBatch, RetryableError } from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import type { OffsetRow, OffsetTable } from "./offset-table.ts";

/** What a transaction has to write of a batch. */
export interface Claim {
  /** Messages of the batch that are not in the table yet, by index. */
  readonly open: readonly number[];
  /** Whether the offset is already the last one of the batch. */
  readonly advanced: boolean;
  readonly row: OffsetRow;
}

/**
 * One partition as this run of the sink knows it.
 *
 * Invariant 10: its row in the offset table names the run that may write. A run takes the row over with its first batch after
 * the partition was given to it; from then on the former one is refused, also when it has not noticed yet.
 */
export class Partition {
  readonly #offsets: OffsetTable;
  readonly #writer: string;
  #claimed = false;
  #last: bigint | undefined;
  /** Offsets move batch by batch. */
  readonly guard = new BatchGuard('PostgreSQL sink with offsets = "table"', "IGC_SINK_POSTGRES_ORDER");

  /** @param writer names this run of the sink. */
  constructor(offsets: OffsetTable, writer: string) {
    this.#offsets = offsets;
    this.#writer = writer;
  }

  /** The partition was assigned to this task: its row is taken over with the next batch. */
  assigned(): void {
    this.#claimed = false;
  }

  /** Decides which messages of the batch are to be written, and locks the row until the transaction ends. */
  async claim(transaction: Transaction, batch: MessageBatch): Promise<Claim> {
    const { firstOffset, lastOffset } = batch;
    if (this.#claimed && (this.#last === undefined || firstOffset > this.#last)) {
      const change = { writer: this.#writer, from: this.#last, to: lastOffset };
      if (await this.#offsets.advance(transaction, batch, change)) {
        const row = { last: lastOffset, pending: [], writer: this.#writer };
        return { open: indexesOf(batch), advanced: true, row };
      }
    }
    const row = await this.#offsets.lock(transaction, batch);
    if (this.#claimed && row.writer !== this.#writer) throw fenced(batch);
    const { last, pending } = row;
    const again = new Set(pending);
    const open = indexesOf(batch).filter((index) => {
      const offset = batch.offset(index);
      return last === undefined || offset > last || again.has(offset);
    });
    return { open, advanced: false, row };
  }

  /** Before the commit: what the row says when the batch is written but for `rejected` (ascending). */
  async record(
    transaction: Transaction,
    batch: MessageBatch,
    claim: Claim,
    rejected: readonly bigint[],
  ): Promise<bigint> {
    const { last } = claim.row;
    const reached = last === undefined || batch.lastOffset > last ? batch.lastOffset : last;
    // Offsets before the batch have ended, or the runtime would not have come this far; those behind have not.
    const behind = claim.row.pending.filter((offset) => offset > batch.lastOffset);
    const pending = [...rejected, ...behind];
    if (!claim.advanced || pending.length > 0) {
      await this.#offsets.write(transaction, batch, { last: reached, pending, writer: this.#writer });
    }
    return reached;
  }

  /** After the commit. */
  committed(last: bigint): void {
    this.#claimed = true;
    this.#last = last;
  }
}

export function indexesOf({ length }: MessageBatch): number[] {
  return Array.from({ length }, (_, index) => index);
}

function fenced({ stream, topic, partition }: MessageBatch): RetryableError {
  return new RetryableError(`another run of this connector has taken over ${stream}/${topic}, partition ${partition}`, {
    code: "IGC_SINK_POSTGRES_FENCED",
    place: `${stream}/${topic}/${partition}`,
    fix: "none, if the partition moved to another runtime; otherwise give each connector that writes to this database its own key, or stop the other one",
  });
}
