import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { logEnvironment } from "../../test/records.ts";
import { temporaryFolder } from "../../test/with-server.ts";
import { Catalog } from "./catalog.ts";
import { createStream } from "./changes.ts";

const ENVIRONMENT = logEnvironment(0);
const ignore = (): undefined => undefined;

test("a change is on disk before it is seen, one after another; a refused one changes nothing", async (t) => {
  const path = join(await temporaryFolder(t), "catalog.json");
  const published: number[] = [];
  const catalog = await Catalog.open(ENVIRONMENT, path, (_, after) => published.push(after.streams.length));
  const names = ["a", "b", "a", "c"];
  const results = await Promise.allSettled(names.map((name) => catalog.change(createStream(name, 1))));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(published, [1, 2, 3]);
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), catalog.document);
  const again = await Catalog.open(ENVIRONMENT, path, ignore);
  assert.deepEqual(
    again.document.streams.map(({ name }) => name),
    ["a", "b", "c"],
  );
});

test("positions grow over restarts, however the process ended", async (t) => {
  const path = join(await temporaryFolder(t), "catalog.json");
  let last = 0;
  for (let start = 0; start < 3; start++) {
    const catalog = await Catalog.open(ENVIRONMENT, path, ignore);
    for (let count = 0; count < 5; count++) {
      const position = await catalog.nextPosition();
      assert.ok(position > last);
      last = position;
    }
  }
});

test("a change that cannot be saved is refused and forgotten", async (t) => {
  const folder = join(await temporaryFolder(t), "inner");
  await mkdir(folder);
  const path = join(folder, "catalog.json");
  const catalog = await Catalog.open(ENVIRONMENT, path, ignore);
  // A folder in the draft's place makes the write fail for root too.
  await mkdir(`${path}.new`);
  await assert.rejects(catalog.change(createStream("a", 1)));
  assert.deepEqual(catalog.document.streams, []);
  await rm(`${path}.new`, { recursive: true });
  await catalog.change(createStream("a", 1));
  assert.equal((await Catalog.open(ENVIRONMENT, path, ignore)).document.streams.length, 1);
});

test("a damaged catalogue stops the start with its place and what to do", async (t) => {
  const path = join(await temporaryFolder(t), "catalog.json");
  for (const content of ["", "{", "[]", '{"version":2}']) {
    await writeFile(path, content);
    await assert.rejects(Catalog.open(ENVIRONMENT, path, ignore), (error: Error & { code: string }) => {
      assert.equal(error.code, "IGC_SERVER_CATALOG_DAMAGED");
      assert.ok(error.message.includes(path) && error.message.includes("backup"));
      return true;
    });
  }
});
