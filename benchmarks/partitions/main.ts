import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../median.ts";
import { preload } from "../preload.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";
import { listenForProgress } from "./progress.ts";

const HELP = `npm run bench -- partitions [TEXT] [options]

Measures what a message costs by the number of partitions and tasks: one sink on a topic that is full already.

  TEXT           only rows whose name contains it, for example "64"
  --messages N   messages measured per run (default 1000000)
  --warm N       messages before measuring starts (default 300000)
  --rounds N     runs per row, rows alternating (default 3)
  --size N       payload bytes (default 200)
  --schema NAME  raw or json (default raw)
  --built        the compiled packages (npm run build) instead of the sources

CPU is that of the whole runtime process, all threads; cores is CPU by time. Iggy runs in another process and needs
the same cores.`;

interface Row {
  readonly name: string;
  readonly partitions: number;
  readonly tasks: number;
}

interface Measured {
  readonly cpuPerMessage: number;
  readonly messagesPerSecond: number;
  readonly cores: number;
  readonly rss: number;
}

const ROWS: readonly Row[] = [1, 4, 16, 64].flatMap((partitions) =>
  [1, 2]
    .filter((tasks) => tasks <= partitions)
    .map((tasks) => ({ name: `${partitions} partitions, ${tasks} tasks`, partitions, tasks })),
);
const PLUGIN = fileURLToPath(new URL("./plugins/progress-sink.ts", import.meta.url));
/** Messages between two reports of a task. */
const STEP = 20_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: "string", default: "1000000" },
    warm: { type: "string", default: "300000" },
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "200" },
    schema: { type: "string", default: "raw" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
const warm = Number(values.warm);
const total = warm + Number(values.messages);

async function measure(iggy: string, { partitions, tasks }: Row, run: string): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-"));
  const progress = await listenForProgress();
  const connector = `type = "sink"
key = "measured"
enabled = true
version = 0
name = "Measured"
path = "${PLUGIN}"
tasks = ${tasks}
[[streams]]
stream = "bench"
topics = ["records-${partitions}"]
schema = "${values.schema}"
batch_length = 1000
consumer_group = "bench-${run}"
[plugin_config]
port = ${progress.port}
step = ${STEP}
`;
  const config = await writeRuntimeConfiguration(folder, { iggy, connectors: new Map([["measured", connector]]) });
  const runtime = startRuntimeProcess(config, values.built);
  try {
    const began = await progress.reached(warm, 120_000);
    const ended = await progress.reached(total - tasks * STEP, 300_000);
    const messages = ended.messages - began.messages;
    const milliseconds = ended.at - began.at;
    return {
      cpuPerMessage: (ended.cpu - began.cpu) / messages,
      messagesPerSecond: (messages / milliseconds) * 1000,
      cores: (ended.cpu - began.cpu) / 1000 / milliseconds,
      rss: ended.rss,
    };
  } finally {
    await runtime.stop();
    progress.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const rows = ROWS.filter(({ name }) => positionals.every((text) => name.includes(text)));
if (rows.length === 0) {
  console.error(`No row is called like "${positionals.join(" ")}". Rows: ${ROWS.map(({ name }) => name).join("; ")}`);
  process.exit(2);
}
const results = new Map<Row, Measured[]>(rows.map((row) => [row, []]));
const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const iggy = await startServerProcess(data);
try {
  for (const partitions of new Set(rows.map((row) => row.partitions))) {
    process.stderr.write(`preparing ${total} messages in ${partitions} partitions …\n`);
    await preload(iggy.address, "bench", `records-${partitions}`, total, Number(values.size), partitions);
  }
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const row of rows) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      const run = `${row.partitions}-${row.tasks}-${round}`;
      results.get(row)?.push(await measure(iggy.address, row, run));
    }
  }
} finally {
  await iggy.stop();
  await rm(data, { recursive: true, force: true });
}
console.log("| partitions | tasks | CPU µs/message | min … max | messages/s | cores | MB |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [{ partitions, tasks }, runs] of results) {
  const cpu = runs.map(({ cpuPerMessage }) => cpuPerMessage);
  const cells = [
    partitions,
    tasks,
    median(cpu).toFixed(2),
    `${Math.min(...cpu).toFixed(2)} … ${Math.max(...cpu).toFixed(2)}`,
    Math.round(median(runs.map(({ messagesPerSecond }) => messagesPerSecond))).toLocaleString("en"),
    median(runs.map(({ cores }) => cores)).toFixed(1),
    (Math.max(...runs.map(({ rss }) => rss)) / 1e6).toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
