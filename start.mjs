// `npm start`: installs what is missing and runs the quick start on the pinned Node. See examples/quickstart.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./scripts/bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "examples", "quickstart", "main.ts"), process.argv.slice(2));
