import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, HttpDestination, TestEnvironment } from "@iggy-connectors/testing";

test("the connector file works in a runtime", async () => {
  await using destination = await HttpDestination.start();
  await using environment = await TestEnvironment.start();
  await environment.send("shop", "orders", ['{"n":1}', '{"n":2}']);
  await using runtime = await environment.runtime({
    "lines.toml": `type = "sink"
key = "lines"
enabled = true
version = 0
name = "Lines"
path = "${fileURLToPath(new URL("./lines.ts", import.meta.url))}"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[plugin_config]
url = "${destination.url}"
`,
  });
  await runtime.connectorIn("/sinks/lines", "running");
  await eventually(() => destination.bodies().join("") === '{"n":1}\n{"n":2}\n', { what: "both orders" });
  assert.equal(await runtime.stop(), 0);
});
