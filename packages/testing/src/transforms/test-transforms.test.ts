import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../temporary-folder.ts";
import { testTransforms } from "./test-transforms.ts";

const FILE = `type = "sink"
key = "orders"
enabled = true
version = 0
name = "Orders"
path = "stdout"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[[transforms]]
type = "filter"
condition = 'payload.total > 0 && topic == "orders"'
[[transforms]]
type = "add_fields"
fields = [{ key = "region", value = { static = "\${REGION}" } }, { key = "at", value = { computed = "timestamp_millis" } }]
[[transforms]]
type = "script"
path = "./mark.ts"
`;

describe("testTransforms", () => {
  it("runs cases through a connector file, with its environment and scripts", async () => {
    await using folder = await temporaryFolder();
    const script = "export default (message: any) => ({ value: message.value, headers: { seen: 1 } });";
    await writeFile(join(folder.path, "mark.ts"), script);
    const file = join(folder.path, "orders.toml");
    await writeFile(file, FILE);
    const metadata = { topic: "orders" };
    await testTransforms(
      file,
      [
        {
          input: { total: 5 },
          metadata,
          headers: { trace: "t" },
          expected: { total: 5, region: "eu", at: 0 },
          varies: ["at"],
          expectedHeaders: { seen: 1 },
        },
        { input: { total: 0 }, metadata, filtered: true },
        { input: { total: 5 }, filtered: true },
        { input: {}, metadata, error: "IGC_TRANSFORM_EXPRESSION" },
        { input: "no JSON", error: /not JSON/ },
      ],
      { environment: { REGION: "eu" } },
    );
  });

  it("runs cases through transforms as they stand in a file, also where one message becomes several", async () => {
    await testTransforms([{ type: "explode" }], [{ input: [1, 2], expected: [1, 2], several: true }]);
    await testTransforms({ add_fields: { enabled: true } }, [{ input: "x", expected: "x" }], { schema: "text" });
    const routed = { input: { to: "a" }, expected: { to: "a" }, expectedTarget: "a" };
    await testTransforms([{ type: "route", field: "to" }], [routed]);
  });

  it("lists every case that does not hold", async () => {
    const wrong = testTransforms(
      [{ type: "cast", fields: { n: "integer" } }],
      [
        { input: { n: "1" }, expected: { n: 1 } },
        { name: "a number", input: { n: "1" }, expected: { n: 2 } },
        { name: "no number", input: { n: "x" }, expected: { n: 0 } },
        { name: "no error", input: { n: "1" }, error: "IGC_TRANSFORM_CAST" },
        { name: "not filtered", input: { n: "1" }, filtered: true },
        { name: "nothing said", input: { n: "1" } },
      ],
    );
    const parts = [
      "a number: ",
      "no number: it failed: ",
      "no error: it did not fail",
      "not filtered: ",
      "nothing said: it must say",
    ];
    await assert.rejects(wrong, ({ message }: Error) => {
      assert.match(message, /^5 of 6 cases do not hold:/);
      for (const part of parts) assert.ok(message.includes(part), part);
      return true;
    });
  });
});
