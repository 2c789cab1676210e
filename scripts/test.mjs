// `npm test`: types, lint, unused code, then unit and integration tests. `npm test -- unit` runs one part. `iggy` is the part
// of the integration tests that judges a server: the one that IGGY_TEST_ADDRESS names, else the embedded one. `postgres` is the
// part of the unit tests that needs a PostgreSQL, to be run with the programs of another version first in PATH.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, nodeFlags, pinnedNode, root } from "./bootstrap.mjs";

ensureInstalled();
const node = pinnedNode();
const bin = (name) => join(root, "node_modules", name);

const parts = {
  types: () => run("types", [bin("typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.json"]),
  lint: () => run("lint", [bin("@biomejs/biome/bin/biome"), "check", "."]),
  unused: () => run("unused code and dependencies", [bin("knip/bin/knip.js")]),
  unit: () =>
    test("unit tests", [
      "packages/*/{src,test}/**/*.test.ts",
      "connectors/*/*/src/**/*.test.ts",
      "benchmarks/**/*.test.ts",
    ]),
  integration: () => test("integration tests", ["tests/**/*.test.ts"]),
  iggy: () => test("tests of an Iggy server", ["tests/iggy/**/*.test.ts"]),
  postgres: () => test("tests of the PostgreSQL connectors", ["connectors/*/postgres/src/**/*.test.ts"]),
};
const always = Object.keys(parts).filter((name) => name !== "iggy" && name !== "postgres");

function run(title, arguments_) {
  console.log(`\n── ${title}`);
  const started = performance.now();
  const result = spawnSync(node, arguments_, { cwd: root, stdio: "inherit" });
  const ok = result.status === 0;
  console.log(`── ${title}: ${ok ? "ok" : "FAILED"} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return ok;
}

function test(title, patterns) {
  return run(title, [
    ...nodeFlags,
    "--test",
    "--test-concurrency=2",
    "--test-reporter=./scripts/test-reporter.mjs",
    ...patterns,
  ]);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`Unknown part ${unknown.join(", ")}. Parts: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
const failed = (asked.length > 0 ? asked : always).filter((name) => !parts[name]());
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exit(1);
}
