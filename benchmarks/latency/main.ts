import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { cpuOfThreads } from "../process-figures.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";
import { listen } from "./listen.ts";
import { send } from "./send.ts";

const HELP = `npm run bench -- latency [TEXT] [options]

Measures how long a message takes through a sink, from its sending until the plugin has it, and through a source, from its
record until Iggy confirmed it, at different rates; and the CPU of the runtime meanwhile, also of idle ones.

  TEXT           only rows whose name contains it, for example "sink, 7 a second"
  --seconds N    how long messages come (default 20; at least 20 of them)
  --built        the compiled packages (npm run build) instead of the sources`;

interface Row {
  readonly name: string;
  readonly kind: "sink" | "source";
  /** Messages a second that come at random; 0: none. */
  readonly rate: number;
  /** A line of the connector's stream. */
  readonly setting: string;
  readonly partitions: number;
  readonly connectors: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "20" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const RATES = [1, 7, 10, 100, 10_000];
const one = { partitions: 1, connectors: 1 };
const sinks = RATES.flatMap((rate) =>
  ["1ms", "5ms", "50ms"].map((interval): Row => {
    const setting = `poll_interval = "${interval}"`;
    return { ...one, name: `sink, ${rate} a second, ${setting}`, kind: "sink", rate, setting };
  }),
);
const sources = RATES.flatMap((rate) =>
  ["0", "5ms", "50ms"].map((interval): Row => {
    const setting = `linger_time = "${interval}"`;
    return { ...one, name: `source, ${rate} a second, ${setting}`, kind: "source", rate, setting };
  }),
);
const idle = [
  { connectors: 1, partitions: 1 },
  { connectors: 1, partitions: 16 },
  { connectors: 1, partitions: 64 },
  { connectors: 10, partitions: 1 },
].map(
  (many): Row => ({
    ...many,
    name: `idle, ${many.connectors} sinks, ${many.partitions} partitions each`,
    kind: "sink",
    rate: 0,
    setting: "",
  }),
);
const rows = [...sinks, ...sources, ...idle].filter(({ name }) => positionals.every((text) => name.includes(text)));
if (rows.length === 0) {
  console.error(`No row is called like "${positionals.join(" ")}".`);
  process.exit(2);
}

const plugin = (name: string): string => fileURLToPath(new URL(`./plugins/${name}.ts`, import.meta.url));
/** Milliseconds until a runtime is warm, or idle. */
const WARM = 5000;

function connectorFile(row: Row, topic: string, port: number): string {
  const { kind, setting, rate } = row;
  const topics = kind === "sink" ? `topics = ["${topic}"]` : `topic = "${topic}"`;
  return `type = "${kind}"
key = "${topic}"
enabled = true
version = 0
name = "${topic}"
path = "${plugin(`latency-${kind}`)}"
[[streams]]
stream = "bench"
${topics}
schema = "raw"
${setting}
[plugin_config]
port = ${port}
${kind === "source" ? `rate = ${rate}` : ""}
`;
}

async function measure(address: string, client: IggyClient, row: Row, index: number) {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-"));
  const { port, latencies, close } = await listen();
  const topics = Array.from({ length: row.connectors }, (_, connector) => `latency-${index}-${connector}`);
  for (const topic of topics) {
    await client.createTopic({ stream: "bench", name: topic, partitionsCount: row.partitions });
  }
  const connectors = new Map(topics.map((topic) => [topic, connectorFile(row, topic, port)]));
  const config = await writeRuntimeConfiguration(folder, { iggy: address, connectors });
  const runtime = startRuntimeProcess(config, values.built);
  const sends = row.kind === "sink" && row.rate > 0;
  const seconds = row.rate > 0 ? Math.max(Number(values.seconds), 20 / row.rate) : Number(values.seconds);
  try {
    const warming = sends ? send(client, topics[0]!, row.rate, 2 * WARM) : sleep(2 * WARM);
    await warming;
    latencies.length = 0;
    const before = cpuOfThreads(runtime.child.pid!);
    const began = performance.now();
    await (sends ? send(client, topics[0]!, row.rate, seconds * 1000) : sleep(seconds * 1000));
    const cpu = (cpuOfThreads(runtime.child.pid!) - before) / (performance.now() - began);
    return { latencies: latencies.toSorted((a, b) => a - b), cpu };
  } finally {
    await runtime.stop();
    close();
    await rm(folder, { recursive: true, force: true });
  }
}

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
const client = await IggyClient.connect({ address: iggy.address });
try {
  await client.createStream("bench");
  console.log("| row | messages | p50 ms | p99 ms | longest ms | CPU % of a core |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const [index, row] of rows.entries()) {
    const { latencies, cpu } = await measure(iggy.address, client, row, index);
    const at = (share: number): string => {
      const latency = latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
      return latency === undefined ? "" : (latency / 1000).toFixed(1);
    };
    console.log(
      `| ${row.name} | ${latencies.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${(cpu * 100).toFixed(2)} |`,
    );
  }
} finally {
  await client.close();
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
