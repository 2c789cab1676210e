import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { measureConnector } from "../measure-row.ts";
import { measureRows, rowOptions } from "../sink-rows.ts";

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

const options = rowOptions(HELP, { messages: "400000" });
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const rows = ROWS.filter((row) => options.wants(row));
const measured = Number(options.messages);
const warm = Math.ceil(measured / 4);

const store = fork(path("./counting-store.ts"));
try {
  const [{ port: storePort }] = (await once(store, "message")) as [{ port: number }];
  await measureRows(rows, options, warm + measured, (row, { address, name }) => {
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
consumer_group = "bench-${name}"
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
    return measureConnector(connector, { address, built: false });
  });
} finally {
  store.disconnect();
}
