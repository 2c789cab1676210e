import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder } from "@iggy-connectors/testing";
import { connector } from "../../scripts/new/connector.ts";
import { type Scaffold, write } from "../../scripts/new/scaffold.ts";
import { transform } from "../../scripts/new/transform.ts";
import { wireCommand } from "../../scripts/new/wire-command.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const FLAGS = ["--conditions=iggy-source", "--disable-warning=ExperimentalWarning"];

/** A copy of what a scaffold changes, with the scaffold written into it, and its TypeScript compiled. */
async function scaffolded(folder: string, copied: readonly string[], scaffold: Scaffold): Promise<void> {
  for (const path of copied) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  write(scaffold, folder);
  const files = Object.keys(scaffold.files).filter((path) => path.endsWith(".ts"));
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(ROOT, "tsconfig.base.json"), compilerOptions: { noEmit: true }, files }),
  );
  await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
  await run(process.execPath, [join(ROOT, "node_modules/@biomejs/biome/bin/biome"), "lint", ...files], { cwd: folder });
}

async function passes(folder: string, ...arguments_: string[]): Promise<void> {
  // The runner of this test must not take the output of that one for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  await run(process.execPath, [...FLAGS, "--test", ...arguments_], { cwd: folder, env });
}

test("a new transform compiles, is in the catalog, and its example runs", async () => {
  await using folder = await temporaryFolder();
  const copied = ["packages/transforms/src", "packages/transforms/test", "packages/transforms/package.json"];
  await scaffolded(folder.path, copied, transform("upper_case", "values"));
  await passes(folder.path, "packages/transforms/src/steps/catalog.test.ts");
  await passes(folder.path, "packages/transforms/src/config/config.test.ts");
  await passes(folder.path, "--test-name-pattern=upper_case", "packages/transforms/src/steps/examples.test.ts");
});

test("a new wire command compiles and is in the table of commands", async () => {
  await using folder = await temporaryFolder();
  await scaffolded(
    folder.path,
    ["packages/protocol/src", "packages/protocol/test/commands-in-folder.ts", "packages/protocol/package.json"],
    wireCommand("get_thing", "system", 999),
  );
  await passes(folder.path, "packages/protocol/src/vsr/command-table.test.ts");
});

for (const type of ["sink", "source"] as const) {
  test(`a new ${type} compiles and passes its test`, async () => {
    await using folder = await temporaryFolder();
    await scaffolded(folder.path, ["packages/cli/package.json"], connector(type, "my_thing"));
    await passes(folder.path, `connectors/${type}s/my_thing/src/*.test.ts`);
  });
}

test("nothing is overwritten", async () => {
  await using folder = await temporaryFolder();
  await scaffolded(folder.path, ["packages/cli/package.json"], connector("sink", "my_thing"));
  assert.throws(() => write(connector("sink", "my_thing"), folder.path), /exists already/);
});
