import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startRuntime } from "@iggy-connectors/runtime";
import { temporaryFolder } from "@iggy-connectors/testing";
import { configurationPage, currentPage } from "../../scripts/reference/configuration-page.ts";

const GUIDE = readFileSync(fileURLToPath(new URL("../../docs/configuration.md", import.meta.url)), "utf8");

test("the page of the configuration keys is as the schemas say: npm run reference generates it", () => {
  assert.equal(currentPage(), configurationPage());
});

/** The first block of a language. */
function block(language: string): string {
  const text = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(GUIDE)?.[1];
  assert.ok(text !== undefined, `the guide shows ${language}`);
  return text;
}

test("the connector files that the guide shows are read without a finding, even when strict", async () => {
  await using folder = await temporaryFolder();
  const connectors = join(folder.path, "connectors");
  await mkdir(connectors);
  await writeFile(join(folder.path, "index.yaml"), "version: 0.9\nindex_id: orders\n");
  await writeFile(join(connectors, "orders.toml"), block("toml").replace("/etc/iggy/orders-index.yaml", "index.yaml"));
  await writeFile(join(connectors, "typed.connector.ts"), block("ts").replace('"orders"', '"typed"'));
  const runtime = await startRuntime({
    workingDirectory: folder.path,
    env: {},
    onLog: () => {},
    config: { strict: true, connectors: { config_dir: "connectors" }, http: { enabled: false } },
  });
  try {
    assert.deepEqual(runtime.problems, []);
    assert.deepEqual(
      runtime.connectors().map(({ key, name }) => [key, name]),
      [
        ["orders", "Orders"],
        ["typed", "Orders"],
      ],
    );
  } finally {
    await runtime.stop();
  }
});
