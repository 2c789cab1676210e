#!/usr/bin/env node
// What every version of Node since 14 can read, so that one that is too old gets a sentence instead of a syntax error.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MINIMUM_NODE = 24;
const source = new URL("../src/main.ts", import.meta.url);

if (existsSync(source)) {
  // In a clone of the repository: the sources, on the Node that the lock file pins.
  import("../../../scripts/bootstrap.mjs").then(({ runPinned }) =>
    runPinned(fileURLToPath(source), process.argv.slice(2), { folder: process.cwd() }).then((code) => {
      process.exitCode = code;
    }),
  );
} else if (Number.parseInt(process.versions.node, 10) < MINIMUM_NODE) {
  process.stderr.write(
    `iggy-connectors needs Node ${MINIMUM_NODE} or newer, and this is Node ${process.versions.node}: https://nodejs.org has it\n`,
  );
  process.exitCode = 1;
} else {
  import("../dist/main.js");
}
