import type { CheckFinding } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "./config.ts";
import type { Transaction } from "./connection/transaction.ts";
import { quoteIdentifier, quoteQualified } from "./table/identifiers.ts";
import { metadataColumns } from "./table/layout.ts";
import type { Target } from "./table/target-table.ts";

interface Relation {
  readonly kind: string;
  readonly insertable: boolean;
  readonly secured: boolean;
  readonly policies: boolean;
}

/** What `pg_relation_is_updatable` adds for INSERT. */
const INSERT_EVENT = 8;
const RELATION_SQL = `
SELECT c.relkind AS kind,
       pg_relation_is_updatable(c.oid, true) & ${INSERT_EVENT} <> 0 AS insertable,
       row_security_active(c.oid) AS secured,
       EXISTS (SELECT FROM pg_policy p
                WHERE p.polrelid = c.oid AND p.polcmd IN ('a', '*') AND p.polpermissive
                  AND (p.polroles = '{0}' OR EXISTS (SELECT FROM unnest(p.polroles) r WHERE pg_has_role(r, 'MEMBER')))) AS policies
  FROM pg_class c
 WHERE c.oid = to_regclass($1)`;
const COLUMN_PRIVILEGES_SQL = `
SELECT name, has_column_privilege($1, name, $2) AS holds FROM unnest($3::text[]) AS name`;
const VIEW = "v";

/** What would refuse rows of an existing table or view, besides its columns and the privileges on the whole of it. */
export async function relationFindings(
  transaction: Transaction,
  config: PostgresSinkConfig,
  target: Target,
  user: string,
): Promise<CheckFinding[]> {
  const table = quoteQualified(config.target_schema, config.target_table);
  const { rows } = await transaction.query<Relation & Record<string, unknown>>(RELATION_SQL, [table]);
  const [relation] = rows;
  if (relation === undefined) return [];
  const findings: CheckFinding[] = [];
  if (!relation.insertable) {
    const fix =
      relation.kind === VIEW ? `CREATE TRIGGER … INSTEAD OF INSERT ON ${table}` : "name a table that can be written to";
    findings.push({ level: "error", message: `${table} cannot be written to`, fix });
  }
  if (relation.secured) {
    findings.push(
      relation.policies
        ? {
            level: "warning",
            message: `row-level security applies to ${user} on ${table}: rows that its policies refuse are rejected, and COPY is not used`,
            fix: `ALTER ROLE ${quoteIdentifier(user)} BYPASSRLS, if all rows are to be written`,
          }
        : {
            level: "error",
            message: `row-level security applies to ${user} on ${table}, and no policy lets it insert rows`,
            fix: `CREATE POLICY … ON ${table} FOR INSERT TO ${quoteIdentifier(user)} WITH CHECK (true)`,
          },
    );
  }
  const written = writtenColumns(config);
  for (const { name, notNull, hasDefault } of target.columns.values()) {
    if (written === undefined || written.has(name) || !notNull || hasDefault) continue;
    findings.push({
      level: "error",
      message: `column ${name} of ${table} is NOT NULL without a default, and the sink does not write it`,
      fix: `ALTER TABLE ${table} ALTER COLUMN ${quoteIdentifier(name)} DROP NOT NULL, or give it a default`,
    });
  }
  return findings;
}

/** The columns that a privilege is missing for, which need not be held on the whole table. */
export async function columnsWithoutPrivilege(
  transaction: Transaction,
  config: PostgresSinkConfig,
  target: Target,
  privilege: string,
): Promise<string[]> {
  const needed = [...target.columns.keys()].filter((name) => writtenColumns(config)?.has(name) !== false);
  const table = quoteQualified(config.target_schema, config.target_table);
  const { rows } = await transaction.query<{ name: string; holds: boolean }>(COLUMN_PRIVILEGES_SQL, [
    table,
    privilege,
    needed,
  ]);
  return rows.filter(({ holds }) => !holds).map(({ name }) => name);
}

/** `undefined`: every column that a message has a field for. */
function writtenColumns(config: PostgresSinkConfig): ReadonlySet<string> | undefined {
  if (config.layout === "columns" && config.columns === undefined) return undefined;
  const fields = config.layout === "payload" ? ["payload"] : (config.columns ?? []).map(({ name }) => name);
  return new Set([...metadataColumns(config).map(({ name }) => name), ...fields, ...keyColumns(config)]);
}
