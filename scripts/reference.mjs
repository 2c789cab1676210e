// `npm run reference`: generates the pages of docs/reference, and the tables of the connectors' pages, from definitions in the code.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
process.exitCode = await runPinned(join(root, "scripts", "reference", "main.ts"));
