import { type CheckFinding, findingOf } from "@iggy-connectors/sdk";
import { columnsWithoutPrivilege, relationFindings } from "./check-relation.ts";
import { keyColumns, type PostgresSinkConfig } from "./config.ts";
import type { Parameter, Transaction } from "./connection/transaction.ts";
import type { OffsetTable } from "./offsets/offset-table.ts";
import { quoteIdentifier, quoteList, quoteQualified } from "./table/identifiers.ts";
import { layoutFaults } from "./table/layout.ts";
import { checkCreatable, readTarget, type Target } from "./table/target-table.ts";
import { rowGuard } from "./writing/row-guard.ts";

const OWNER_SQL = "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass($1))";
const IS_VIEW_SQL = "(SELECT relkind = 'v' FROM pg_class WHERE oid = to_regclass($1))";
const UNIQUE_INDEXES_SQL = `
SELECT array_agg(a.attname::text) AS columns
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
 WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
 GROUP BY i.indexrelid`;

/** The privileges that a user needs on the table. */
const PRIVILEGES: Readonly<Record<PostgresSinkConfig["insert_mode"], readonly string[]>> = {
  insert: ["INSERT"],
  ignore: ["INSERT", "SELECT"],
  upsert: ["INSERT", "UPDATE", "SELECT"],
};

/** Reports what is missing, without changing anything. */
export async function checkDatabase(
  transaction: Transaction,
  config: PostgresSinkConfig,
  offsets: OffsetTable | undefined,
): Promise<readonly CheckFinding[]> {
  const { rows } = await transaction.query<{ user: string }>('SELECT current_user AS "user"');
  const check = new DatabaseCheck(transaction, config, rows[0]?.user ?? "");
  if (!(await check.schema())) return check.findings;
  await check.table();
  await check.offsets(offsets);
  return check.findings;
}

class DatabaseCheck {
  readonly findings: CheckFinding[] = [];
  readonly #transaction: Transaction;
  readonly #config: PostgresSinkConfig;
  readonly #user: string;

  constructor(transaction: Transaction, config: PostgresSinkConfig, user: string) {
    this.#transaction = transaction;
    this.#config = config;
    this.#user = user;
  }

