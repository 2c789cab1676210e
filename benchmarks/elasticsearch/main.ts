import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { searchEngineMissing, startSearchEngine } from "@iggy-connectors/test-support";
import { printConnectorTable } from "../connector-table.ts";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { preload } from "../preload.ts";
import { startServerProcess } from "../servers.ts";

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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "200" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const THOUSAND = 1000;
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const missing = searchEngineMissing("elasticsearch");
if (missing !== undefined) process.stderr.write(`without the row of Elasticsearch itself: ${missing}\n`);
const rows = ROWS.filter(({ name, real }) => {
  return positionals.every((text) => name.includes(text)) && !(real && missing !== undefined);
});
const most = Math.max(1, ...rows.map(({ warm, measured }) => warm + measured));

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
const counter = fork(path("./bulk-counter.ts"));
const engine = rows.some(({ real }) => real) ? await startSearchEngine("elasticsearch") : undefined;
const results = new Map<Row, Measurement[]>(rows.map((row) => [row, []]));
try {
  const [{ port }] = (await once(counter, "message")) as [{ port: number }];
  await preload(iggy.address, "bench", "records", most * THOUSAND, Number(values.size));
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      const url = row.real ? (engine?.url ?? "") : `http://127.0.0.1:${port}`;
      results.get(row)?.push(await measure(row, `${round}-${index}`, url));
    }
  }
} finally {
  counter.disconnect();
  await engine?.[Symbol.asyncDispose]();
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
printConnectorTable(results);

function measure(row: Row, run: string, url: string): Promise<Measurement> {
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
consumer_group = "bench-${run}"
[plugin_config]
port = ${port}
warm = ${row.warm * THOUSAND}
total = ${(row.warm + row.measured) * THOUSAND}
[plugin_config.sink]
url = "${url}"
index = "bench-${run}"
${row.plugin}
`;
  return measureConnector(connector, { address: iggy.address, built: false });
}
