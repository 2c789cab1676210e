import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureClientRow } from "./client/measure.ts";
import { CLIENT_ROWS, type ClientRow } from "./client/rows.ts";
import { type Measurement, measureRow } from "./measure-row.ts";
import { preload } from "./preload.ts";
import { type Row, rowsOf, SIZES } from "./rows.ts";
import { startServerProcess } from "./servers.ts";
import { printTable } from "./table.ts";

const HELP = `npm run bench -- [TEXT] [options]
npm run bench -- fleet [options]   many connectors at once; see npm run bench -- fleet --help
npm run bench -- start [options]   start and idle memory; see npm run bench -- start --help
npm run bench -- rival [options]   beside the original; see npm run bench -- rival --help
npm run bench -- http [options]    the HTTP connectors; see npm run bench -- http --help
npm run bench -- elasticsearch     the Elasticsearch sink; see npm run bench -- elasticsearch --help
npm run bench -- s3 [options]      the S3 sink; see npm run bench -- s3 --help
npm run bench -- latency           how long a message takes; see npm run bench -- latency --help
npm run bench -- fairness          a calm connector beside a busy one; see npm run bench -- fairness --help
npm run bench -- containment       how long a fault holds up its neighbours; see npm run bench -- containment --help
npm run bench -- partitions        several partitions and tasks; see npm run bench -- partitions --help
npm run bench -- stalled           memory while a destination stalls; see npm run bench -- stalled --help

  TEXT           only rows whose name contains it, for example "client" or "1000 B"
  --messages N   messages of 200 bytes measured per run (default 1000000); of larger ones fewer, by the square root of their size
  --warm N       messages before measuring starts (default 200000), the same
  --rounds N     runs per row, rows alternating (default 3)
  --sizes N,…    payload bytes (default 200,1000,10000); the client's rows are measured with the first
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
    sizes: { type: "string", default: SIZES.join(",") },
    built: { type: "boolean", default: false },
    out: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const sizes = values.sizes.split(",").map(Number);
const all: readonly (Row | ClientRow)[] = [...rowsOf(sizes), ...CLIENT_ROWS];
const rows = all.filter(({ name }) => positionals.every((text) => name.includes(text)));
if (rows.length === 0) {
  console.error(`No row is called like "${positionals.join(" ")}". Rows: ${all.map(({ name }) => name).join("; ")}`);
  process.exit(2);
}

const sizeOf = (row: Row | ClientRow): number => (row.kind === "client" ? sizes[0]! : row.size);
/** How many messages of a size are sent before measuring starts, and in all. */
function countsOf(size: number): { readonly warm: number; readonly total: number } {
  const share = Math.min(1, Math.sqrt(SIZES[0] / size));
  const warm = Math.round(Number(values.warm) * share);
  return { warm, total: warm + Math.round(Number(values.messages) * share) };
}

const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
const server = await startServerProcess(data);
const results = new Map<Row | ClientRow, Measurement[]>(rows.map((row) => [row, []]));
try {
  for (const size of new Set(rows.filter(({ kind }) => kind !== "source").map(sizeOf))) {
    const { total } = countsOf(size);
    process.stderr.write(`preparing ${total} messages of ${size} bytes …\n`);
    await preload(server.address, "bench", `records-${size}`, total, size);
  }
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [index, row] of rows.entries()) {
      process.stderr.write(`round ${round}: ${row.name} …\n`);
      const options = {
        address: server.address,
        stream: "bench",
        topic: `records-${sizeOf(row)}`,
        ...countsOf(sizeOf(row)),
        size: sizeOf(row),
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
  `${JSON.stringify({ machine, rows: [...results].map(([row, runs]) => ({ ...row, ...countsOf(sizeOf(row)), runs })) }, null, 2)}\n`,
);
console.log(`\nwritten to ${out}`);