  /** False: it does not exist, and neither can anything in it. */
  async schema(): Promise<boolean> {
    const { target_schema: schema } = this.#config;
    if (schema === undefined) return true;
    const name = quoteIdentifier(schema);
    if (await this.#holds("to_regnamespace($1) IS NOT NULL", name)) return true;
    this.#found("error", `schema ${schema} does not exist`, `CREATE SCHEMA ${name}`);
    return false;
  }

  async table(): Promise<void> {
    const { target_schema, target_table, auto_create_table } = this.#config;
    const table = quoteQualified(target_schema, target_table);
    const target = await readTarget(this.#transaction, target_schema, target_table);
    const { columns } = target;
    if (columns.size > 0) {
      for (const { message, fix = "" } of layoutFaults(this.#config, columns)) this.#found("error", message, fix);
      await this.#existing(table, target);
    } else if (auto_create_table) {
      await this.#creation(`the table ${table}`);
      this.#creatable();
    } else {
      this.#found("error", `table ${table} does not exist`, "create it, or set auto_create_table = true");
    }
  }

  async offsets(offsets: OffsetTable | undefined): Promise<void> {
    if (offsets === undefined) {
      const message = 'delivery is at least once, since offsets = "iggy" does not store them with the rows';
      this.#found("warning", message, 'set offsets = "table" for exactly-once delivery');
      return;
    }
    const { name } = offsets;
    if (!(await offsets.exists(this.#transaction))) return this.#creation(`the offset table ${name}`);
    await this.#privileges(name, ["SELECT", "INSERT", "UPDATE"]);
    const missing = await offsets.missingColumns(this.#transaction);
    if (missing.length === 0 || (await this.#holds(OWNER_SQL, name))) return;
    this.#found(
      "warning",
      `${name} was made by an earlier version and has no column ${missing.join(", ")}; a topic that is deleted and created again is not recognised`,
      `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS history text, ADD COLUMN IF NOT EXISTS last_timestamp bigint`,
    );
  }

  async #existing(table: string, target: Target): Promise<void> {
    const { insert_mode, unknown_fields, changes, truncates } = this.#config;
    for (const privilege of PRIVILEGES[insert_mode]) await this.#columnPrivilege(table, target, privilege);
    if (changes === "events") await this.#privileges(table, ["DELETE", ...(truncates === "apply" ? ["TRUNCATE"] : [])]);
    if (unknown_fields === "add" && !(await this.#holds(OWNER_SQL, table))) {
      const fix = "make it the owner of the table, or change unknown_fields";
      this.#found("error", `${this.#user} is not allowed to add columns to ${table}`, fix);
    }
    if (insert_mode === "upsert") this.#olderMessages(table, target);
    this.findings.push(...(await relationFindings(this.#transaction, this.#config, target, this.#user)));
    const key = keyColumns(this.#config);
    // The index of a view is that of its table.
    if (insert_mode === "insert" || key.length === 0 || (await this.#holds(IS_VIEW_SQL, table))) return;
    const { rows } = await this.#transaction.query<{ columns: string[] }>(UNIQUE_INDEXES_SQL, [table]);
    const wanted = [...key].sort().join("\0");
    if (rows.some(({ columns }) => [...columns].sort().join("\0") === wanted)) return;
    this.#found("error", `${table} has no unique index on (${key.join(", ")})`, "create it, or correct key");
  }

  /** What happens to messages that come later than newer ones, where no column of the row tells. */
  #olderMessages(table: string, { columns }: Target): void {
    const faults = [
      ...(rowGuard(this.#config, columns, false) === undefined
        ? ["a message that is consumed again replaces the row of a newer one"]
        : []),
      ...(rowGuard(this.#config, columns, true) === undefined
        ? ["a dead letter that is replayed is refused where its row exists"]
        : []),
    ];
    if (faults.length === 0) return;
    this.#found(
      "warning",
      `${table} has no column that tells whether a message is newer than a row: ${faults.join(", and ")}`,
      "set version, or set include_metadata = true and add its columns to the table",
    );
  }

  async #privileges(table: string, privileges: readonly string[]): Promise<void> {
    for (const privilege of privileges) {
      if (await this.#holds("has_table_privilege($1, $2)", table, privilege)) continue;
      this.#found(
        "error",
        `${this.#user} has no ${privilege} privilege on ${table}`,
        this.#grant(`${privilege} ON ${table}`),
      );
    }
  }

  /** A privilege on the table, or on each of the columns that are written. */
  async #columnPrivilege(table: string, target: Target, privilege: string): Promise<void> {
    if (await this.#holds("has_table_privilege($1, $2)", table, privilege)) return;
    const missing = await columnsWithoutPrivilege(this.#transaction, this.#config, target, privilege);
    if (missing.length === 0) return;
    const some =
      missing.length < target.columns.size && (await this.#holds("has_any_column_privilege($1, $2)", table, privilege));
    const what = some ? `${privilege} (${quoteList(missing)})` : privilege;
    this.#found("error", `${this.#user} has no ${what} privilege on ${table}`, this.#grant(`${what} ON ${table}`));
  }

  async #creation(what: string): Promise<void> {
    const { target_schema: schema = null } = this.#config;
    if (await this.#holds("has_schema_privilege(coalesce($1, current_schema()), 'CREATE')", schema)) return;
    const fix = this.#grant(`CREATE ON SCHEMA ${quoteIdentifier(schema ?? "public")}`);
    this.#found("error", `${this.#user} is not allowed to create ${what}`, fix);
  }

  #creatable(): void {
    try {
      checkCreatable(this.#config);
    } catch (error) {
      this.findings.push(findingOf(error));
    }
  }

  async #holds(condition: string, ...parameters: readonly Parameter[]): Promise<boolean> {
    const { rows } = await this.#transaction.query<{ holds: boolean | null }>(
      `SELECT ${condition} AS holds`,
      parameters,
    );
    return rows[0]?.holds === true;
  }

  #grant(what: string): string {
    return `GRANT ${what} TO ${quoteIdentifier(this.#user)}`;
  }

  #found(level: CheckFinding["level"], message: string, fix: string): void {
    this.findings.push({ level, message, fix });
  }
}
