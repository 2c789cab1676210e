import assert from "node:assert/strict";
import { test } from "node:test";
import { connectorPages } from "./connector-pages/pages.ts";

test("the options in the connectors' pages are those of their schemas: npm run reference makes them anew", async () => {
  const pages = await connectorPages();
  assert.ok(pages.length > 0);
  for (const { path, text, current } of pages) assert.equal(text, current, path);
});

test("a page with such a table says what an acknowledgement means", async () => {
  for (const { path, text } of await connectorPages()) assert.match(text, /^## Delivery$/m, path);
});
