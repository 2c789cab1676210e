import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureClientRow } from "./client/measure.ts";
import { CLIENT_ROWS, type ClientRow } from "./client/rows.ts";
import { type Measurement, measureRow } from "./measure-row.ts";
import { preload } from "./preload.ts";
import { ROWS, type Row } from "./rows.ts";
import { startServerProcess } from "./servers.ts";
import { printTable } from "./table.ts";

const HELP = `npm run bench -- [TEXT] [options]
npm run bench -- fleet [options]   many connectors at once; see npm run bench -- fleet --help
npm run bench -- http [options]    the HTTP connectors; see npm run bench -- http --help
npm run bench -- elasticsearch     the Elasticsearch sink; see npm run bench -- elasticsearch --help
npm run bench -- s3 [options]      the S3 sink; see npm run bench -- s3 --help

  TEXT           only rows whose name contains it, for example "client"
  --messages N   messages measured per run (default 1000000)
  --warm N       messages before measuring starts (default 200000)
  --rounds N     runs per row, rows alternating (default 3)
  --size N       payload bytes (default 200)
  --built        measure the compiled packages (npm run build) instead of the sources
  --out FILE     where the JSON goes (default benchmarks/results/<time>.json)

CPU per message is the whole process's of the runtime, or of the client, all threads, from the operating system, between
the end of the warm-up and the last message counted at the destination. Rows called A/A repeat the one before them: their
difference is the noise.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: "string", default: "1000000" },
    warm: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "200" },
    built: { type: "boolean", default: false },
    out: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const warm = Number(values.warm);
const total = warm + Number(values.messages);
const size = Number(values.size);
const all: readonly (Row | ClientRow)[] = [...ROWS, ...CLIENT_ROWS];
const rows = all.filter(({ name }) => positionals.every((text) => name.includes(text)));
if (rows.length === 0) {
  console.error(`No row is called like "${positionals.join(" ")}". Rows: ${all.map(({ name }) => name).join("; ")}`);
  process.exit(2);
}

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const server = await startServerProcess(data);
const results = new Map<Row | ClientRow, Measurement[]>(rows.map((row) => [row, []]));
try {
  process.stderr.write(`preparing ${total} messages of ${size} bytes …\n`);
  await preload(server.address, "bench", "records", total, size);
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      const options = {
        address: server.address,
        stream: "bench",
        topic: "records",
        warm,
        total,
        size,
        built: values.built,
        run: `${round}-${index}`,
      };
      results.get(row)?.push(await (row.kind === "client" ? measureClientRow(row, options) : measureRow(row, options)));
    }
  }
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}

printTable(results);
const out = values.out ?? join("benchmarks", "results", `${new Date().toISOString().replaceAll(":", "-")}.json`);
await mkdir(join(out, ".."), { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem(), node: process.version };
await writeFile(
  out,
  `${JSON.stringify({ machine, warm, total, size, rows: [...results].map(([row, runs]) => ({ ...row, runs })) }, null, 2)}\n`,
);
console.log(`\nwritten to ${out}`);
