import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { printConnectorTable } from "../connector-table.ts";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { preload } from "../preload.ts";
import { startServerProcess } from "../servers.ts";
import { HTTP_ROWS, type HttpRow } from "./rows.ts";

const HELP = `npm run bench -- http [TEXT] [options]

  TEXT         only rows whose name contains it
  --rounds N   runs per row, rows alternating (default 3)
  --size N     payload bytes (default 200)

CPU per message is the whole runtime process's, all threads. Destination, senders and Iggy run in processes of their own;
a message of a sink counts when the destination answered 200, one of a source when Iggy confirmed it.`;

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
const size = Number(values.size);
const rows = HTTP_ROWS.filter(({ name }) => positionals.every((text) => name.includes(text)));
const most = Math.max(1, ...rows.filter(({ kind }) => kind === "sink").map(({ warm, measured }) => warm + measured));

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
const destination = fork(path("./taking-server.ts"));
const results = new Map<HttpRow, Measurement[]>(rows.map((row) => [row, []]));
try {
  const [{ port }] = (await once(destination, "message")) as [{ port: number }];
  await preload(iggy.address, "bench", "records", most * THOUSAND, size);
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      results.get(row)?.push(await measure(row, `${round}-${index}`, port));
    }
  }
} finally {
  destination.disconnect();
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
printConnectorTable(results);

async function measure(row: HttpRow, run: string, destinationPort: number): Promise<Measurement> {
  const listen = `127.0.0.1:${await freePort()}`;
  const head = `type = "${row.kind}"\nkey = "measured"\nenabled = true\nversion = 0\nname = "Measured"\n`;
  const counts = (port: number): string =>
    `port = ${port}\nwarm = ${row.warm * THOUSAND}\ntotal = ${(row.warm + row.measured) * THOUSAND}\n`;
  const sink = (port: number): string =>
    `${head}path = "${path("./plugins/measured-sink.ts")}"\n[[streams]]\nstream = "bench"\ntopics = ["records"]\nschema = "json"\nbatch_length = 1000\nconsumer_group = "bench-${run}"\n[plugin_config]\n${counts(port)}[plugin_config.sink]\nurl = "http://127.0.0.1:${destinationPort}/"\n${row.plugin}\n`;
  const source = (port: number): string =>
    `${head}path = "${path("./plugins/measured-source.ts")}"\n[[streams]]\nstream = "bench"\ntopic = "webhooks-${run}"\nschema = "json"\nbatch_length = 1000\nlinger_time = "0"\n[plugin_config]\n${counts(port)}[plugin_config.http]\nlisten_addr = "${listen}"\ntopic_path = "in"\n${row.plugin}\n`;
  const { senders } = row;
  const sending =
    senders === undefined
      ? undefined
      : fork(path("./senders.ts"), [
          `http://${listen}/topics/in`,
          String(senders.atOnce),
          String(senders.perRequest),
          String(size),
        ]);
  try {
    return await measureConnector(row.kind === "sink" ? sink : source, { address: iggy.address, built: false });
  } finally {
    sending?.disconnect();
  }
}

function once(child: ChildProcess, event: string): Promise<unknown[]> {
  return new Promise((resolve) => child.once(event, (...values: unknown[]) => resolve(values)));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
