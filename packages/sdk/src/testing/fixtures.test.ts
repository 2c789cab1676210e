import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";

/** Where the vectors were copied from; a checkout of the repository alone does not have it. */
const ORIGIN = new URL("../../../../../shared/fixtures/", import.meta.url);
const COPIES: Readonly<Record<string, readonly string[]>> = {
  codecs: ["json.json", "text_raw.json", "payload_conversions.json"],
  transforms: ["add_fields.json", "delete_fields.json", "pipeline.json"],
};

for (const [folder, files] of Object.entries(COPIES)) {
  for (const file of files) {
    const origin = new URL(`${folder}/${file}`, ORIGIN);
    it(`${folder}/${file} is an exact copy`, { skip: existsSync(origin) ? false : "the origin is not here" }, () => {
      assert.equal(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), "utf8"), readFileSync(origin, "utf8"));
    });
  }
}
