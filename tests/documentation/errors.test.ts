import assert from "node:assert/strict";
import { test } from "node:test";
import { currentErrorsPage, errorsPage } from "../../scripts/reference/errors-page.ts";

test("the page of the error codes is as the registries say: npm run reference generates it", async () => {
  assert.equal(currentErrorsPage(), await errorsPage());
});
