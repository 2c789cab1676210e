import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { RegisterRoutes } from "../register-routes.ts";
import { ROUTES } from "./index.ts";

test("the list of routes has the export of every file in the folder", async () => {
  const files = readdirSync(import.meta.dirname).filter((file) => !/^index\.|\.test\.ts$/.test(file));
  const exported = await Promise.all(
    files.map(async (file) => ((await import(`./${file}`)) as { readonly routes: RegisterRoutes }).routes),
  );
  assert.ok(exported.length > 10);
  assert.deepEqual(new Set(ROUTES), new Set(exported));
  assert.equal(ROUTES.length, exported.length);
});
