import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
assert.equal(examples.length, 2);

for (const [index, example] of examples.entries()) {
  it(`example ${index + 1} of the README prints what it says`, () => {
    const expected = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, output]) => output!);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=iggy-source", "--input-type=module-typescript", "-e", example],
      { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
    );
    assert.deepEqual(stdout.trim().split("\n"), expected, stderr);
  });
}
