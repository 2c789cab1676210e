// `npm run reference`: makes the pages of docs/reference that come from definitions in the code.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "packages", "sdk", "src", "documentation", "main.ts"), []);
