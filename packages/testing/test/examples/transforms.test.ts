import { test } from "node:test";
import { testTransforms } from "@iggy-connectors/testing";

test("orders are marked, empty ones are left out", async () => {
  // Or the path of a connector file instead of the list.
  const transforms = [
    { type: "filter", condition: "payload.total > 0" },
    { type: "add_fields", fields: [{ key: "region", value: { static: "eu" } }] },
  ];
  await testTransforms(transforms, [
    { input: { total: 5 }, expected: { total: 5, region: "eu" } },
    { input: { total: 0 }, filtered: true },
    { input: {}, error: "IGC_TRANSFORM_EXPRESSION" },
  ]);
});
