import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { printConnectorTable } from "../connector-table.ts";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { preload } from "../preload.ts";
import { startServerProcess } from "../servers.ts";

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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    messages: { type: "string", default: "100" },
    size: { type: "string", default: "200" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
const missing = postgresMissing();
if (missing !== false) {
  console.error(missing);
  process.exit(1);
}

const WARM = 20_000;
const total = WARM + Number(values.messages) * 1000;
const plugin = fileURLToPath(new URL("./plugins/measured-sink.ts", import.meta.url));
const rows = ROWS.filter(({ name }) => positionals.every((text) => name.includes(text)));

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
const results = new Map<Row, Measurement[]>(rows.map((row) => [row, []]));
try {
  await preload(iggy.address, "bench", "records", total, Number(values.size));
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      results.get(row)?.push(await measure(row, `${round}-${index}`));
    }
  }
} finally {
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
printConnectorTable(results);

/** On a server of its own, so that no run pays for what another one left to be written. */
async function measure(row: Row, run: string): Promise<Measurement> {
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
consumer_group = "bench-${run}"
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
  return await measureConnector(connector, { address: iggy.address, built: false });
}
