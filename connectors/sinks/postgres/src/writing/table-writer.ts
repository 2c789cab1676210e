import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import type { Cells } from "../rows/cells.ts";
import type { ColumnRows } from "../rows/column-rows.ts";
import { CopyRows } from "../rows/copy-rows.ts";
import type { Run } from "../rows/encoded-batch.ts";
import { RowMemory } from "../rows/row-memory.ts";
import type { RowSet } from "../rows/row-output.ts";
import type { Column, ColumnKind } from "../table/column.ts";
import { quoteIdentifier, quoteList, quoteQualified } from "../table/identifiers.ts";
import type { Target } from "../table/target-table.ts";
import { mergeChanges } from "./merge-changes.ts";
import { type RowGuard, rowGuard } from "./row-guard.ts";
import { insertion, type RowSource, rowSource } from "./row-source.ts";

/** Types of which one value has one text. */
const INTEGERS: ReadonlySet<ColumnKind> = new Set<ColumnKind>(["smallint", "integer", "bigint"]);

/**
 * Writes rows in the way that the configuration says: by `COPY`, or by statements whose parameters are the columns of all rows. None
 * leaves anything in the session, so that any connection of a pooler will do.
 */
export class TableWriter {
  readonly #config: PostgresSinkConfig;
  readonly #target: Target;
  readonly #table: string;
  readonly #key: readonly Column[];
  readonly #replayed: boolean;
  readonly #guard: RowGuard | undefined;
  readonly #memory = new RowMemory();

  /** @param replayed whether it writes dead letters that are delivered again. */
  constructor(config: PostgresSinkConfig, target: Target, replayed: boolean) {
    this.#config = config;
    this.#target = target;
    this.#table = quoteQualified(config.target_schema, config.target_table);
    this.#key = keyColumns(config).flatMap((name) => target.columns.get(name) ?? []);
    this.#guard = config.insert_mode === "upsert" ? rowGuard(config, target.columns, replayed) : undefined;
    this.#replayed = replayed;
  }

  /**
   * Whether rows may be replaced and deleted. A dead letter that cannot be told from a newer message is inserted only: where its row exists, the
   * server refuses it, and it stays a dead letter.
   */
  get replaces(): boolean {
    return !this.#replayed || this.#guard !== undefined;
  }

  /** @param partial some rows lack a column that others say. */
  newRows(width: number, expectedBytes: number, partial: boolean): RowSet {
    const { method, insert_mode } = this.#config;
    const copies = method === "copy" && insert_mode === "insert" && this.#target.copies && !partial && width > 0;
    return copies ? this.#memory.copyRows(expectedBytes) : this.#memory.columnRows(width, expectedBytes);
  }

  /** Takes rows back that were written, or are not to be written. Nothing may read them any more. */
  release(rows: RowSet): void {
    this.#memory.give(rows);
  }

  /** Empties the table, where the run says so. */
  async begin(transaction: Transaction, { truncates }: Run): Promise<void> {
    if (truncates === true) await transaction.query(`TRUNCATE ${this.#table}`);
  }

  /** Rows `start` … `end` − 1 of a run: all, or an error. With none, it shows whether the table can be written to at all. */
  async write(transaction: Transaction, run: Run, start: number, end: number): Promise<void> {
    const { columns, rows } = run;
    if (rows instanceof CopyRows) {
      const into = `COPY ${this.#table} (${quoteList(columns)}) FROM STDIN`;
      return transaction.copy(into, rows.range(start, end));
    }
    const described = columns.map((name) => this.#target.columns.get(name)!);
    const all = (rows as ColumnRows).cells();
    const { insert_mode, method, batch_size } = this.#config;
    const most = method === "insert" && insert_mode !== "upsert" ? batch_size : Number.POSITIVE_INFINITY;
    for (let from = start; from < end || from === start; from += most) {
      const to = Math.min(from + most, end);
      const cells = all.map((column) => column.range(from, to));
      if (insert_mode === "upsert")
        await this.#upsert(transaction, described, cells, to - from, rowsIn(run.deletes ?? [], from, to));
      else await this.#insert(transaction, rowSource(described, cells, to - from));
    }
  }

  async #insert(transaction: Transaction, source: RowSource): Promise<void> {
    const { columns, values } = insertion(source);
    const into = columns === "" ? "" : ` (${columns})`;
    const key = this.#key.length === 0 ? "" : ` (${this.#keyNames()})`;
    const conflict = this.#config.insert_mode === "ignore" ? ` ON CONFLICT${key} DO NOTHING` : "";
    await transaction.query(
      `INSERT INTO ${this.#table}${into} SELECT ${values} FROM ${source.from}${conflict}`,
      source.parameters,
    );
  }

