import { createHash } from "node:crypto";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import { CopyRows } from "../rows/copy-rows.ts";
import type { Run } from "../rows/encoded-batch.ts";
import { ParameterRows } from "../rows/parameter-rows.ts";
import type { RowSet } from "../rows/row-output.ts";
import type { Column } from "../table/column.ts";
import { quoteIdentifier, quoteList, quoteQualified } from "../table/identifiers.ts";

/** Parameters of one statement, a 16-bit count. */
const MAX_PARAMETERS = 65_535;
/** Tells rows with the same key apart by their order. */
const ORDER = "iggy_row";

/** Writes rows in the way that the configuration says. */
export class TableWriter {
  readonly #config: PostgresSinkConfig;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #table: string;
  readonly #key: readonly string[];

  constructor(config: PostgresSinkConfig, columns: ReadonlyMap<string, Column>) {
    this.#config = config;
    this.#columns = columns;
    this.#table = quoteQualified(config.target_schema, config.target_table);
    this.#key = keyColumns(config);
  }

  newRows(width: number, expectedBytes: number): RowSet {
    return this.#config.method === "copy" ? new CopyRows(expectedBytes) : new ParameterRows(width);
  }

  /** Rows `start` … `end` − 1 of a run: all, or an error. `first`: the transaction has written none before. */
  async write(
    transaction: Transaction,
    { columns, rows }: Run,
    start: number,
    end: number,
    first: boolean,
  ): Promise<void> {
    if (start === end) return;
    if (this.#config.insert_mode === "insert") return this.#append(transaction, this.#table, columns, rows, start, end);
    // Rows that may meet others go to a table of the session first, from which one statement takes them.
    const staging = this.#stagingName(columns);
    await transaction.query(this.#stagingSql(staging, columns));
    if (!first) await transaction.query(`DELETE FROM pg_temp.${staging}`);
    await this.#append(transaction, `pg_temp.${staging}`, columns, rows, start, end);
    await transaction.query(this.#mergeSql(`pg_temp.${staging}`, columns));
  }

  async #append(
    transaction: Transaction,
    table: string,
    columns: readonly string[],
    rows: RowSet,
    start: number,
    end: number,
  ): Promise<void> {
    const into = `${table} (${quoteList(columns)})`;
    if (rows instanceof CopyRows) return transaction.copy(`COPY ${into} FROM STDIN`, rows.range(start, end));
    const most = Math.min(this.#config.batch_size, Math.floor(MAX_PARAMETERS / columns.length));
    const parameters = rows as ParameterRows;
    for (let from = start; from < end; from += most) {
      const to = Math.min(from + most, end);
      const sql = `INSERT INTO ${into} VALUES ${placeholders(to - from, columns.length)}`;
      await transaction.query(sql, parameters.range(from, to));
    }
  }

  /** One name per set of columns, which may grow while a session lives. */
  #stagingName(columns: readonly string[]): string {
    const types = columns.map((name) => `${name} ${this.#columns.get(name)?.type}`);
    const hash = createHash("sha256").update(JSON.stringify([this.#table, types]));
    return quoteIdentifier(`iggy_staging_${hash.digest("hex").slice(0, 16)}`);
  }

  /** `IF NOT EXISTS`: behind a pooler any connection may be a new one. */
  #stagingSql(name: string, columns: readonly string[]): string {
    const declared = columns.map((column) => `${quoteIdentifier(column)} ${this.#columns.get(column)?.type}`);
    return `SET LOCAL client_min_messages = warning; CREATE TEMPORARY TABLE IF NOT EXISTS ${name} (${declared.join(", ")}, ${ORDER} bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DELETE ROWS`;
  }

  #mergeSql(staging: string, columns: readonly string[]): string {
    const names = quoteList(columns);
    const into = `INSERT INTO ${this.#table} (${names})`;
    const key = quoteList(this.#key);
    if (this.#config.insert_mode === "ignore") {
      const target = this.#key.length === 0 ? "" : ` (${key})`;
      return `${into} SELECT ${names} FROM ${staging} ORDER BY ${ORDER} ON CONFLICT${target} DO NOTHING`;
    }
    const others = columns.filter((name) => !this.#key.includes(name)).map(quoteIdentifier);
    const action =
      others.length === 0
        ? "DO NOTHING"
        : `DO UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(", ")}`;
    // Of rows with one key the last one counts: a statement may not touch a row twice.
    const newest = `SELECT DISTINCT ON (${key}) * FROM ${staging} ORDER BY ${key}, ${ORDER} DESC`;
    return `${into} SELECT ${names} FROM (${newest}) newest ORDER BY ${ORDER} ON CONFLICT (${key}) ${action}`;
  }
}

function placeholders(rows: number, width: number): string {
  let text = "";
  for (let row = 0, parameter = 1; row < rows; row++) {
    text += row === 0 ? "(" : ", (";
    for (let column = 0; column < width; column++) text += column === 0 ? `$${parameter++}` : `, $${parameter++}`;
    text += ")";
  }
  return text;
}
