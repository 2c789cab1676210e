import type { CommittedOffset, PartitionRef } from "@iggy-connectors/sdk";
import type { Transaction } from "../connection/transaction.ts";
import { blameOf } from "../errors.ts";
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
  /** The log that the offsets count in; absent in a row of a version that did not know it. */
  readonly history: string | undefined;
  /** Broker time of the message at `last`, microseconds since the Unix epoch, where it is known. */
  readonly timestamp: number | undefined;
}

/** A row as it stands in the table. */
export interface StoredRow extends OffsetRow {
  /** When it was written by the server's clock, microseconds since the Unix epoch. */
  readonly updatedAt: bigint;
}

/** A row of a partition of which nothing was written. */
export const EMPTY_ROW: OffsetRow = {
  last: undefined,
  pending: [],
  writer: undefined,
  history: undefined,
  timestamp: undefined,
};

interface Stored {
  readonly last_offset: string | null;
  readonly pending: string[];
  readonly writer: string | null;
  readonly history: string | null;
  readonly last_timestamp: string | null;
  readonly updated_at: string;
}

/** Columns that tables of earlier versions do not have. */
const ADDED_COLUMNS = { history: "text", last_timestamp: "bigint" } as const;
const UPDATED_AT = "(extract(epoch FROM updated_at) * 1000000)::bigint";

/** The offset table: one row per connector and partition, written in the transactions of the data. */
export class OffsetTable {
  /** Name as SQL spells it. */
  readonly name: string;
  readonly #connector: string;
  /** Whether the table has ADDED_COLUMNS. */
  #complete = true;

  constructor(schema: string | undefined, name: string, connector: string) {
    this.name = quoteQualified(schema, name);
    this.#connector = connector;
  }

  /** False: the table is one of an earlier version, which the user may not change; histories cannot be told apart. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Creates the table if it does not exist. It is looked up first, since that needs no privilege to create one. */
  async prepare(transaction: Transaction): Promise<void> {
    if (!(await this.exists(transaction))) {
      await transaction.lockForCreation();
      await transaction.query(`CREATE TABLE IF NOT EXISTS ${this.name} (
  connector text NOT NULL,
  stream text NOT NULL,
  topic text NOT NULL,
  partition_id integer NOT NULL,
  last_offset numeric(20,0),
  pending numeric(20,0)[] NOT NULL DEFAULT '{}',
  writer text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  history text,
  last_timestamp bigint,
  PRIMARY KEY (connector, stream, topic, partition_id)
)`);
    }
    this.#complete = (await this.missingColumns(transaction)).length === 0 || (await this.#addColumns(transaction));
  }

  async exists(transaction: Transaction): Promise<boolean> {
    const { rows } = await transaction.query<{ found: boolean }>("SELECT to_regclass($1) IS NOT NULL AS found", [
      this.name,
    ]);
    return rows[0]?.found === true;
  }

  /** The columns that a table of an earlier version lacks. */
  async missingColumns(transaction: Transaction): Promise<string[]> {
    const { rows } = await transaction.query<{ name: string }>(
      "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND NOT attisdropped",
      [this.name],
    );
    const present = new Set(rows.map(({ name }) => name));
    return Object.keys(ADDED_COLUMNS).filter((name) => !present.has(name));
  }

  /** `undefined`: nothing was ever written of it. `lock`: no other transaction changes it until this one ends. */
  async read(transaction: Transaction, ref: PartitionRef, lock: boolean): Promise<StoredRow | undefined> {
    const added = this.#complete ? "history, last_timestamp::text" : "NULL AS history, NULL AS last_timestamp";
    const { rows } = await transaction.query<Stored>(
      `SELECT last_offset::text AS last_offset, pending::text[] AS pending, writer, ${UPDATED_AT} AS updated_at, ${added} FROM ${this.name}
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4${lock ? " FOR UPDATE" : ""}`,
      this.#key(ref),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      last: row.last_offset === null ? undefined : BigInt(row.last_offset),
      pending: row.pending.map(BigInt).sort((one, other) => (one < other ? -1 : 1)),
      writer: row.writer ?? undefined,
      history: row.history ?? undefined,
      timestamp: row.last_timestamp === null ? undefined : Number(row.last_timestamp),
      updatedAt: BigInt(row.updated_at),
    };
  }

