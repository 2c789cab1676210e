import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { median } from "../median.ts";
import { type Contender, original, ours } from "./contenders.ts";
import { measureRival, prepare, type RivalRun } from "./measure.ts";
import { RIVAL_ROWS, type RivalRow } from "./rows.ts";

const HELP = `npm run bench -- rival --original PATH --server ADDRESS [TEXT] [options]

Runs the original connectors runtime and this one on the same configuration files, in turns, against the same Iggy server,
and counts at the server: stored offsets of sinks, messages of the source's topic. CPU is the whole process's, all threads.

  TEXT             only rows whose name contains it
  --original PATH  the original's binary; its plugins (libiggy_connector_stdout_sink, libiggy_connector_random_source)
                   are expected beside it
  --plugins DIR    where its plugins are, if elsewhere
  --server ADDRESS host:port of an Iggy server to which iggy/iggy may log in; the stream "rival" is deleted there
  --messages N     messages measured per run (default 1000000)
  --warm N         messages before measuring starts (default 200000)
  --rounds N       runs per row (default 3)
  --built          measure our compiled packages (npm run build) instead of the sources
  --out FILE       where the JSON goes (default benchmarks/results/rival-<time>.json)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    original: { type: "string" },
    plugins: { type: "string" },
    server: { type: "string" },
    messages: { type: "string", default: "1000000" },
    warm: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    built: { type: "boolean", default: false },
    out: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
if (values.original === undefined || values.server === undefined) {
  console.error("--original and --server are needed: npm run bench -- rival --help");
  process.exit(2);
}
const rows = RIVAL_ROWS.filter(({ name }) => positionals.every((text) => name.includes(text)));
if (rows.length === 0) {
  console.error(
    `No row is called like "${positionals.join(" ")}". Rows: ${RIVAL_ROWS.map(({ name }) => name).join("; ")}`,
  );
  process.exit(2);
}

const contenders: readonly Contender[] = [
  original(values.original),
  ours("ours", values.built),
  ours("ours, again (A/A)", values.built),
];
const [iggy, plugins] = [values.server, values.plugins ?? dirname(values.original)];
const warm = Number(values.warm);
const total = warm + Number(values.messages);
const results = new Map<RivalRow, Map<Contender, RivalRun[]>>(
  rows.map((row) => [row, new Map(contenders.map((contender) => [contender, []]))]),
);
const client = await IggyClient.connect({ address: iggy });
try {
  process.stderr.write(`preparing ${total} messages of each size …\n`);
  await prepare(rows, { iggy, client, total });
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      for (const [place, contender] of contenders.entries()) {
        process.stderr.write(`round ${round}: ${row.name}: ${contender.name} …\n`);
        const run = `${round}-${index}-${place}`;
        const measured = await measureRival(row, contender, { iggy, client, plugins, warm, total, run });
        results.get(row)?.get(contender)?.push(measured);
      }
    }
  }
} finally {
  await client.close();
}

const cell = (runs: readonly RivalRun[], key: keyof RivalRun, show: (value: number) => string): string => {
  const numbers = runs.flatMap((run) => run[key] ?? []);
  return numbers.length === 0 ? "" : show(median(numbers));
};
console.log("| row | runtime | CPU µs/message | messages/s | idle CPU % of a core | resident MB | start s |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [row, byContender] of results) {
  for (const [contender, runs] of byContender) {
    const cells = [
      row.name,
      contender.name,
      cell(runs, "cpuPerMessage", (value) => value.toFixed(2)),
      cell(runs, "messagesPerSecond", (value) => Math.round(value).toLocaleString("en")),
      cell(runs, "idleCpu", (value) => (value * 100).toFixed(1)),
      cell(runs, "resident", (value) => (value / 1e6).toFixed(0)),
      cell(runs, "start", (value) => value.toFixed(2)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
const out = values.out ?? join("benchmarks", "results", `rival-${new Date().toISOString().replaceAll(":", "-")}.json`);
await mkdir(dirname(out), { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem(), node: process.version };
const table = [...results].map(([row, byContender]) => ({
  row: row.name,
  runs: Object.fromEntries([...byContender].map(([{ name }, runs]) => [name, runs])),
}));
await writeFile(out, `${JSON.stringify({ machine, warm, total, rows: table }, null, 2)}\n`);
console.log(`\nwritten to ${out}`);
