import type { PartitionRef } from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import { quoteQualified } from "../table/identifiers.ts";

/** What the database holds of a partition. */
export interface OffsetRow {
  /** Every message up to here is in the table, but for those of `pending`. */
  readonly last: bigint | undefined;
  /**
   * Rejected messages, ascending. Their dead letters are written after the transaction; until a later batch shows that they
   * were, the messages are delivered again after a crash.
   */
  readonly pending: readonly bigint[];
  /** The run of the sink that may write; another run than this one has taken over. */
  readonly writer: string | undefined;
}

interface Stored {
  readonly last_offset: string | null;
  readonly pending: string[];
  readonly writer: string | null;
}

/** The offset table: one row per connector and partition, written in the transactions of the data. */
export class OffsetTable {
  readonly #name: string;
  readonly #connector: string;

  constructor(schema: string | undefined, name: string, connector: string) {
    this.#name = quoteQualified(schema, name);
    this.#connector = connector;
  }

  /** Creates the table if it does not exist. It is looked up first, since that needs no privilege to create one. */
  async prepare(transaction: Transaction): Promise<void> {
    if (await this.exists(transaction)) return;
    await transaction.lockForCreation();
    await transaction.query(`CREATE TABLE IF NOT EXISTS ${this.#name} (
  connector text NOT NULL,
  stream text NOT NULL,
  topic text NOT NULL,
  partition_id integer NOT NULL,
  last_offset numeric(20,0),
  pending numeric(20,0)[] NOT NULL DEFAULT '{}',
  writer text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connector, stream, topic, partition_id)
)`);
  }

  async exists(transaction: Transaction): Promise<boolean> {
    const { rows } = await transaction.query<{ found: boolean }>("SELECT to_regclass($1) IS NOT NULL AS found", [
      this.#name,
    ]);
    return rows[0]?.found === true;
  }

  /** `undefined`: nothing was ever written of it. `lock`: no other transaction changes it until this one ends. */
  async read(transaction: Transaction, ref: PartitionRef, lock: boolean): Promise<OffsetRow | undefined> {
    const { rows } = await transaction.query<Stored>(
      `SELECT last_offset::text AS last_offset, pending::text[] AS pending, writer FROM ${this.#name}
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4${lock ? " FOR UPDATE" : ""}`,
      this.#key(ref),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      last: row.last_offset === null ? undefined : BigInt(row.last_offset),
      pending: row.pending.map(BigInt).sort((one, other) => (one < other ? -1 : 1)),
      writer: row.writer ?? undefined,
    };
  }

  /** The row, locked; created if it does not exist. */
  async lock(transaction: Transaction, ref: PartitionRef): Promise<OffsetRow> {
    const found = await this.read(transaction, ref, true);
    if (found !== undefined) return found;
    await transaction.query(
      `INSERT INTO ${this.#name} (connector, stream, topic, partition_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      this.#key(ref),
    );
    return (await this.read(transaction, ref, true)) ?? { last: undefined, pending: [], writer: undefined };
  }

  async write(transaction: Transaction, ref: PartitionRef, row: OffsetRow): Promise<void> {
    await transaction.query(
      `UPDATE ${this.#name} SET last_offset = $5, pending = $6, writer = $7, updated_at = now()
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4`,
      [...this.#key(ref), textOf(row.last), row.pending.map(String), row.writer ?? null],
    );
  }

  /**
   * Moves the offset, if it is where `writer` left it; false: it is not. The compare-and-set of the usual batch,
   * in one call.
   */
  async advance(
    transaction: Transaction,
    ref: PartitionRef,
    { writer, from, to }: { readonly writer: string; readonly from: bigint | undefined; readonly to: bigint },
  ): Promise<boolean> {
    const { rowCount } = await transaction.query(
      `UPDATE ${this.#name} SET last_offset = $7, pending = '{}', updated_at = now()
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4
   AND writer = $5 AND last_offset IS NOT DISTINCT FROM $6::numeric`,
      [...this.#key(ref), writer, textOf(from), String(to)],
    );
    return rowCount === 1;
  }

  #key({ stream, topic, partition }: PartitionRef): [string, string, string, number] {
    return [this.#connector, stream, topic, partition];
  }
}

/** The last offset up to which every message has ended. */
export function endedOffset({ last, pending }: OffsetRow): bigint | undefined {
  const [first] = pending;
  if (last === undefined || first === undefined || first > last) return last;
  return first === 0n ? undefined : first - 1n;
}

function textOf(offset: bigint | undefined): string | null {
  return offset === undefined ? null : String(offset);
}
