import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { printConnectorTable } from "../connector-table.ts";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { preload } from "../preload.ts";
import { startServerProcess } from "../servers.ts";

const HELP = `npm run bench -- s3 [TEXT] [options]

  TEXT           only rows whose name contains it
  --messages N   messages measured per run (default 400000)
  --rounds N     runs per row, rows alternating (default 3)
  --size N       payload bytes (default 200)

CPU per message is the whole runtime process's, all threads. The store reads every object to its end and forgets it; store
and Iggy run in processes of their own. A message counts when its object was answered with 200.`;

const ROWS: readonly { readonly name: string; readonly plugin: string }[] = [
  { name: "json_lines, records with metadata", plugin: "" },
  { name: "json_lines, again (A/A)", plugin: "" },
  { name: "json_lines, payloads alone", plugin: "envelope = false" },
  { name: "json_lines, records, gzip", plugin: 'compression = "gzip"' },
  { name: "json_lines, records, zstd", plugin: 'compression = "zstd"' },
  { name: "parquet, payload as one column", plugin: 'output_format = "parquet"' },
  {
    name: "parquet, 4 columns",
    plugin: `output_format = "parquet"\ncolumns = [${["user_id", "email", "source", "state"]
      .map((name) => `{ name = "${name}", type = "string" }`)
      .join(", ")}]`,
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: "string", default: "400000" },
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "200" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const rows = ROWS.filter(({ name }) => positionals.every((text) => name.includes(text)));
const measured = Number(values.messages);
const warm = Math.ceil(measured / 4);

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
const store = fork(path("./counting-store.ts"));
const results = new Map<(typeof ROWS)[number], Measurement[]>(rows.map((row) => [row, []]));
try {
  const [{ port: storePort }] = (await once(store, "message")) as [{ port: number }];
  await preload(iggy.address, "bench", "records", warm + measured, Number(values.size));
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      const connector = (port: number): string => `type = "sink"
key = "measured"
enabled = true
version = 0
name = "Measured"
path = "${path("./plugins/measured-sink.ts")}"
flush_bytes = "8MiB"
flush_interval = "1s"
[[streams]]
stream = "bench"
topics = ["records"]
schema = "json"
batch_length = 1000
consumer_group = "bench-${round}-${index}"
[plugin_config]
port = ${port}
warm = ${warm}
total = ${warm + measured}
[plugin_config.s3]
bucket = "bench"
region = "local"
endpoint = "http://127.0.0.1:${storePort}"
access_key_id = "bench"
secret_access_key = "bench"
${row.plugin}
`;
      results.get(row)?.push(await measureConnector(connector, { address: iggy.address, built: false }));
    }
  }
} finally {
  store.disconnect();
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
printConnectorTable(results);
