// `npm test`: types, lint, unused code, then unit and integration tests.
//   npm test -- unit                     one part
//   npm test -- packages/sdk FILE…       the tests in these folders and files
//   npm test -- --watch packages/sdk     again at every change
// Parts that are not run by default: `iggy`, the integration tests that judge a server (the one that IGGY_TEST_ADDRESS names, else
// the embedded one), and `postgres`, the tests that need a PostgreSQL, to be run with the programs of another version first in PATH.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { ensureInstalled, nodeFlags, pinnedNode, root } from "./bootstrap.mjs";

ensureInstalled();
const node = pinnedNode();
const bin = (name) => join(root, "node_modules", name);

/** Where every line counts: the wire, the codecs and delivery. The floors are what was measured when they were set. */
const MEASURED = ["packages/protocol", "packages/codecs", "packages/runtime/src/worker"];
const FLOORS = { lines: 98, branches: 92, functions: 96 };

/** The tests that are run for them: those beside the code, and those of the runtime's sources with real connectors. */
const MEASURED_BY = [...MEASURED, "packages/runtime/test/sources"];

/** Where tests lie: beside the code, and in the `test` folders of packages. */
const UNIT = /^(?:(?:packages\/[^/]+|connectors\/[^/]+\/[^/]+)\/(?:src|test)|benchmarks)\/.*\.test\.ts$/;

const parts = {
  types: () => run("types", [bin("typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.json"]),
  lint: () => run("lint", [bin("@biomejs/biome/bin/biome"), "check", "."]),
  unused: () => run("unused code and dependencies", [bin("knip/bin/knip.js")]),
  measured: () =>
    test("unit tests of protocol, codecs and delivery, with coverage", unitTests().filter(isMeasured), coverage()),
  unit: () =>
    test(
      "unit tests",
      unitTests().filter((file) => !isMeasured(file)),
    ),
  integration: () => test("integration tests", testsIn("tests")),
  iggy: () => test("tests of an Iggy server", testsIn("tests/iggy")),
  postgres: () =>
    test(
      "tests of the PostgreSQL connectors",
      unitTests().filter((path) => /^connectors\/[^/]+\/postgres\//.test(path)),
    ),
};
const byDefault = Object.keys(parts).filter((name) => name !== "iggy" && name !== "postgres");

/** The tests in folders, by their paths from the root; no `fs.glob`: this file runs on Node 20. */
function testsIn(...folders) {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path)))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules/"))
    .sort();
}

const unitTests = () => testsIn("packages", "connectors", "benchmarks").filter((path) => UNIT.test(path));

function isMeasured(file) {
  return MEASURED_BY.some((folder) => file.startsWith(`${folder}/`));
}

function coverage() {
  return [
    "--experimental-test-coverage",
    ...MEASURED.map((folder) => `--test-coverage-include=${folder.includes("/src/") ? folder : `${folder}/src`}/**`),
    "--test-coverage-exclude=**/*.test.ts",
    ...Object.entries(FLOORS).map(([what, percent]) => `--test-coverage-${what}=${percent}`),
  ];
}

function run(title, arguments_) {
  console.log(`\n── ${title}`);
  const started = performance.now();
  const result = spawnSync(node, arguments_, { cwd: root, stdio: "inherit" });
  const ok = result.status === 0;
  console.log(`── ${title}: ${ok ? "ok" : "FAILED"} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return ok;
}

function test(title, files, flags = []) {
  return run(title, [
    ...nodeFlags,
    "--test",
    "--test-concurrency=2",
    "--test-reporter=./scripts/test-reporter.mjs",
    ...flags,
    ...files,
  ]);
}

/** The test files that a path names: itself, or all below it. Paths are relative to where npm was called. */
function testsAt(path) {
  const full = resolve(process.env.INIT_CWD ?? root, path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (found === undefined) return [];
  const inside = relative(root, full);
  return found.isDirectory() ? testsIn(inside) : [inside];
}

const asked = process.argv.slice(2).filter((word) => word !== "--watch");
const watch = process.argv.includes("--watch");
const paths = asked.filter((word) => !(word in parts));
const files = paths.map((path) => [path, testsAt(path)]);
const nothing = files.filter(([, found]) => found.length === 0).map(([path]) => path);
if (nothing.length > 0 || (watch && paths.length === 0)) {
  console.error(
    nothing.length > 0
      ? `Neither a part nor a path with tests: ${nothing.join(", ")}. Parts: ${Object.keys(parts).join(", ")}`
      : "Name the folders or files to watch: npm run test:watch -- packages/sdk",
  );
  process.exit(2);
}
const named = asked.filter((word) => word in parts);
const selected = named.length > 0 || paths.length > 0 ? named : byDefault;
const failed = selected.filter((name) => !parts[name]());
if (paths.length > 0) {
  const chosen = files.flatMap(([, found]) => found);
  if (!test(`tests in ${paths.join(", ")}`, chosen, watch ? ["--watch"] : [])) failed.push(...paths);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exit(1);
}
