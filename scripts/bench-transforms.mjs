// `npm run bench:transforms`: installs what is missing, then measures each transform. `-- --help` says how.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "benchmarks", "transforms.ts"), process.argv.slice(2));
