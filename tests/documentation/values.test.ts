import assert from "node:assert/strict";
import { test } from "node:test";
import { currentValuesPage, valuesPage } from "../../scripts/reference/values-page.ts";

test("the page of values says what the tests of codecs and sinks run; npm run reference writes it", () => {
  assert.equal(currentValuesPage(), valuesPage());
});
