import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { testTransforms } from "@iggy-connectors/testing";

const file = fileURLToPath(new URL("../../examples/own-transform/orders.toml", import.meta.url));

test("the example of an own transform does what it says", () =>
  testTransforms(file, [
    {
      name: "a message per line",
      input: { id: 7, status: "paid", total: 250, lines: [{ sku: "a" }, { sku: "b" }] },
      several: true,
      expected: [
        { order: 7, line: 0, sku: "a", source: { topic: "created", offset: 0 } },
        { order: 7, line: 1, sku: "b", source: { topic: "created", offset: 0 } },
      ],
      expectedHeaders: { large: true },
    },
    { name: "empty", input: { id: 8, status: "paid", total: 0, lines: [] }, filtered: true },
    { name: "not paid", input: { id: 9, status: "new", total: 5, lines: [] }, filtered: true },
    { name: "no order", input: {}, error: "IGC_TRANSFORM_EXPRESSION" },
  ]));
