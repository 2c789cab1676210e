// `npm run bench`: installs what is missing, then measures. `npm run bench -- --help` lists the options.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
const [first, ...rest] = process.argv.slice(2);
process.exitCode = await ([
  "fleet",
  "start",
  "rival",
  "http",
  "elasticsearch",
  "s3",
  "postgres",
  "partitions",
  "latency",
  "fairness",
  "containment",
  "stalled",
].includes(first)
  ? runPinned(join(root, "benchmarks", first, "main.ts"), rest)
  : runPinned(join(root, "benchmarks", "main.ts"), process.argv.slice(2)));
