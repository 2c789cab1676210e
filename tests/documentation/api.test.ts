import assert from "node:assert/strict";
import { test } from "node:test";
import { apiDocument, apiPage, DOCUMENT, documentText, PAGE, present } from "../../scripts/reference/api-page.ts";

test("the description of the HTTP API is as the routes say: npm run reference generates it", async () => {
  const document = await apiDocument();
  assert.equal(present(PAGE), apiPage(document));
  assert.equal(present(DOCUMENT), documentText(document));
});
