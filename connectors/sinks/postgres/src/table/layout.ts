import { FatalError } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Column, ColumnKind } from "./column.ts";
import { quoteIdentifier, quoteList, quoteQualified } from "./identifiers.ts";

/** A column that is written in every row, as it is made. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: string;
}

type Switches = Pick<
  PostgresSinkConfig,
  "layout" | "payload_format" | "include_metadata" | "include_checksum" | "include_origin_timestamp"
>;

const PAYLOAD_TYPES = { bytea: "BYTEA", json: "JSONB", text: "TEXT" } as const;
const PAYLOAD_KINDS: Readonly<Record<PostgresSinkConfig["payload_format"], readonly ColumnKind[]>> = {
  bytea: ["bytea"],
  json: ["json", "text"],
  text: ["text"],
};

/** The column of the message's id, which has another name beside columns of fields. */
const ID_COLUMNS = { payload: "id", columns: "iggy_id" } as const;

/** What is known of every message, in the original's names and types. */
export function metadataColumns(config: Switches): DeclaredColumn[] {
  const columns: DeclaredColumn[] = [];
  const id = { name: ID_COLUMNS[config.layout], type: "DECIMAL(39,0)" };
  if (config.layout === "payload" || config.include_metadata) columns.push(id);
  if (config.include_metadata) {
    columns.push(
      { name: "iggy_offset", type: "BIGINT" },
      { name: "iggy_timestamp", type: "TIMESTAMPTZ" },
      { name: "iggy_stream", type: "TEXT" },
      { name: "iggy_topic", type: "TEXT" },
      { name: "iggy_partition_id", type: "INTEGER" },
    );
  }
  if (config.include_checksum) columns.push({ name: "iggy_checksum", type: "BIGINT" });
  if (config.include_origin_timestamp) columns.push({ name: "iggy_origin_timestamp", type: "TIMESTAMPTZ" });
  return columns;
}

/** The statement that makes the table. `IF NOT EXISTS`: several tasks may start at once. */
export function createTableSql(config: PostgresSinkConfig): string {
  const key = keyColumns(config);
  const lines = metadataColumns(config).map(({ name, type }) => `${quoteIdentifier(name)} ${type}`);
  if (config.layout === "payload") {
    lines.push(
      `"payload" ${PAYLOAD_TYPES[config.payload_format]}`,
      `"created_at" TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP`,
    );
  } else {
    for (const { name, type } of config.columns ?? []) lines.push(`${quoteIdentifier(name)} ${type}`);
  }
  if (key.length > 0) lines.push(`PRIMARY KEY (${quoteList(key)})`);
  return `CREATE TABLE IF NOT EXISTS ${quoteQualified(config.target_schema, config.target_table)} (\n  ${lines.join(",\n  ")}\n)`;
}

/** What the table lacks for this configuration. Empty: nothing. */
export function layoutFaults(config: PostgresSinkConfig, columns: ReadonlyMap<string, Column>): FatalError[] {
  const faults: FatalError[] = [];
  const fault = (message: string, place: string, fix: string) =>
    void faults.push(new FatalError(message, { code: "IGC_SINK_POSTGRES_SCHEMA", place, fix }));
  const table = `table ${quoteQualified(config.target_schema, config.target_table)}`;
  if (config.layout === "payload") {
    for (const { name, type } of metadataColumns(config)) {
      if (columns.has(name)) continue;
      fault(`${table} has no column ${name}`, switchOf(name), `add it (${type}), or set ${switchOf(name)} = false`);
    }
    const payload = columns.get("payload");
    if (payload === undefined) {
      fault(`${table} has no column payload`, "target_table", 'add it, or set layout = "columns"');
    } else if (!PAYLOAD_KINDS[config.payload_format].includes(payload.kind)) {
      fault(
        `column payload of ${table} is of type ${payload.type}, but payload_format is "${config.payload_format}"`,
        "payload_format",
        "set payload_format to match the column",
      );
    }
  }
  for (const { name } of config.columns ?? []) {
    if (!columns.has(name)) fault(`${table} has no column ${name}`, "columns", "add it to the table");
  }
  const { version } = config;
  if (version !== undefined && !columns.has(version)) {
    fault(`${table} has no column ${version}`, "version", "use a column of the table");
  }
  for (const name of keyColumns(config)) {
    if (config.insert_mode !== "insert" && !columns.has(name)) {
      fault(`${table} has no column ${name}`, "key", "use the columns of a unique index of the table");
    }
  }
  return faults;
}

function switchOf(name: string): string {
  if (name === "iggy_checksum") return "include_checksum";
  if (name === "iggy_origin_timestamp") return "include_origin_timestamp";
  return name === "id" ? "target_table" : "include_metadata";
}