  async #upsert(
    transaction: Transaction,
    columns: readonly Column[],
    cells: readonly Cells[],
    count: number,
    deletes: ReadonlySet<number>,
  ): Promise<void> {
    const source = rowSource(columns, cells, count);
    if (!source.isPartial && deletes.size === 0) return this.#replace(transaction, source);
    const groups = await this.#groups(transaction, columns, cells, count);
    const distinct = deletes.size === 0 && new Set(groups).size === groups.length;
    if (distinct) return this.#change(transaction, source, count);
    const says = (column: number, row: number): boolean => !cells[column]!.isAbsent(row);
    const merged = mergeChanges(columns.length, says, groups, (row) => deletes.has(row));
    const pick = (rowsOf: (column: number) => readonly number[], rows: number): RowSource =>
      rowSource(
        columns,
        cells.map((mine, column) => mine.pick(rowsOf(column))),
        rows,
      );
    if (merged.deletes.length > 0) {
      await this.#delete(
        transaction,
        pick(() => merged.deletes, merged.deletes.length),
      );
    }
    const remaining = merged.writes[0]?.length ?? 0;
    if (remaining > 0)
      await this.#change(
        transaction,
        pick((column) => merged.writes[column]!, remaining),
        remaining,
      );
  }

  /** One row for each key. */
  #change(transaction: Transaction, source: RowSource, count: number): Promise<void> {
    return source.isPartial && this.replaces
      ? this.#update(transaction, source, count)
      : this.#replace(transaction, source);
  }

  /** Rows that all say the same columns. */
  async #replace(transaction: Transaction, source: RowSource): Promise<void> {
    const { columns, values } = insertion(source);
    const key = this.#keyNames();
    const others = source.columns.filter(({ name }) => !this.#isKey(name)).map(({ name }) => quoteIdentifier(name));
    const guard = this.#guard?.condition(({ name }) => `EXCLUDED.${quoteIdentifier(name)}`);
    const replace = `DO UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(", ")}${guard === undefined ? "" : ` WHERE ${guard}`}`;
    const action = others.length === 0 ? "DO NOTHING" : replace;
    const conflict = others.length === 0 || this.replaces ? ` ON CONFLICT (${key}) ${action}` : "";
    // Of rows with one key the newest counts: a statement may not touch a row twice.
    const keys = this.#key.map((column) => source.value(column));
    const order = [...keys, ...(this.#guard?.order((column) => this.#said(source, column)) ?? []), "s.n DESC"].join(
      ", ",
    );
    const newest = `SELECT DISTINCT ON (${keys.join(", ")}) s.* FROM ${source.from} ORDER BY ${order}`;
    await transaction.query(
      `INSERT INTO ${this.#table} AS t (${columns}) SELECT ${values} FROM (${newest}) s ORDER BY s.n${conflict}`,
      source.parameters,
    );
  }

  /**
   * Rows that say different columns, one per key: only those columns change. A row that another session inserts meanwhile is
   * updated by a second statement.
   */
  async #update(transaction: Transaction, source: RowSource, count: number): Promise<void> {
    const { columns, values } = insertion(source);
    const others = source.columns.filter(({ name }) => !this.#isKey(name));
    const sets = others.map((column) => {
      const name = quoteIdentifier(column.name);
      const says = source.says(column);
      return `${name} = ${says === undefined ? source.value(column) : `CASE WHEN ${says} THEN ${source.value(column)} ELSE t.${name} END`}`;
    });
    const update = (from: string) =>
      `UPDATE ${this.#table} AS t SET ${sets.join(", ")} FROM ${from} WHERE ${this.#matches(source)}`;
    const { rows } = await transaction.query<{ done: number }>(
      `WITH s AS MATERIALIZED (SELECT * FROM ${source.from}),
 updated AS (${update("s")} RETURNING s.n),
 inserted AS (INSERT INTO ${this.#table} (${columns}) SELECT ${values} FROM s WHERE n NOT IN (SELECT n FROM updated)
   ON CONFLICT (${this.#keyNames()}) DO NOTHING RETURNING 1)
SELECT (SELECT count(*) FROM updated)::int + (SELECT count(*) FROM inserted)::int AS done`,
      source.parameters,
    );
    // What is missing was inserted by another session, or is newer than these rows.
    if ((rows[0]?.done ?? 0) < count) await transaction.query(update(source.from), source.parameters);
  }

  async #delete(transaction: Transaction, source: RowSource): Promise<void> {
    await transaction.query(
      `DELETE FROM ${this.#table} AS t USING ${source.from} WHERE ${this.#matches(source)}`,
      source.parameters,
    );
  }

  /** Which rows have the same key, as the server compares them: two texts may be one number, or one `citext`. */
  async #groups(
    transaction: Transaction,
    columns: readonly Column[],
    cells: readonly Cells[],
    count: number,
  ): Promise<number[]> {
    const keys = this.#key.map(({ name }) => cells[columns.findIndex((column) => column.name === name)]!);
    if (this.#key.every(({ kind }) => INTEGERS.has(kind))) return groupsOfTexts(keys, count);
    const source = rowSource(this.#key, keys, count);
    const order = this.#key.map((column) => source.value(column)).join(", ");
    const { rows } = await transaction.query<{ groups: number[] | null }>(
      `SELECT array_agg(g ORDER BY n) AS groups FROM (SELECT dense_rank() OVER (ORDER BY ${order})::int AS g, s.n FROM ${source.from}) ranked`,
      source.parameters,
    );
    return rows[0]?.groups ?? [];
  }

  /** The rows `t` that rows of the source replace or delete. */
  #matches(source: RowSource): string {
    const keys = this.#key.map((column) => `t.${quoteIdentifier(column.name)} = ${source.value(column)}`);
    const guard = this.#guard?.condition((column) => this.#said(source, column));
    return [...keys, ...(guard === undefined ? [] : [guard])].join(" AND ");
  }

  /** A column's value, NULL where no row says it. */
  #said(source: RowSource, column: Column): string {
    return source.columns.includes(column) ? source.value(column) : `NULL::${column.castType}`;
  }

  #isKey(name: string): boolean {
    return this.#key.some((column) => column.name === name);
  }

  #keyNames(): string {
    return quoteList(this.#key.map(({ name }) => name));
  }
}

/** Those of the rows that are in a range, counted from its start. */
function rowsIn(rows: Iterable<number>, start: number, end: number): Set<number> {
  const inside = new Set<number>();
  for (const row of rows) if (row >= start && row < end) inside.add(row - start);
  return inside;
}

function groupsOfTexts(columns: readonly Cells[], rows: number): number[] {
  const groups = new Map<string, number>();
  return Array.from({ length: rows }, (_, row) => {
    const key = columns.map((column) => column.value(row)?.toString("latin1")).join(" ");
    const group = groups.get(key) ?? groups.size;
    groups.set(key, group);
    return group;
  });
}
