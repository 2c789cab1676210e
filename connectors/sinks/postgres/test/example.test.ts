import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { postgresMissing } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";
import { database } from "./setup.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const EXAMPLE = read("../../../../examples/postgres/users.toml");

test("the page shows the settings of the example", () => {
  const shown = [...read("../README.md").matchAll(/```toml\n([\s\S]*?)```/g)][1]?.[1] ?? "";
  assert.ok(shown.length > 0 && EXAMPLE.endsWith(shown), shown);
});

test("the example keeps a table up to date", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  await using folder = await temporaryFolder();
  const iggy = await IggyProcess.start(`${folder.path}/data`);
  await using _server = iggy.process;
  await using client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("example_stream");
  await client.createTopic({ stream: "example_stream", name: "users", partitionsCount: 1 });
  const messages = [
    { user: { id: 1, mail: "one@example.org" } },
    { user: { id: 2, mail: "two@example.org" }, plan: "free" },
    { user: { id: 1, mail: "new@example.org" }, plan: "paid", seats: 3 },
  ];
  await client.sendMessages({
    stream: "example_stream",
    topic: "users",
    messages: messages.map((message) => ({ payload: Buffer.from(JSON.stringify(message)) })),
  });
  const port = await freePort();
  const connectors = { "users.toml": EXAMPLE };
  const config = await writeConfiguration({ folder: folder.path, iggy: iggy.address, port, connectors });
  await using runtime = RuntimeProcess.start(config, port, { POSTGRES_URL: db.url });
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
