import { fileURLToPath } from "node:url";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { measureRows, type RowRun, rowOptions } from "../sink-rows.ts";

const HELP = `npm run bench -- postgres [TEXT] [options]

  TEXT           only rows whose name contains it
  --rounds N     runs per row, rows alternating (default 3)
  --messages N   messages measured per run, in thousands (default 100)
  --size N       payload bytes (default 200)

CPU per message is the whole runtime process's, all threads. PostgreSQL and Iggy run in processes of their own; a message
counts when its transaction is committed. PostgreSQL syncs to the disk, as it does in production.`;

interface Row {
  readonly name: string;
  /** More keys of the connector. */
  readonly plugin: string;
}

const COLUMNS = `layout = "columns"
include_metadata = false
include_checksum = false
include_origin_timestamp = false
columns = [{ name = "user_id" }, { name = "user_type", type = "bigint" }, { name = "email" }, { name = "source" }, { name = "state" }, { name = "created_at", type = "timestamptz" }, { name = "message" }]`;

const ROWS: readonly Row[] = [
  { name: "copy, bytea", plugin: "" },
  { name: "copy, bytea, again (A/A)", plugin: "" },
  { name: "insert of 100 rows, bytea", plugin: 'method = "insert"' },
  { name: "copy, jsonb", plugin: 'payload_format = "json"' },
  { name: "insert of 100 rows, jsonb", plugin: 'method = "insert"\npayload_format = "json"' },
  { name: "copy, bytea, no key", plugin: "key = []" },
  { name: "insert of 100 rows, bytea, no key", plugin: 'method = "insert"\nkey = []' },
  { name: "copy, bytea, upsert", plugin: 'insert_mode = "upsert"' },
  { name: "copy, seven fields as columns", plugin: COLUMNS },
];

const options = rowOptions(HELP, { messages: "100" });
const missing = postgresMissing();
if (missing !== false) {
  console.error(missing);
  process.exit(1);
}

const WARM = 20_000;
const total = WARM + Number(options.messages) * 1000;
const plugin = fileURLToPath(new URL("./plugins/measured-sink.ts", import.meta.url));
const rows = ROWS.filter((row) => options.wants(row));

await measureRows(rows, options, total, measure);

/** On a server of its own, so that no run pays for what another one left to be written. */
async function measure(row: Row, { address, name }: RowRun): Promise<Measurement> {
  await using server = await PostgresServer.start({ settings: { fsync: "on" } });
  const connector = (port: number): string => `type = "sink"
key = "measured"
enabled = true
version = 0
name = "Measured"
path = "${plugin}"
[[streams]]
stream = "bench"
topics = ["records"]
schema = "json"
batch_length = 1000
consumer_group = "bench-${name}"
[plugin_config]
port = ${port}
warm = ${WARM}
total = ${total}
[plugin_config.sink]
connection_string = "${server.url}"
target_table = "messages"
auto_create_table = true
${row.plugin}
`;
  return await measureConnector(connector, { address, built: false });
}
