import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { searchEngineMissing, startSearchEngine } from "@iggy-connectors/test-support";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { measureRows, type RowRun, rowOptions } from "../sink-rows.ts";

const HELP = `npm run bench -- elasticsearch [TEXT] [options]

  TEXT         only rows whose name contains it
  --rounds N   runs per row, rows alternating (default 3)
  --size N     payload bytes (default 200)

CPU per message is the whole runtime process's, all threads. Destination and Iggy run in processes of their own; a message
counts when the destination has answered for it. The row with Elasticsearch itself needs Java and Maven, or ELASTICSEARCH_URL.`;

interface Row {
  readonly name: string;
  /** Messages, in thousands. */
  readonly warm: number;
  readonly measured: number;
  readonly real: boolean;
  /** More keys of the connector. */
  readonly plugin: string;
}

const ROWS: readonly Row[] = [
  { name: "bulk server that counts", warm: 100, measured: 400, real: false, plugin: "" },
  { name: "bulk server that counts, again (A/A)", warm: 100, measured: 400, real: false, plugin: "" },
  {
    name: "bulk server that counts, no metadata",
    warm: 100,
    measured: 400,
    real: false,
    plugin: "include_metadata = false",
  },
  { name: "bulk server that counts, gzip", warm: 50, measured: 200, real: false, plugin: 'compression = "gzip"' },
  { name: "Elasticsearch itself", warm: 20, measured: 60, real: true, plugin: "" },
];

const options = rowOptions(HELP);
const THOUSAND = 1000;
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const missing = searchEngineMissing("elasticsearch");
if (missing !== undefined) process.stderr.write(`without the row of Elasticsearch itself: ${missing}\n`);
const rows = ROWS.filter((row) => options.wants(row) && !(row.real && missing !== undefined));
const most = Math.max(1, ...rows.map(({ warm, measured }) => warm + measured));

const counter = fork(path("./bulk-counter.ts"));
const engine = rows.some(({ real }) => real) ? await startSearchEngine("elasticsearch") : undefined;
try {
  const [{ port }] = (await once(counter, "message")) as [{ port: number }];
  await measureRows(rows, options, most * THOUSAND, (row, run) =>
    measure(row, run, row.real ? (engine?.url ?? "") : `http://127.0.0.1:${port}`),
  );
} finally {
  counter.disconnect();
  await engine?.[Symbol.asyncDispose]();
}

function measure(row: Row, { address, name }: RowRun, url: string): Promise<Measurement> {
  const connector = (port: number): string => `type = "sink"
key = "measured"
enabled = true
version = 0
name = "Measured"
path = "${path("./plugins/measured-sink.ts")}"
[[streams]]
stream = "bench"
topics = ["records"]
schema = "json"
batch_length = 1000
consumer_group = "bench-${name}"
[plugin_config]
port = ${port}
warm = ${row.warm * THOUSAND}
total = ${(row.warm + row.measured) * THOUSAND}
[plugin_config.sink]
url = "${url}"
index = "bench-${name}"
${row.plugin}
`;
  return measureConnector(connector, { address, built: false });
}
