import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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
  const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
  const dead: string[] = [];
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      if (target !== undefined && !existsSync(join(root, dirname(page), target))) dead.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});

test("the page of the architecture names files that exist", () => {
  const text = read("docs/architecture.md");
  const known = execFileSync("git", ["ls-files", "packages/**/*.ts"], { cwd: root, encoding: "utf8" }).split("\n");
  const missing = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.ts|[\w-]+\.ts)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => !known.some((file) => file.endsWith(`/${path}`)));
  assert.deepEqual(missing, []);
});
