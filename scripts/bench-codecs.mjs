// `npm run bench:codecs`: installs what is missing, then measures each codec. `-- --help` says how.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "benchmarks", "codecs.ts"), process.argv.slice(2));
