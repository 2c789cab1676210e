import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

it("the example of the README does what it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const expected = /console\.log\(.*\); \/\/ (.*)/.exec(example)![1]!;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=iggy-source", "--input-type=module-typescript", "-e", example],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );
  assert.equal(stdout.trim(), expected, stderr);
});
