import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";

/** The recordings that the copies in this package were taken from; they lie beside the repository, where they exist. */
const ORIGINALS = new URL("../../../../../shared/fixtures/", import.meta.url);
const COPIES = new URL("../../src/", import.meta.url);

const FOLDERS = {
  "vsr/fixtures/0.9.0/": "wire-vsr-stable/",
  "vsr/fixtures/0.9.0-edge.5/": "wire-vsr/",
  "vsr/fixtures/vectors/": "wire-vsr/vectors/",
  "legacy/fixtures/exchanges/": "wire-legacy/",
  "legacy/fixtures/vectors/": "wire-legacy/vectors/",
} as const;

for (const [copy, original] of Object.entries(FOLDERS)) {
  const from = new URL(original, ORIGINALS);
  it(`${copy}: copies are the recordings`, { skip: !existsSync(from) && "no recordings beside the repository" }, () => {
    const folder = new URL(copy, COPIES);
    const files = readdirSync(folder);
    const recordings = readdirSync(from).filter((file) => file.endsWith(".json"));
    assert.deepEqual(files.toSorted(), recordings.toSorted());
    for (const file of files) {
      assert.equal(readFileSync(new URL(file, folder), "utf8"), readFileSync(new URL(file, from), "utf8"), file);
    }
  });
}
