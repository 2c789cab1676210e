// `npm run bench`: installs what is missing, then measures. `npm run bench -- --help` lists the options.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "benchmarks", "main.ts"), process.argv.slice(2));
