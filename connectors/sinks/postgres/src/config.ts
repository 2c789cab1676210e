import { duration, path, secret } from "@iggy-connectors/sdk";
import { z } from "zod";
import { ConnectionStringError, parseConnectionString } from "./connection/connection-string.ts";
import { BYTE_ENCODINGS } from "./rows/byte-encodings.ts";
import { identifierFault } from "./table/identifiers.ts";

const identifier = (meaning: string, example: string) =>
  z
    .string()
    .refine((name) => identifierFault(name) === undefined, {
      error: ({ input }) => String(identifierFault(String(input))),
    })
    .describe(meaning)
    .meta({ example });

const file = (meaning: string, example: string) =>
  z.string().min(1).optional().describe(meaning).meta({ example, file: true });

export const TLS_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

const tls = z.object({
  mode: z
    .enum(TLS_MODES)
    .optional()
    .describe(
      "`disable`: no TLS. `prefer`: TLS where the server offers it. `require`: TLS without verifying the server. `verify-ca`: the server's certificate must be of a trusted authority. `verify-full`: and issued for the host name. Absent: `sslmode` of the connection string, else `prefer`.",
    )
    .meta({ example: "verify-full" }),
  ca_file: file("PEM file of certificate authorities to trust instead of the system's.", "/etc/ssl/own-ca.pem"),
  cert_file: file("PEM file of the client certificate, for a server that requires one.", "/etc/ssl/client.pem"),
  key_file: file("PEM file of the client certificate's key.", "/etc/ssl/client.key"),
  key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe("Name that the server's certificate must have, where it differs from the host.")
    .meta({ example: "db.internal" }),
});

const column = z.object({
  name: identifier("Name of the column.", "user_id"),
  path: path("Where a message has the value. Absent: the field with the name of the column", "user.id").optional(),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_ ]{0,62}(?:\(\d{1,4}(?:,\s?\d{1,4})?\))?(?:\[\])?$/i, {
      error: 'must be a type name such as "bigint", "numeric(12,2)" or "timestamp with time zone"',
    })
    .default("text")
    .describe("Type of the column when it is created.")
    .meta({ example: "bigint" }),
  required: z.boolean().default(false).describe("A message without the value is rejected."),
  encoding: z.enum(BYTE_ENCODINGS).optional().describe("Of a `bytea` column: `bytes_encoding` for this column."),
});

