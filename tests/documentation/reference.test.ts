import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { GENERATED_FOLDERS } from "../../scripts/reference/generated-folders.ts";

for (const [folder, pages] of GENERATED_FOLDERS) {
  const name = folder.pathname.split("/").at(-2);
  it(`docs/reference/${name} is what the definitions say: npm run reference generates it`, () => {
    const expected = pages();
    assert.deepEqual(existsSync(folder) ? readdirSync(folder).sort() : [], [...expected.keys()].sort());
    for (const [file, text] of expected) assert.equal(readFileSync(new URL(file, folder), "utf8"), text, file);
  });
}
