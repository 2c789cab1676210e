import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);

test("the page about metrics lists every family with its type, and no other", async () => {
  const page = await readFile(new URL("docs/metrics.md", root), "utf8");
  const rendered = await readFile(new URL("packages/runtime/src/control/metrics/render.test.ts", root), "utf8");
  const documented = [...page.matchAll(/^\| `(iggy_connectors?_\w+)` +\| (\w+)/gm)].map(([, name, type]) => [
    name,
    type,
  ]);
  // The golden text of the renderer's own test has every family except those defined by plugins.
  const families = [...rendered.matchAll(/^# TYPE (iggy_connectors?_\w+) (\w+)$/gm)]
    .map(([, name, type]) => [name, type])
    .filter(([name]) => !name?.startsWith("iggy_connector_plugin_"));
  assert.ok(families.length > 20);
  assert.deepEqual(documented, families);
});
