import {
  BatchGuard,
  type CommittedOffset,
  CommittedOffsetMovedError,
  type MessageBatch,
  type PartitionRef,
  RetryableError,
} from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import { EMPTY_ROW, endedOffset, type OffsetRow, type OffsetTable, type StoredRow } from "./offset-table.ts";

/** What a transaction has to write of a batch. */
export interface Claim {
  /** Messages of the batch that are not in the table yet, by index. */
  readonly open: readonly number[];
  /** The row as this transaction finds it, or as it has moved it already. */
  readonly row: OffsetRow;
  /** Present: the row says already that all of the batch is written; when it was said. */
  readonly advanced: bigint | undefined;
}

/** What the table says when the transaction is committed. */
export interface Recorded {
  readonly row: OffsetRow;
  readonly updatedAt: bigint;
}

/**
 * One partition as this run of the sink knows it.
 *
 * | state   | what is known                                    | a batch finds another record                              |
 * | ------- | ------------------------------------------------ | --------------------------------------------------------- |
 * | new     | nothing                                          | that is what is known                                     |
 * | told    | what `committed` read                            | ahead: another run wrote meanwhile; behind: it was moved  |
 * | claimed | what this run wrote last, under its own name     | under another name and later: fenced; else it was moved   |
 *
 * Invariant 10: the row in the offset table names the run that may write. A run takes the row over with its first batch after
 * the partition was given to it; from then on the former one is refused, also when it has not noticed yet.
 *
 * Invariant 8: a record that is not the one that is known was changed by somebody else (a restored backup, a failover to a replica
 * that was behind, an operator). It wins: the batch is not written, and the runtime reads on from there.
 */
export class Partition {
  readonly #offsets: OffsetTable;
  readonly #writer: string;
  #state: "new" | "told" | "claimed" = "new";
  #known: Recorded = { row: EMPTY_ROW, updatedAt: 0n };
  /** What the last transaction wrote, until it is known to be committed. */
  #tried: Recorded | undefined;
  /** Offsets move batch by batch. */
  readonly guard = new BatchGuard('PostgreSQL sink with offsets = "table"', "IGC_SINK_POSTGRES_ORDER");

  /** @param writer names this run of the sink. */
  constructor(offsets: OffsetTable, writer: string) {
    this.#offsets = offsets;
    this.#writer = writer;
  }

  /** What the table says of the partition now; it replaces what was known. */
  async read(transaction: Transaction, ref: PartitionRef): Promise<CommittedOffset | undefined> {
    const row = await this.#offsets.read(transaction, ref, false);
    // A row of this run stays claimed: only another run's has to be taken over with the next batch.
    this.#state = this.#state === "claimed" && row?.writer === this.#writer ? "claimed" : "told";
    this.#known = { row: row ?? EMPTY_ROW, updatedAt: row?.updatedAt ?? 0n };
    return row === undefined ? undefined : endedOffset(row);
  }

  /** The record is what an operator, or another history, wants it to be. */
  async reset(transaction: Transaction, ref: PartitionRef, next: bigint): Promise<Recorded> {
    await this.#offsets.create(transaction, ref);
    const row = { ...EMPTY_ROW, last: next > 0n ? next - 1n : undefined, history: ref.history };
    return { row, updatedAt: await this.#offsets.write(transaction, ref, row) };
  }

  /** After the commit of a reset. */
  told(known: Recorded): void {
    this.#state = "told";
    this.#known = known;
  }

  /** Decides which messages of the batch are to be written, and locks the row until the transaction ends. */
  async claim(transaction: Transaction, batch: MessageBatch): Promise<Claim> {
    const { firstOffset, lastOffset } = batch;
    const known = this.#known.row;
    if (this.#state === "claimed" && sameHistory(known, batch)) {
      if (known.last === undefined || firstOffset > known.last) {
        const row = this.#rowAt(batch, known, lastOffset, batch.timestamp(batch.length - 1));
        const advanced = await this.#offsets.advance(transaction, batch, known, row);
        if (advanced !== undefined) return { open: indexesOf(batch), row, advanced };
      }
    }
    const row = await this.#locked(transaction, batch);
    const again = new Set(row.pending);
    const open = indexesOf(batch).filter((index) => {
      const offset = batch.offset(index);
      return row.last === undefined || offset > row.last || again.has(offset);
    });
    return { open, row, advanced: undefined };
  }

  /** Before the commit: what the row says when the batch is written but for `rejected` (ascending). */
  async record(
    transaction: Transaction,
    batch: MessageBatch,
    { row: found, advanced }: Claim,
    rejected: readonly bigint[],
  ): Promise<Recorded> {
    const reached = found.last === undefined || batch.lastOffset > found.last;
    // Offsets before the batch have ended, or the runtime would not have come this far; those behind have not.
    const pending = [...rejected, ...found.pending.filter((offset) => offset > batch.lastOffset)];
    const row = {
      ...this.#rowAt(
        batch,
        found,
        reached ? batch.lastOffset : found.last,
        reached ? batch.timestamp(batch.length - 1) : found.timestamp,
      ),
      pending,
    };
    if (advanced !== undefined && pending.length === 0) return this.#trying(row, advanced);
    return this.#trying(row, await this.#offsets.write(transaction, batch, row));
  }

