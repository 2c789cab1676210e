// `npm run reference`: makes the pages of docs/reference, and the tables of the connectors' pages, that come from definitions in the code.
import { join } from "node:path";
import { ensureInstalled, root, runPinned } from "./bootstrap.mjs";

ensureInstalled();
const makers = [
  join(root, "packages", "sdk", "src", "documentation", "main.ts"),
  join(root, "tests", "documentation", "connector-pages", "main.ts"),
  join(root, "tests", "documentation", "configuration-page", "main.ts"),
  join(root, "tests", "documentation", "api-page", "main.ts"),
];
for (const maker of makers) process.exitCode ||= await runPinned(maker, []);
