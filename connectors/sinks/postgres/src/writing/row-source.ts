import type { Parameter } from "../connection/transaction.ts";
import type { Cells } from "../rows/cells.ts";
import type { Column } from "../table/column.ts";
import { quoteIdentifier } from "../table/identifiers.ts";

/** Rows as a relation `s` of a statement: each column is one parameter, an array or the value of all rows. `s.n` counts them from 1. */
export interface RowSource {
  /** `(SELECT … FROM unnest(…) WITH ORDINALITY …) AS s` */
  readonly from: string;
  readonly parameters: readonly Parameter[];
  /** The columns that some row says, in order. */
  readonly columns: readonly Column[];
  /** Whether some rows lack a column that others say. */
  readonly isPartial: boolean;
  /** A column's value; NULL where the row lacks it. */
  value(column: Column): string;
  /** Whether the row says the column, as an expression; `undefined`: every row does. */
  says(column: Column): string | undefined;
}

/** Rows of these values by column; their order is kept. */
export function rowSource(columns: readonly Column[], cells: readonly Cells[], count: number): RowSource {
  const said: Column[] = [];
  const parameters: Parameter[] = [];
  const arrays: string[] = [];
  const names: string[] = [];
  const selected: string[] = [];
  const values = new Map<string, string>();
  const masks = new Map<string, string>();
  const parameter = (value: Parameter): string => `$${parameters.push(value)}`;
  const array = (value: Parameter, type: string, name: string): string => {
    arrays.push(`${parameter(value)}::${type}[]`);
    names.push(name);
    return `r.${name}`;
  };
  for (const [number, column] of columns.entries()) {
    const mine = cells[number]!;
    if (mine.absences > 0 && mine.absences === count) continue;
    said.push(column);
    const name = `c${number}`;
    const type = mine.isBinary ? "bytea" : "text";
    const sent =
      mine.isUniform || count === 0
        ? `${parameter(count === 0 ? null : mine.value(0))}::${type}`
        : array(mine.array(), type, name);
    selected.push(`${castTo(column, sent)} AS ${name}`);
    values.set(column.name, `s.${name}`);
    if (mine.absences === 0) continue;
    const mask = `m${number}`;
    selected.push(`${array(maskOf(mine), "bool", mask)} AS ${mask}`);
    masks.set(column.name, `s.${mask}`);
  }
  const rows =
    arrays.length === 0
      ? `generate_series(1, ${parameter(count)}::bigint) AS r (n)`
      : `unnest(${arrays.join(", ")}) WITH ORDINALITY AS r (${[...names, "n"].join(", ")})`;
  return {
    from: `(SELECT ${[...selected, "r.n"].join(", ")} FROM ${rows}) AS s`,
    parameters,
    columns: said,
    isPartial: masks.size > 0,
    value: ({ name }) => values.get(name)!,
    says: ({ name }) => masks.get(name),
  };
}

/** A text as the input of the type reads it, as `COPY` does. */
function castTo({ castType, hasOwnCast }: Column, text: string): string {
  return hasOwnCast ? `(ARRAY[${text}]::text::${castType}[])[1]` : `${text}::${castType}`;
}

/** Which rows say the column, as the literal of an array. */
function maskOf(cells: Cells): string {
  return `{${Array.from({ length: cells.length }, (_, row) => (cells.isAbsent(row) ? "f" : "t")).join(",")}}`;
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
