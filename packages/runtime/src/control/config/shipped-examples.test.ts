import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConnectorFolder } from "./connector-set/connector-folder.ts";
import { formatProblem } from "./problem.ts";
import { loadRuntimeConfig } from "./runtime-file/load.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

test("the original's example configuration has no findings, even when strict", async () => {
  const { config, warnings } = await loadRuntimeConfig({
    configPath: "examples/quickstart/config.toml",
    environment: { IGGY_CONNECTORS_CONFIG_STRICT: "true" },
    workingDirectory: root,
  });
  assert.deepEqual(warnings.map(formatProblem), []);
  assert.equal(config.http.metrics.enabled, true);
});

test("every connector file of the examples has no findings, even when strict", async () => {
  const expected: [string, string[]][] = [
    ["quickstart/connectors", ["sink quickwit 0", "sink stdout 0", "source random 1"]],
    ["quickstart/connectors/input", ["sink lines 0"]],
    ["quickstart/connectors/without-quickwit", ["sink records 0"]],
  ];
  for (const [folder, connectors] of expected) {
    const set = await new ConnectorFolder({
      folder: `${root}examples/${folder}`,
      environment: {},
      workingDirectory: root,
      strict: true,
      secret: () => {},
    }).load();
    assert.deepEqual(set.errors.map(formatProblem), []);
    assert.deepEqual(set.warnings.map(formatProblem), []);
    assert.deepEqual(
      set.connectors.map(({ type, key, version }) => `${type} ${key} ${version}`),
      connectors,
    );
  }
});