  /** Makes the row if there is none. */
  async create(transaction: Transaction, ref: PartitionRef): Promise<void> {
    await transaction.query(
      `INSERT INTO ${this.name} (connector, stream, topic, partition_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      this.#key(ref),
    );
  }

  /** Returns when the row is said to be written, as `StoredRow.updatedAt`. */
  async write(transaction: Transaction, ref: PartitionRef, row: OffsetRow): Promise<bigint> {
    const added = this.#complete ? ", history = $8, last_timestamp = $9" : "";
    const parameters = [...this.#key(ref), textOf(row.last), row.pending.map(String), row.writer ?? null];
    const { rows } = await transaction.query<{ updated_at: string }>(
      `UPDATE ${this.name} SET last_offset = $5, pending = $6, writer = $7, updated_at = clock_timestamp()${added}
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4 RETURNING ${UPDATED_AT} AS updated_at`,
      this.#complete ? [...parameters, row.history ?? null, row.timestamp ?? null] : parameters,
    );
    return BigInt(rows[0]?.updated_at ?? 0);
  }

  /**
   * Moves the offset from `from` to `to`, if the row says what `from` does; `undefined`: it does not. The compare-and-set of the
   * usual batch, in one call.
   */
  async advance(
    transaction: Transaction,
    ref: PartitionRef,
    from: OffsetRow,
    to: OffsetRow,
  ): Promise<bigint | undefined> {
    const [set, where] = this.#complete
      ? [", history = $8, last_timestamp = $9", " AND history IS NOT DISTINCT FROM $10"]
      : ["", ""];
    const parameters = [...this.#key(ref), from.writer ?? null, textOf(from.last), String(to.last)];
    const { rows } = await transaction.query<{ updated_at: string }>(
      `UPDATE ${this.name} SET last_offset = $7, pending = '{}', updated_at = clock_timestamp()${set}
 WHERE connector = $1 AND stream = $2 AND topic = $3 AND partition_id = $4
   AND writer = $5 AND last_offset IS NOT DISTINCT FROM $6::numeric${where} RETURNING ${UPDATED_AT} AS updated_at`,
      this.#complete ? [...parameters, to.history ?? null, to.timestamp ?? null, from.history ?? null] : parameters,
    );
    return rows[0] === undefined ? undefined : BigInt(rows[0].updated_at);
  }

  /** False: the user may not change the table. */
  async #addColumns(transaction: Transaction): Promise<boolean> {
    const clauses = Object.entries(ADDED_COLUMNS).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`);
    await transaction.query("SAVEPOINT iggy_offsets");
    try {
      await transaction.query(`ALTER TABLE ${this.name} ${clauses.join(", ")}`);
      return true;
    } catch (error) {
      if (blameOf(error) !== "configuration") throw error;
      await transaction.query("ROLLBACK TO SAVEPOINT iggy_offsets");
      return false;
    }
  }

  #key({ stream, topic, partition }: PartitionRef): [string, string, string, number] {
    return [this.#connector, stream, topic, partition];
  }
}

/** The last offset up to which every message has ended, as the runtime is told. */
export function endedOffset({ last, pending, history, timestamp }: OffsetRow): CommittedOffset {
  const [first] = pending;
  if (last === undefined || first === undefined || first > last) return { offset: last, history, timestamp };
  return { offset: first === 0n ? undefined : first - 1n, history };
}

function textOf(offset: bigint | undefined): string | null {
  return offset === undefined ? null : String(offset);
}