export const postgresSinkConfig = z
  .object({
    connection_string: secret()
      .refine((text) => connectionStringFault(text) === undefined, {
        error: ({ input }) => String(connectionStringFault(String(input))),
      })
      .describe(
        "Where the database is: a URL, or pairs such as `host=… dbname=…`, as libpq reads them; may name several hosts, and have `target_session_attrs` and libpq's TLS parameters such as `sslmode`.",
      )
      .meta({ example: "postgres://iggy:a-password@localhost:5432/events" }),
    password_file: file(
      "File with the password, instead of one in `connection_string`. It is read for each connection, so that the password may be rotated while the sink runs.",
      "/run/secrets/postgres",
    ),
    target_table: identifier("Table to write to, without a schema.", "iggy_messages"),
    target_schema: identifier(
      "Schema of the table. Absent: the first schema of `search_path` that has the table.",
      "public",
    ).optional(),
    auto_create_table: z.boolean().default(false).describe("Creates the table at startup if it does not exist."),
    layout: z
      .enum(["payload", "columns"])
      .default("payload")
      .describe(
        "`payload`: a fixed set of columns, one of which holds the message. `columns`: one column per field of a JSON message.",
      ),
    payload_format: z
      .enum(["bytea", "json", "text"])
      .default("bytea")
      .describe("Type of the column `payload`. `bytea`: any bytes. `json`: a `jsonb` column. `text`: UTF-8."),
    include_metadata: z
      .boolean()
      .default(true)
      .describe(
        "Writes the columns `iggy_offset`, `iggy_timestamp`, `iggy_stream`, `iggy_topic`, `iggy_partition_id`.",
      ),
    include_checksum: z
      .boolean()
      .default(true)
      .describe("Writes the column `iggy_checksum`. In a `bigint` column, values above 2⁶³ − 1 are negative."),
    include_origin_timestamp: z.boolean().default(true).describe("Writes the column `iggy_origin_timestamp`."),
    columns: z
      .array(column)
      .min(1)
      .optional()
      .describe(
        'With `layout = "columns"`: the columns and where their values are. Absent: each field goes to the column of its name.',
      ),
    unknown_fields: z
      .enum(["ignore", "reject", "add"])
      .default("ignore")
      .describe(
        'With `layout = "columns"`: what happens to a field without a column. `add` adds a column of the type of its values; numbers are `numeric`.',
      ),
    insert_mode: z
      .enum(["insert", "ignore", "upsert"])
      .default("insert")
      .describe(
        "What happens to a row whose key exists already. `insert`: it is rejected. `ignore`: it is left out. `upsert`: it replaces the existing row.",
      ),
    key: z
      .array(identifier("A column.", "id"))
      .optional()
      .describe(
        'Columns of the key; the primary key when the table is created. Absent: `["id"]` with `layout = "payload"`, none with `"columns"`.',
      )
      .meta({ example: ["iggy_stream", "iggy_topic", "iggy_partition_id", "iggy_offset"] }),
    missing_fields: z
      .enum(["clear", "keep"])
      .default("clear")
      .describe(
        'With `insert_mode = "upsert"`: what happens to a column of an existing row whose field the message lacks. `clear`: it becomes NULL, unless the column has a default. `keep`: it keeps its value.',
      ),
    version: identifier(
      'Column that tells which of two rows with the same key is newer, for `insert_mode = "upsert"`: a row is not replaced or deleted by a message with a smaller value. Absent: by offset and time of the messages, if the table has the columns of `include_metadata`.',
      "updated_at",
    ).optional(),
    changes: z
      .enum(["rows", "events"])
      .default("rows")
      .describe(
        "`rows`: each message is a row. `events`: messages of a change stream are applied: envelopes with `op`, `before` and `after`, and rows with `__deleted` or `__op`.",
      ),
    truncates: z
      .enum(["reject", "apply", "ignore"])
      .default("reject")
      .describe('With `changes = "events"`: what happens to an event that empties its table. `apply`: `TRUNCATE`.'),
    excess_precision: z
      .enum(["reject", "truncate"])
      .default("reject")
      .describe("What happens to a time that is more exact than a microsecond, which PostgreSQL cannot hold."),
    bytes_encoding: z
      .enum(BYTE_ENCODINGS)
      .default("utf8")
      .describe("What a string stands for that goes into a `bytea` column."),
    schema_refresh: duration()
      .prefault("10s")
      .describe(
        "How often the columns of the table are read again, with a batch; 0 = with each. In any case they are read again before a message is rejected.",
      ),
    method: z
      .enum(["copy", "insert"])
      .default("copy")
      .describe(
        "`copy`: one `COPY` per batch. `insert`: `INSERT` statements of `batch_size` rows, for servers without `COPY`.",
      ),
    batch_size: z
      .int()
      .min(1)
      .max(65_535)
      .default(100)
      .describe(
        'Maximum number of rows per `INSERT` statement with `method = "insert"`. A batch is one transaction in any case.',
      ),
    offsets: z
      .enum(["table", "iggy"])
      .default("table")
      .describe(
        "`table`: the offset is stored in the transaction that writes the rows (exactly once). `iggy`: in Iggy only (at least once).",
      ),
    offsets_table: identifier(
      "Table of the offsets, in `target_schema`; created if it does not exist.",
      "iggy_offsets",
    ).default("iggy_connector_offsets"),
    max_connections: z.int().min(1).max(1000).default(10).describe("Maximum number of connections per task."),
    connect_timeout: duration().prefault("10s").describe("Timeout of one attempt to connect; 0 = none."),
    statement_timeout: duration().prefault("60s").describe("Timeout of one statement; 0 = none."),
    application_name: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe("Name shown in `pg_stat_activity`. Absent: `iggy-connectors/` and the connector's key.")
      .meta({ example: "events-sink" }),
    tls: tls.optional().describe("TLS settings; they take precedence over the connection string."),
    max_retries: z
      .int()
      .min(0)
      .max(1000)
      .default(3)
      .describe("Attempts per transaction, before the runtime's own retry takes over."),
    retry_delay: duration()
      .prefault("1s")
      .describe("Delay before the second attempt; it grows by the same amount each time."),
    verbose_logging: z.boolean().default(false).describe("Logs each batch at level info instead of debug."),
  })
  .superRefine((config, context) => {
    const issue = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (config.layout === "payload" && config.columns !== undefined) issue("columns", 'requires layout = "columns"');
    if (config.layout === "payload" && config.unknown_fields !== "ignore") {
      issue("unknown_fields", 'requires layout = "columns"');
    }
    if (config.insert_mode === "upsert" && keyColumns(config).length === 0) {
      issue("key", 'is required with insert_mode = "upsert"');
    }
    if (config.insert_mode !== "upsert") {
      for (const key of ["version", "changes", "missing_fields"] as const) {
        const value = config[key];
        const isDefault = value === undefined || value === "rows" || value === "clear";
        if (!isDefault) issue(key, 'requires insert_mode = "upsert"');
      }
    }
    if (config.layout === "payload" && config.changes !== "rows") issue("changes", 'requires layout = "columns"');
    if (config.offsets_table === config.target_table) issue("offsets_table", "must not be the target table");
    const names = (config.columns ?? []).map(({ name }) => name);
    if (new Set(names).size < names.length) issue("columns", "has a duplicate column name");
  });

export type PostgresSinkConfig = z.infer<typeof postgresSinkConfig>;

/** The columns that identify a row. */
export function keyColumns({ key, layout }: Pick<PostgresSinkConfig, "key" | "layout">): readonly string[] {
  return key ?? (layout === "payload" ? ["id"] : []);
}

/** Why it cannot be read; `undefined`: it can. */
function connectionStringFault(text: string): string | undefined {
  try {
    parseConnectionString(text);
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionStringError) return error.message;
    throw error;
  }
}
