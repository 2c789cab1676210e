import { arrayLiteral, type Cell, type ColumnRows } from "../rows/column-rows.ts";
import type { Column } from "../table/column.ts";
import { quoteIdentifier } from "../table/identifiers.ts";

/** Rows as a relation `s` of a statement: each column is one parameter, an array. `s.n` counts them from 1. */
export interface RowSource {
  /** `unnest(…) WITH ORDINALITY AS s (…)` */
  readonly from: string;
  readonly parameters: readonly string[];
  /** The columns that some row says, in order. */
  readonly columns: readonly Column[];
  /** Whether some rows lack a column that others say. */
  readonly isPartial: boolean;
  /** A column's value; NULL where the row lacks it. */
  value(column: Column): string;
  /** Whether the row says the column, as an expression; `undefined`: every row does. */
  says(column: Column): string | undefined;
}

/** Rows of which each says a column, or none does, by the number of the row; the order is kept. */
export function rowSource(columns: readonly Column[], cells: readonly (readonly Cell[])[]): RowSource {
  const said: Column[] = [];
  const parameters: string[] = [];
  const functions: string[] = [];
  const names: string[] = [];
  const values = new Map<string, string>();
  const masks = new Map<string, string>();
  const add = (literal: string, type: string, name: string): void => {
    parameters.push(literal);
    functions.push(`$${parameters.length}::${type}[]`);
    names.push(name);
  };
  for (const [number, column] of columns.entries()) {
    const mine = cells[number]!;
    const lacking = mine.reduce((count, cell) => (cell === undefined ? count + 1 : count), 0);
    if (lacking > 0 && lacking === mine.length) continue;
    said.push(column);
    const name = `c${number}`;
    // Arrays of arrays would be unnested to their elements: their texts are sent.
    add(arrayLiteral(mine), column.inArrays ? column.castType : "text", name);
    values.set(column.name, column.inArrays ? `s.${name}` : `s.${name}::${column.castType}`);
    if (lacking === 0) continue;
    add(`{${mine.map((cell) => (cell === undefined ? "f" : "t")).join(",")}}`, "bool", `m${number}`);
    masks.set(column.name, `s.m${number}`);
  }
  if (parameters.length === 0) add(`{${(cells[0] ?? []).map(() => "t").join(",")}}`, "bool", "c");
  return {
    from: `unnest(${functions.join(", ")}) WITH ORDINALITY AS s (${[...names, "n"].join(", ")})`,
    parameters,
    columns: said,
    isPartial: masks.size > 0,
    value: ({ name }) => values.get(name)!,
    says: ({ name }) => masks.get(name),
  };
}

/** The cells of rows `start` … `end` − 1, by column. */
export function cellsOf(rows: ColumnRows, width: number, start: number, end: number): Cell[][] {
  return Array.from({ length: width }, (_, column) => rows.column(column).slice(start, end));
}

/** The columns of an `INSERT`, and what it takes: defaults where a row lacks a column. */
export function insertion(source: RowSource): { readonly columns: string; readonly values: string } {
  return {
    columns: source.columns.map(({ name }) => quoteIdentifier(name)).join(", "),
    values: source.columns
      .map((column) => {
        const says = source.says(column);
        const value = source.value(column);
        return says === undefined ? value : `CASE WHEN ${says} THEN ${value} ELSE ${column.defaultSql ?? "NULL"} END`;
      })
      .join(", "),
  };
}
