import { duration, path, secret } from "@iggy-connectors/sdk";
import { z } from "zod";
import { identifierFault } from "./table/identifiers.ts";

const identifier = (meaning: string, example: string) =>
  z
    .string()
    .refine((name) => identifierFault(name) === undefined, {
      error: ({ input }) => String(identifierFault(String(input))),
    })
    .describe(meaning)
    .meta({ example });

const file = (meaning: string, example: string) => z.string().min(1).optional().describe(meaning).meta({ example });

export const TLS_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

const tls = z.object({
  mode: z
    .enum(TLS_MODES)
    .optional()
    .describe(
      "`disable`: never. `prefer`: where the server offers it. `require`: always, whoever the server is. `verify-ca`: with a certificate of a trusted authority. `verify-full`: and with the host's name in it. Absent: `sslmode` of the connection string, else `prefer`.",
    )
    .meta({ example: "verify-full" }),
  ca_file: file("PEM file of the authorities to trust instead of the system's.", "/etc/ssl/own-ca.pem"),
  cert_file: file("PEM file of the own certificate, for a server that asks for one.", "/etc/ssl/client.pem"),
  key_file: file("PEM file of its key.", "/etc/ssl/client.key"),
  key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
  server_name: file("The name that the server's certificate must have, when it is not the host.", "db.internal"),
});

const column = z.object({
  name: identifier("Name of the column.", "user_id"),
  path: path("Where in a message its value is. Absent: the field of that name", "user.id").optional(),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_ ]{0,62}(?:\(\d{1,4}(?:,\s?\d{1,4})?\))?(?:\[\])?$/i, {
      error: 'must be the name of a type, such as "bigint", "numeric(12,2)" or "timestamp with time zone"',
    })
    .default("text")
    .describe("Type of the column where it is made.")
    .meta({ example: "bigint" }),
  required: z.boolean().default(false).describe("A message without it is rejected."),
});

export const postgresSinkConfig = z
  .object({
    connection_string: secret()
      .refine((text) => /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text), {
        error: "must be a URL such as postgres://user:password@host:5432/database",
      })
      .describe("URL of the database, with `sslmode` and the like as parameters.")
      .meta({ example: "postgres://iggy:a-password@localhost:5432/events" }),
    target_table: identifier("Table that is written to: one name, not a path.", "iggy_messages"),
    target_schema: identifier("Its schema. Absent: the first of `search_path` that has it.", "public").optional(),
    auto_create_table: z.boolean().default(false).describe("Makes the table at the start when there is none."),
    layout: z
      .enum(["payload", "columns"])
      .default("payload")
      .describe(
        "`payload`: a fixed set of columns, the message in one of them. `columns`: each field of a JSON message in a column of its own.",
      ),
    payload_format: z
      .enum(["bytea", "json", "text"])
      .default("bytea")
      .describe("Type of the column `payload`: `bytea` any bytes, `json` a `jsonb`, `text` UTF-8."),
    include_metadata: z
      .boolean()
      .default(true)
      .describe("Columns `iggy_offset`, `iggy_timestamp`, `iggy_stream`, `iggy_topic`, `iggy_partition_id`."),
    include_checksum: z
      .boolean()
      .default(true)
      .describe("Column `iggy_checksum`; in a `bigint` the upper half is negative."),
    include_origin_timestamp: z.boolean().default(true).describe("Column `iggy_origin_timestamp`."),
    columns: z
      .array(column)
      .min(1)
      .optional()
      .describe("With `columns`: what goes where. Absent: fields go to the columns of their names."),
    unknown_fields: z
      .enum(["ignore", "reject", "add"])
      .default("ignore")
      .describe(
        "With `columns`: what becomes of a field without a column. `add` adds one, of the type that the values have.",
      ),
    insert_mode: z
      .enum(["insert", "ignore", "upsert"])
      .default("insert")
      .describe(
        "What a row does whose key is there: `insert`: it is rejected. `ignore`: nothing. `upsert`: it replaces the other.",
      ),
    key: z
      .array(identifier("A column.", "id"))
      .optional()
      .describe(
        'Columns of the key, the primary key of a table that is made. Absent: `["id"]` with `payload`, none with `columns`.',
      )
      .meta({ example: ["iggy_stream", "iggy_topic", "iggy_partition_id", "iggy_offset"] }),
    method: z
      .enum(["copy", "insert"])
      .default("copy")
      .describe("`copy`: one `COPY` per batch. `insert`: statements of `batch_size` rows, for what has no `COPY`."),
    batch_size: z
      .int()
      .min(1)
      .max(65_535)
      .default(100)
      .describe("Most rows of one `INSERT` statement. A batch is one transaction whatever this is."),
    offsets: z
      .enum(["table", "iggy"])
      .default("table")
      .describe("`table`: the offset is stored in the transaction of the rows, exactly once. `iggy`: at least once."),
    offsets_table: identifier(
      "Table of the offsets, in `target_schema`; made when there is none.",
      "iggy_offsets",
    ).default("iggy_connector_offsets"),
    max_connections: z.int().min(1).max(1000).default(10).describe("Most connections of one task."),
    connect_timeout: duration().prefault("10s").describe("For one attempt to connect; 0 = none."),
    statement_timeout: duration().prefault("60s").describe("For one statement; 0 = none."),
    application_name: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe("What `pg_stat_activity` shows. Absent: `iggy-connectors/` and the connector's key.")
      .meta({ example: "events-sink" }),
    tls: tls.optional().describe("Encryption; what is said here goes before the connection string."),
    max_retries: z
      .int()
      .min(0)
      .max(1000)
      .default(3)
      .describe("Attempts of a transaction, before the runtime's own retry takes over."),
    retry_delay: duration().prefault("1s").describe("Delay before the second attempt; it grows by as much each time."),
    verbose_logging: z.boolean().default(false).describe("Logs each batch at info instead of debug."),
  })
  .superRefine((config, context) => {
    const issue = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (config.layout === "payload" && config.columns !== undefined) issue("columns", 'needs layout = "columns"');
    if (config.layout === "payload" && config.unknown_fields !== "ignore") {
      issue("unknown_fields", 'needs layout = "columns"');
    }
    if (config.insert_mode === "upsert" && keyColumns(config).length === 0) {
      issue("key", 'insert_mode = "upsert" needs to know which columns are the key');
    }
    if (config.offsets_table === config.target_table) issue("offsets_table", "must not be the target table");
    const names = (config.columns ?? []).map(({ name }) => name);
    if (new Set(names).size < names.length) issue("columns", "names a column twice");
  });

export type PostgresSinkConfig = z.infer<typeof postgresSinkConfig>;

/** The columns by which rows are told apart. */
export function keyColumns({ key, layout }: Pick<PostgresSinkConfig, "key" | "layout">): readonly string[] {
  return key ?? (layout === "payload" ? ["id"] : []);
}
