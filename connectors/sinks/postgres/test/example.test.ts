import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";
import { database } from "./setup.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const EXAMPLE = read("../../../../examples/postgres/users.toml");

test("the page shows the settings of the example", () => {
  const shown = [...read("../README.md").matchAll(/```toml\n([\s\S]*?)```/g)][1]?.[1] ?? "";
  assert.ok(shown.length > 0 && EXAMPLE.endsWith(shown), shown);
});

test("the example keeps a table up to date", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  await using environment = await TestEnvironment.start();
  const messages = [
    { user: { id: 1, mail: "one@example.org" } },
    { user: { id: 2, mail: "two@example.org" }, plan: "free" },
    { user: { id: 1, mail: "new@example.org" }, plan: "paid", seats: 3 },
  ];
  await environment.send(
    "example_stream",
    "users",
    messages.map((message) => JSON.stringify(message)),
  );
  await using runtime = await environment.runtime({ "users.toml": EXAMPLE }, { POSTGRES_URL: db.url });
  const rows = await eventually(
    async () => {
      const found = await db.rows('SELECT user_id, mail, plan, seats, iggy_offset FROM users ORDER BY "user_id"');
      return found.length === 2 && found[0]?.mail === "new@example.org" && found;
    },
    { what: `both users\n${runtime.output}` },
  );
  assert.deepEqual(rows, [
    { user_id: "1", mail: "new@example.org", plan: "paid", seats: "3", iggy_offset: "2" },
    { user_id: "2", mail: "two@example.org", plan: "free", seats: null, iggy_offset: "1" },
  ]);
  assert.equal(await runtime.stop(), 0);
});
