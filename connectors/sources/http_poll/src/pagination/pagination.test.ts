import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { Api, Driver } from "../../test/api.ts";

const record = (id: number) => ({ id });
const list = (count: number, from = 1) => Array.from({ length: count }, (_, index) => record(from + index));
const texts = (records: readonly unknown[]) => records.map((one) => JSON.stringify(one));

/** Each way, as the API of the tests hands out its list. */
const WAYS: Readonly<Record<string, (pageSize: number) => Record<string, unknown>>> = {
  "/cursor": () => ({ records_path: "data.items", pagination: { type: "cursor", path: "next_cursor" } }),
  "/after": () => ({
    records_path: "items",
    pagination: { type: "cursor", param: "after", path: "id", of: "last_record" },
  }),
  "/offset": (limit) => ({ records_path: "items", pagination: { type: "offset", limit } }),
  "/page": (size) => ({ pagination: { type: "page", size_param: "limit", size } }),
  "/link": () => ({ pagination: { type: "link_header" } }),
  "/next": () => ({ records_path: "items", pagination: { type: "next_url", path: "links.next" } }),
};

for (const [path, settings] of Object.entries(WAYS)) {
  test(`${path}: every record of every round once, in order, for any list and page size`, async (t) => {
    const cases = fc.record({ count: fc.integer({ min: 0, max: 12 }), size: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, size }) => {
        const api = await Api.start(t, list(count), size);
        const driver = await Driver.open(t, { url: `${api.server.url}${path}`, ...settings(size) });
        for (let round = 0; round < 2; round++) assert.deepEqual(await driver.round(), texts(list(count)));
        assert.ok(api.targets.length <= 2 * (Math.ceil(count / size) + 1));
        assert.equal(new Set(driver.ids()).size, 2 * count, "equal records of two rounds are two messages");
      }),
      { numRuns: 20 },
    );
  });

  test(`${path}: a page that is asked for again, also by another process, gives the same messages and ids`, async (t) => {
    const api = await Api.start(t, list(7), 3);
    const settled = { url: `${api.server.url}${path}`, ...settings(3) };
    const driver = await Driver.open(t, settled);
    await driver.step();
    const again = await (await Driver.open(t, settled)).poll(driver.checkpoint);
    const first = await driver.poll();
    assert.deepEqual(again, first);
    assert.ok(first.messages.length > 0);
  });
}

test("a list that only grows is gone on with", async (t) => {
  for (const path of ["/after", "/offset"]) {
    const api = await Api.start(t, list(5), 2);
    const way = WAYS[path]!(2);
    const pagination = { ...(way.pagination as object), resume: true };
    const driver = await Driver.open(t, { url: `${api.server.url}${path}`, ...way, pagination });
    assert.deepEqual(await driver.round(), texts(list(5)));
    const { checkpoint } = driver;
    assert.deepEqual(await driver.round(), []);
    assert.deepEqual(driver.checkpoint, checkpoint, "a round that brought nothing moves nothing");
    api.records = list(8);
    assert.deepEqual(await driver.round(), texts(list(3, 6)));
  }
});

test("parameters can go in the body", async (t) => {
  const api = await Api.start(t, list(4), 2);
  const driver = await Driver.open(t, {
    url: `${api.server.url}/offset`,
    method: "POST",
    body: { filter: "x" },
    params_in: "body",
    ...WAYS["/offset"]!(2),
  });
  assert.deepEqual(await driver.round(), texts(list(4)));
  assert.deepEqual(
    api.server.bodies().map((body) => JSON.parse(body)),
    [0, 2, 4].map((offset) => ({ filter: "x", offset, limit: 2 })),
  );
  assert.ok(api.targets.every((target) => target === "/offset"));
});

test("a link to another server is not followed", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = { body: "[1]", headers: { link: '<http://169.254.169.254/secret>; rel="next"' } };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, pagination: { type: "link_header" } });
  await assert.rejects(driver.poll(), (error: unknown) => error instanceof FatalError && error.place === "pagination");
});

test("pages that never end stop at max_pages", async (t) => {
  const api = await Api.start(t, [], 1);
  let page = 0;
  api.server.otherwise = () => ({ body: JSON.stringify({ items: [{ id: ++page }], next: String(page) }) });
  const driver = await Driver.open(t, {
    url: `${api.server.url}/x`,
    records_path: "items",
    pagination: { type: "cursor", path: "next" },
    max_pages: 3,
  });
  assert.equal((await driver.round()).length, 3);
  assert.match(driver.context.lines.at(-1) ?? "", /warn: The round ended after max_pages = 3 pages/);
});
