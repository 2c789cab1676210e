import { type CheckFinding, ConnectorError } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "./config.ts";
import type { Transaction } from "./connection/transaction.ts";
import type { OffsetTable } from "./offsets/offset-table.ts";
import { quoteIdentifier, quoteQualified } from "./table/identifiers.ts";
import { layoutFaults } from "./table/layout.ts";
import { checkMakeable, readColumns } from "./table/target-table.ts";

/** Says what is missing, without changing anything. */
export async function checkDatabase(
  transaction: Transaction,
  config: PostgresSinkConfig,
  offsets: OffsetTable | undefined,
): Promise<CheckFinding[]> {
  const findings: CheckFinding[] = [];
  const found = (level: CheckFinding["level"], message: string, fix: string) =>
    void findings.push({ level, message, fix });
  const holds = async (sql: string, parameters: readonly string[]): Promise<boolean> => {
    const { rows } = await transaction.query<{ holds: boolean | null }>(`SELECT ${sql} AS holds`, parameters);
    return rows[0]?.holds === true;
  };
  const user = (await transaction.query<{ user: string }>('SELECT current_user AS "user"')).rows[0]?.user ?? "";
  const grant = (what: string) => `GRANT ${what} TO ${quoteIdentifier(user)}`;
  const schema = config.target_schema;

  if (schema !== undefined && !(await holds("to_regnamespace($1) IS NOT NULL", [quoteIdentifier(schema)]))) {
    found("error", `there is no schema ${schema}`, `CREATE SCHEMA ${quoteIdentifier(schema)}`);
    return findings;
  }
  const mayCreate = await holds("has_schema_privilege(coalesce($1, current_schema()), 'CREATE')", [
    schema as unknown as string,
  ]);
  const grantCreate = grant(`CREATE ON SCHEMA ${quoteIdentifier(schema ?? "public")}`);

  const table = quoteQualified(schema, config.target_table);
  const columns = await readColumns(transaction, schema, config.target_table);
  if (columns.size > 0) {
    for (const { message, fix = "" } of layoutFaults(config, columns)) found("error", message, fix);
    const upsert = config.insert_mode === "upsert";
    const needed = upsert
      ? ["INSERT", "UPDATE", "SELECT"]
      : config.insert_mode === "ignore"
        ? ["INSERT", "SELECT"]
        : ["INSERT"];
    for (const privilege of needed) {
      if (await holds("has_table_privilege($1, $2)", [table, privilege])) continue;
      found("error", `${user} may not ${privilege} on ${table}`, grant(`${privilege} ON ${table}`));
    }
    if (config.unknown_fields === "add" && !(await holds(OWNER_SQL, [table]))) {
      found("error", `${user} may not add columns to ${table}`, "let it own the table, or set unknown_fields");
    }
    const key = keyColumns(config);
    if (config.insert_mode !== "insert" && key.length > 0 && !(await hasUniqueIndex(transaction, table, key))) {
      found("error", `${table} has no unique index on (${key.join(", ")})`, "create one, or correct key");
    }
  } else if (!config.auto_create_table) {
    found("error", `there is no table ${table}`, "create it, or set auto_create_table = true");
  } else {
    if (!mayCreate) found("error", `${user} may not make the table ${table}`, grantCreate);
    try {
      checkMakeable(config);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      found("error", error.message, error.fix ?? "");
    }
  }
  if (
    config.insert_mode !== "insert" &&
    !(await holds("has_database_privilege(current_database(), 'TEMPORARY')", []))
  ) {
    found("error", `${user} may not make temporary tables`, grant("TEMPORARY ON DATABASE …"));
  }
  await checkOffsets();
  return findings;

  async function checkOffsets(): Promise<void> {
    if (offsets === undefined) {
      found(
        "warning",
        'delivery is at least once, since offsets = "iggy" keeps them apart from the rows',
        'set offsets = "table" for exactly once',
      );
      return;
    }
    const name = quoteQualified(schema, config.offsets_table);
    if (!(await offsets.exists(transaction))) {
      if (!mayCreate) found("error", `${user} may not make the table of offsets ${name}`, grantCreate);
      return;
    }
    for (const privilege of ["SELECT", "INSERT", "UPDATE"]) {
      if (await holds("has_table_privilege($1, $2)", [name, privilege])) continue;
      found("error", `${user} may not ${privilege} on ${name}`, grant(`${privilege} ON ${name}`));
    }
  }
}

const OWNER_SQL = "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass($1))";

async function hasUniqueIndex(transaction: Transaction, table: string, key: readonly string[]): Promise<boolean> {
  const { rows } = await transaction.query<{ columns: string[] }>(
    `SELECT array_agg(a.attname::text) AS columns
       FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
      WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
      GROUP BY i.indexrelid`,
    [table],
  );
  const wanted = [...key].sort().join("\0");
  return rows.some(({ columns }) => [...columns].sort().join("\0") === wanted);
}
