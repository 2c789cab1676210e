import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { type Measurement, measureConnector } from "../measure-row.ts";
import { measureRows, type RowRun, rowOptions } from "../sink-rows.ts";
import { HTTP_ROWS, type HttpRow } from "./rows.ts";

const HELP = `npm run bench -- http [TEXT] [options]

  TEXT         only rows whose name contains it
  --rounds N   runs per row, rows alternating (default 3)
  --size N     payload bytes (default 200)

CPU per message is the whole runtime process's, all threads. Destination, senders and Iggy run in processes of their own;
a message of a sink counts when the destination answered 200, one of a source when Iggy confirmed it.`;

const options = rowOptions(HELP);
const { size } = options;
const THOUSAND = 1000;
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const rows = HTTP_ROWS.filter((row) => options.wants(row));
const most = Math.max(1, ...rows.filter(({ kind }) => kind === "sink").map(({ warm, measured }) => warm + measured));

const destination = fork(path("./taking-server.ts"));
try {
  const [{ port }] = (await once(destination, "message")) as [{ port: number }];
  await measureRows(rows, options, most * THOUSAND, (row, run) => measure(row, run, port));
} finally {
  destination.disconnect();
}

async function measure(row: HttpRow, { address, name }: RowRun, destinationPort: number): Promise<Measurement> {
  const listen = `127.0.0.1:${await freePort()}`;
  const head = `type = "${row.kind}"\nkey = "measured"\nenabled = true\nversion = 0\nname = "Measured"\n`;
  const counts = (port: number): string =>
    `port = ${port}\nwarm = ${row.warm * THOUSAND}\ntotal = ${(row.warm + row.measured) * THOUSAND}\n`;
  const sink = (port: number): string =>
    `${head}path = "${path("./plugins/measured-sink.ts")}"\n[[streams]]\nstream = "bench"\ntopics = ["records"]\nschema = "json"\nbatch_length = 1000\nconsumer_group = "bench-${name}"\n[plugin_config]\n${counts(port)}[plugin_config.sink]\nurl = "http://127.0.0.1:${destinationPort}/"\n${row.plugin}\n`;
  const source = (port: number): string =>
    `${head}path = "${path("./plugins/measured-source.ts")}"\n[[streams]]\nstream = "bench"\ntopic = "webhooks-${name}"\nschema = "json"\nbatch_length = 1000\nlinger_time = "0"\n[plugin_config]\n${counts(port)}[plugin_config.http]\nlisten_addr = "${listen}"\ntopic_path = "in"\n${row.plugin}\n`;
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
    return await measureConnector(row.kind === "sink" ? sink : source, { address, built: false });
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
