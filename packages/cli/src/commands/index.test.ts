import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS, type RegisterCommand } from "./index.ts";

test("the list of commands has the export of every file in the folder", async () => {
  const files = readdirSync(import.meta.dirname).filter((file) => !/^index\.|\.test\.ts$/.test(file));
  const exported = await Promise.all(
    files.map(async (file) => ((await import(`./${file}`)) as { readonly register: RegisterCommand }).register),
  );
  assert.ok(exported.length > 10);
  assert.deepEqual(new Set(COMMANDS), new Set(exported));
  assert.equal(COMMANDS.length, exported.length);
});
