// `npm run new -- transform|wire-command|sink|source NAME`: writes the first version of a part. `-- --help` says how.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "scripts", "new", "main.ts"), process.argv.slice(2));