  /** All messages through an offset have ended. */
  async end(transaction: Transaction, ref: PartitionRef, through: bigint): Promise<Recorded> {
    const found = await this.#locked(transaction, ref);
    const reached = found.last === undefined || through > found.last;
    const row = {
      ...this.#rowAt(ref, found, reached ? through : found.last, reached ? undefined : found.timestamp),
      pending: found.pending.filter((offset) => offset > through),
    };
    return this.#trying(row, await this.#offsets.write(transaction, ref, row));
  }

  /** After the commit. */
  committed(known: Recorded): void {
    this.#state = "claimed";
    this.#known = known;
  }

  /**
   * The row of the partition's history, locked; what another history left is none of it.
   * @throws CommittedOffsetMovedError, or RetryableError when another run has taken over.
   */
  async #locked(transaction: Transaction, ref: PartitionRef): Promise<OffsetRow> {
    let found = await this.#offsets.read(transaction, ref, true);
    this.#verify(found, ref);
    if (found === undefined) {
      await this.#offsets.create(transaction, ref);
      found = await this.#offsets.read(transaction, ref, true);
    }
    return found === undefined || !sameHistory(found, ref) ? EMPTY_ROW : found;
  }

  /** @throws CommittedOffsetMovedError, or RetryableError when another run has taken over. */
  #verify(found: StoredRow | undefined, ref: PartitionRef): void {
    const known = this.#known.row;
    if (this.#state === "told") {
      if (isAhead(found, known, ref)) return;
    } else if (this.#state === "claimed") {
      // Where the response to a commit was lost, the row is what that transaction wrote.
      if ([this.#known, this.#tried].some((recorded) => recorded !== undefined && isAsRecorded(found, recorded)))
        return;
      const taken = found?.writer !== undefined && found.writer !== this.#writer;
      if (taken && found.updatedAt >= this.#known.updatedAt) throw fenced(ref);
    } else return;
    throw moved(ref, known, found);
  }

  #trying(row: OffsetRow, updatedAt: bigint): Recorded {
    this.#tried = { row, updatedAt };
    return this.#tried;
  }

  #rowAt(
    { history }: PartitionRef,
    found: OffsetRow,
    last: bigint | undefined,
    timestamp: number | undefined,
  ): OffsetRow {
    return { last, pending: [], writer: this.#writer, history: history ?? found.history, timestamp };
  }
}

export function indexesOf({ length }: MessageBatch): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Whether the row is what `committed` told, or what the former run made of that before it is refused. */
function isAhead(found: StoredRow | undefined, told: OffsetRow, ref: PartitionRef): boolean {
  if (told.last === undefined) return true;
  if (found === undefined) return false;
  // A history that is gone is replaced; how far it had come means nothing.
  if (!sameHistory(found, ref)) return sameHistory(found, told);
  if (!sameHistory(told, ref)) return true;
  return found.last !== undefined && found.last >= told.last;
}

function isAsRecorded(found: StoredRow | undefined, { row }: Recorded): boolean {
  return found?.writer === row.writer && found?.last === row.last && sameHistory(found ?? EMPTY_ROW, row);
}

/** Where one of them is not known, they are taken for the same. */
function sameHistory(one: { readonly history?: string | undefined }, other: { readonly history?: string | undefined }) {
  return one.history === undefined || other.history === undefined || one.history === other.history;
}

function moved(ref: PartitionRef, known: OffsetRow, found: OffsetRow | undefined): CommittedOffsetMovedError {
  const said = (row: OffsetRow | undefined) => (row?.last === undefined ? "none" : String(row.last));
  return new CommittedOffsetMovedError(
    `the offset in the database is ${said(found)}, and was ${said(known)} when this sink read or wrote it last`,
    { code: "IGC_SINK_POSTGRES_MOVED", place: `${ref.stream}/${ref.topic}/${ref.partition}` },
  );
}

function fenced({ stream, topic, partition }: PartitionRef): RetryableError {
  return new RetryableError(`another run of this connector has taken over ${stream}/${topic}, partition ${partition}`, {
    code: "IGC_SINK_POSTGRES_FENCED",
    place: `${stream}/${topic}/${partition}`,
    fix: "none, if the partition moved to another runtime; otherwise give each connector that writes to this database its own key, or stop the other one",
  });
}
