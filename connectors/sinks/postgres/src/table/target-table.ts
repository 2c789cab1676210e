import { FatalError } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Transaction } from "../connection/transaction.ts";
import { type Column, kindOf } from "./column.ts";
import { quoteIdentifier, quoteQualified } from "./identifiers.ts";
import { createTableSql, type DeclaredColumn, layoutFaults } from "./layout.ts";

/** The table, or view, that is written to, as the catalog described it last. */
export interface Target {
  /** The columns that may be written, in the table's order; none: there is no such table. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Whether `COPY` can write to it: not to a view, nor where row-level security applies to the user. */
  readonly copies: boolean;
}

/** Generated columns are left out: they cannot be written. A domain counts as its base type. */
const COLUMNS_SQL = `
SELECT a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       b.typname::text AS type_name,
       quote_ident(n.nspname) || '.' || quote_ident(b.typname) AS cast_type,
       b.typarray <> 0 AND b.typdelim = ',' AND b.typcategory <> 'A' AND EXISTS (
         SELECT FROM pg_cast
          WHERE castsource = 'text'::regtype AND casttarget = b.oid AND castmethod = 'f') AS has_own_cast,
       e.typname::text AS element_name,
       format_type(e.oid, NULL) AS element_type,
       (a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL OR c.relkind = 'v') AS has_default,
       coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(t.typdefaultbin, 0)) AS default_sql,
       a.attnotnull AS not_null,
       c.relkind <> 'v' AND NOT row_security_active(c.oid) AS copies
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
 CROSS JOIN LATERAL (
    WITH RECURSIVE base AS (
      SELECT t.oid, t.typtype, t.typbasetype
       UNION ALL
      SELECT inner_type.oid, inner_type.typtype, inner_type.typbasetype
        FROM base JOIN pg_type inner_type ON inner_type.oid = base.typbasetype
    ) SELECT oid FROM base WHERE typtype <> 'd') resolved
  JOIN pg_type b ON b.oid = resolved.oid
  JOIN pg_namespace n ON n.oid = b.typnamespace
  LEFT JOIN pg_type e ON b.typcategory = 'A' AND e.oid = b.typelem
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = '' AND a.attidentity <> 'a'
 ORDER BY a.attnum`;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly type_name: string;
  readonly cast_type: string;
  readonly has_own_cast: boolean;
  readonly element_name: string | null;
  readonly element_type: string | null;
  readonly has_default: boolean;
  readonly default_sql: string | null;
  readonly not_null: boolean;
  readonly copies: boolean;
}

/** What the catalog says now. */
export async function readTarget(transaction: Transaction, schema: string | undefined, table: string): Promise<Target> {
  const { rows } = await transaction.query<ColumnRow>(COLUMNS_SQL, [quoteQualified(schema, table)]);
  return {
    columns: new Map(rows.map((row) => [row.name, columnOf(row)])),
    copies: rows.every(({ copies }) => copies),
  };
}

function columnOf(row: ColumnRow): Column {
  const { name, type, element_name: element } = row;
  return {
    name,
    type,
    kind: element === null ? kindOf(row.type_name) : "array",
    ...(element === null ? {} : { element: { kind: kindOf(element), type: row.element_type ?? element } }),
    castType: row.cast_type,
    hasOwnCast: row.has_own_cast,
    hasDefault: row.has_default,
    ...(row.default_sql === null ? {} : { defaultSql: row.default_sql }),
    notNull: row.not_null,
  };
}

/** Whether two readings of the catalog say the same. */
export function sameTarget(one: Target, other: Target): boolean {
  return (
    one.copies === other.copies &&
    JSON.stringify([...one.columns.values()]) === JSON.stringify([...other.columns.values()])
  );
}

/** Finds the table, or makes it where that is allowed. @throws FatalError when it is missing or does not suit. */
export async function prepareTable(transaction: Transaction, config: PostgresSinkConfig): Promise<Target> {
  const { target_schema: schema, target_table: table } = config;
  let target = await readTarget(transaction, schema, table);
  if (target.columns.size === 0 && config.auto_create_table) {
    checkCreatable(config);
    await transaction.lockForCreation();
    await transaction.query(createTableSql(config));
    target = await readTarget(transaction, schema, table);
  }
  if (target.columns.size === 0) {
    throw new FatalError(`table ${quoteQualified(schema, table)} does not exist`, {
      code: "IGC_SINK_POSTGRES_SCHEMA",
      place: "target_table",
      fix: "create it, or set auto_create_table = true",
    });
  }
  const [fault] = layoutFaults(config, target.columns);
  if (fault !== undefined) throw fault;
  return target;
}

/** Adds columns that messages have and the table has not; another task may have added them meanwhile, with other types. */
export async function addColumns(
  transaction: Transaction,
  config: PostgresSinkConfig,
  added: readonly DeclaredColumn[],
): Promise<Target> {
  const { target_schema: schema, target_table: table } = config;
  const clauses = added.map(({ name, type }) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(name)} ${type}`);
  await transaction.query(`ALTER TABLE ${quoteQualified(schema, table)} ${clauses.join(", ")}`);
  return readTarget(transaction, schema, table);
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
