import { FatalError } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import { type Column, kindOf } from "./column.ts";
import { quoteIdentifier, quoteQualified } from "./identifiers.ts";
import { createTableSql, type DeclaredColumn, layoutFaults } from "./layout.ts";

/** Generated columns are left out: they cannot be written. A domain counts as its base type. */
const COLUMNS_SQL = `
SELECT a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(b.typname, t.typname) AS type_name,
       (a.atthasdef OR a.attidentity <> '') AS has_default,
       a.attnotnull AS not_null
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type b ON b.oid = t.typbasetype
 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = '' AND a.attidentity <> 'a'
 ORDER BY a.attnum`;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly type_name: string;
  readonly has_default: boolean;
  readonly not_null: boolean;
}

/** The columns that may be written, in the table's order; none: there is no such table. */
export async function readColumns(
  transaction: Transaction,
  schema: string | undefined,
  table: string,
): Promise<ReadonlyMap<string, Column>> {
  const { rows } = await transaction.query<ColumnRow>(COLUMNS_SQL, [quoteQualified(schema, table)]);
  return new Map(
    rows.map(({ name, type, type_name, has_default, not_null }) => [
      name,
      { name, type, kind: kindOf(type_name), hasDefault: has_default, notNull: not_null },
    ]),
  );
}

/** Finds the table, or makes it where that is allowed. @throws FatalError when it is missing or does not suit. */
export async function prepareTable(
  transaction: Transaction,
  config: PostgresSinkConfig,
): Promise<ReadonlyMap<string, Column>> {
  const { target_schema: schema, target_table: table } = config;
  let columns = await readColumns(transaction, schema, table);
  if (columns.size === 0 && config.auto_create_table) {
    checkCreatable(config);
    await transaction.lockForCreation();
    await transaction.query(createTableSql(config));
    columns = await readColumns(transaction, schema, table);
  }
  if (columns.size === 0) {
    throw new FatalError(`table ${quoteQualified(schema, table)} does not exist`, {
      code: "IGC_SINK_POSTGRES_SCHEMA",
      place: "target_table",
      fix: "create it, or set auto_create_table = true",
    });
  }
  const [fault] = layoutFaults(config, columns);
  if (fault !== undefined) throw fault;
  return columns;
}

/** Adds columns that messages have and the table has not; another task may have added them meanwhile, with other types. */
export async function addColumns(
  transaction: Transaction,
  config: PostgresSinkConfig,
  added: readonly DeclaredColumn[],
): Promise<ReadonlyMap<string, Column>> {
  const { target_schema: schema, target_table: table } = config;
  const clauses = added.map(({ name, type }) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(name)} ${type}`);
  await transaction.query(`ALTER TABLE ${quoteQualified(schema, table)} ${clauses.join(", ")}`);
  return readColumns(transaction, schema, table);
}

/** A key of a table that is made must be among the columns that are made. */
export function checkCreatable(config: PostgresSinkConfig): void {
  const made = createTableSql({ ...config, key: [] });
  for (const name of keyColumns(config)) {
    if (made.includes(`\n  ${quoteIdentifier(name)} `)) continue;
    throw new FatalError(`key contains ${name}, which is not a column of the table to create`, {
      code: "IGC_SINK_POSTGRES_SCHEMA",
      place: "key",
      fix: "add it to columns, or create the table by hand",
    });
  }
}
