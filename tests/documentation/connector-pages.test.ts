import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "@iggy-connectors/sdk";
import { temporaryFolder } from "@iggy-connectors/testing";
import { ConnectorFolder } from "../../packages/runtime/src/control/config/connector-set/connector-folder.ts";
import { formatProblem } from "../../packages/runtime/src/control/config/problem.ts";
import { connectorPages } from "../../scripts/reference/connector-pages.ts";

test("the options in the connectors' pages are those of their schemas: npm run reference generates them", async () => {
  const pages = await connectorPages();
  assert.ok(pages.length > 0);
  for (const { path, text, current } of pages) assert.equal(text, current, path);
});

test("a page with such a table says what an acknowledgement means", async () => {
  for (const { path, text } of await connectorPages()) assert.match(text, /^## Delivery$/m, path);
});

test("the first example of such a page is a connector file without findings", async () => {
  for (const { path, text, definition } of await connectorPages()) {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "example.toml"), /```toml\n([\s\S]*?)```/.exec(text)?.[1] ?? "");
    const set = await new ConnectorFolder({
      folder: folder.path,
      environment: {},
      workingDirectory: folder.path,
      strict: true,
      secret: () => {},
    }).load();
    assert.deepEqual([...set.errors, ...set.warnings].map(formatProblem), [], path);
    assert.equal(set.connectors.length, 1, path);
    await parseConfig(definition.config, set.connectors[0]?.config.plugin_config, path);
  }
});
