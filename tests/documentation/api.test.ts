import assert from "node:assert/strict";
import { test } from "node:test";
import { apiDocument, apiPage, currentText, DOCUMENT, documentText, PAGE } from "../../scripts/reference/api-page.ts";

test("the description of the HTTP API matches the routes; npm run reference generates it", async () => {
  const document = await apiDocument();
  assert.equal(currentText(PAGE), apiPage(document));
  assert.equal(currentText(DOCUMENT), documentText(document));
});
