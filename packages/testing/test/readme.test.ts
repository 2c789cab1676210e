import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const shown = [...read("../README.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");

for (const file of readdirSync(new URL("./examples/", import.meta.url))) {
  test(`the README shows examples/${file}, which runs with the tests`, () => {
    assert.ok(shown.includes(read(`./examples/${file}`)));
  });
}

test("the README's table names every export that is a value", async () => {
  const text = read("../README.md");
  for (const name of Object.keys(await import("@iggy-connectors/testing"))) assert.ok(text.includes(name), name);
});
