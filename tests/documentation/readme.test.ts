import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("the README's connector is the example that runs", () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(read("README.md"))?.[1];
  assert.equal(shown, read("examples/own-sink/webhook.ts"));
});

test("links inside the repository lead somewhere", () => {
  const dead: string[] = [];
  for (const page of [
    "README.md",
    "CONTRIBUTING.md",
    "docs/configuration.md",
    "docs/delivery.md",
    "docs/dependencies.md",
  ]) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      if (target !== undefined && !existsSync(join(root, dirname(page), target))) dead.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});
