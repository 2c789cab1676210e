import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { Api, Driver } from "../../test/api.ts";
import { createPagination } from "./pagination.ts";

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

test("a page with fewer records than asked for is not the last one", async (t) => {
  const cap = 100;
  for (const [path, settings] of [
    ["/offset", { records_path: "items", pagination: { type: "offset", limit: 500 } }],
    ["/page", { pagination: { type: "page", size: 500 } }],
  ] as const) {
    const api = await Api.start(t, list(250), cap);
    api.maxPageSize = cap;
    const driver = await Driver.open(t, { url: `${api.server.url}${path}`, ...settings });
    assert.deepEqual(await driver.round(), texts(list(250)), path);
  }
});

test("what the response says of the end saves the request for an empty page", async (t) => {
  const api = await Api.start(t, list(4), 2);
  const pagination = { type: "offset", limit: 2, total_path: "total" };
  const driver = await Driver.open(t, { url: `${api.server.url}/offset`, records_path: "items", pagination });
  assert.deepEqual(await driver.round(), texts(list(4)));
  assert.equal(api.targets.length, 2);
  // More came while the pages were read.
  await driver.step();
  api.records = list(5);
  while ((await driver.step()).more === true);
  assert.deepEqual(driver.texts().slice(4), texts(list(5)));
});

test("with has_more an empty page in the middle is not the end", async (t) => {
  const api = await Api.start(t, [], 1);
  const pages = [[1, 2], [], [3], []];
  const more = [true, true, true, false];
  api.server.otherwise = ({ target }) => {
    const page = Number(new URL(target, "http://h").searchParams.get("page")) - 1;
    return { body: JSON.stringify({ items: pages[page], has_more: more[page] }) };
  };
  const pagination = { type: "page", has_more_path: "has_more" };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, records_path: "items", pagination });
  assert.deepEqual(await driver.round(), ["1", "2", "3"]);
});

test("an empty page with a cursor is not the end", async (t) => {
  const api = await Api.start(t, [], 1);
  const pages: Record<string, unknown> = {
    none: { items: [1], next: "a" },
    a: { items: [], next: "b" },
    b: { items: [2], next: "" },
  };
  api.server.otherwise = ({ target }) => ({
    body: JSON.stringify(pages[new URL(target, "http://h").searchParams.get("cursor") ?? "none"]),
  });
  const pagination = { type: "cursor", path: "next" };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, records_path: "items", pagination });
  assert.deepEqual(await driver.round(), ["1", "2"]);
});

test("a page behind the last one that is not there is the end", async (t) => {
  for (const pagination of [{ type: "page" }, { type: "offset", limit: 2 }]) {
    const api = await Api.start(t, [], 1);
    api.server.otherwise = ({ target }) => {
      const { searchParams } = new URL(target, "http://h");
      const from = Number(searchParams.get("offset") ?? (Number(searchParams.get("page")) - 1) * 2);
      return from < 4 ? { body: JSON.stringify(list(4).slice(from, from + 2)) } : { status: 404 };
    };
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, pagination });
    assert.deepEqual(await driver.round(), texts(list(4)));
    assert.deepEqual(driver.context.lines, []);
    assert.deepEqual(await driver.round(), texts(list(4)), "the next round");
  }
  const missing = await Api.start(t, [], 1);
  const driver = await Driver.open(t, { url: `${missing.server.url}/x`, pagination: { type: "page" } });
  await assert.rejects(driver.poll(), FatalError, "the first page is another matter");
});

test("a page of the server's own naming that is gone ends the round with a word", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = ({ target }) =>
    target === "/x" ? { body: "[1]", headers: { link: '</gone>; rel="next"' } } : { status: 410 };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, pagination: { type: "link_header" } });
  assert.deepEqual(await driver.round(), ["1"]);
  assert.match(driver.context.lines.join(), /warn: the round ended after 2 pages: the server no longer has the page/);
});

test("pages that repeat themselves end the round with a word, and each record comes once", async (t) => {
  const linked = (body: string, next: string) => ({ body, headers: { link: `<${next}>; rel="next"` } });
  const numbered = (target: string) => Number(new URL(target, "http://h").searchParams.get("page"));
  const cases: [string, Record<string, unknown>, (target: string) => { body: string }, string[]][] = [
    ["the parameter is ignored", { type: "page" }, () => ({ body: "[1,2]" }), ["1", "2"]],
    [
      "the first page again behind the last",
      { type: "page" },
      (target) => ({ body: `[${numbered(target) % 3}]` }),
      ["1", "2", "0"],
    ],
    [
      "A to B to A",
      { type: "link_header" },
      (target) => (target === "/b" ? linked("[2]", "/x") : linked("[1]", "/b")),
      ["1", "2"],
    ],
    [
      "A to B to C to B",
      { type: "link_header" },
      (target) => (target === "/b" ? linked("[2]", "/c") : target === "/c" ? linked("[3]", "/b") : linked("[1]", "/b")),
      ["1", "2", "3"],
    ],
    ["to itself", { type: "link_header" }, () => linked("[1]", "/x"), ["1"]],
  ];
  for (const [what, pagination, answer, expected] of cases) {
    const api = await Api.start(t, [], 1);
    api.server.otherwise = ({ target }) => answer(target);
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, pagination });
    assert.deepEqual(await driver.round(), expected, what);
    assert.match(driver.context.lines.join(), /warn: the round ended after \d pages: /, what);
    assert.ok(api.targets.length <= expected.length + 1, what);
    assert.equal((await driver.round()).length, expected.length, "the next round");
  }
});

test("a cursor that does not move ends the round with a word", async (t) => {
  const api = await Api.start(t, [], 1);
  let answered = 0;
  api.server.otherwise = () => ({ body: JSON.stringify({ items: [++answered], next: "same" }) });
  const driver = await Driver.open(t, {
    url: `${api.server.url}/x`,
    records_path: "items",
    pagination: { type: "cursor", path: "next" },
  });
  assert.deepEqual(await driver.round(), ["1", "2"]);
  assert.match(driver.context.lines.join(), /the cursor does not move from "same"/);
});

test("a server that has another cursor for ever is not asked for ever", async (t) => {
  const api = await Api.start(t, [], 1);
  let answered = 0;
  api.server.otherwise = () => ({ body: JSON.stringify({ items: [], next: `c${++answered}` }) });
  const pagination = { type: "cursor", path: "next" };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, records_path: "items", pagination });
  assert.deepEqual(await driver.round(), []);
  assert.equal(answered, 100);
  assert.match(driver.context.lines.join(), /a hundred pages in a row had no records/);
});

test("a cursor keeps its digits", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.script.push(
    { body: '{"items":[1],"next":12345678901234567890.10}' },
    { body: '{"items":[2],"next":null}' },
  );
  const pagination = { type: "cursor", path: "next" };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, records_path: "items", pagination });
  await driver.round();
  assert.equal(api.targets[1], "/x?cursor=12345678901234567890.10");
});

test("a page is delivered, and then its link to another server fails the source", async (t) => {
  for (const link of ["http://169.254.169.254/secret", "http://[", "ftp://h/x"]) {
    const api = await Api.start(t, [], 1);
    api.server.otherwise = { body: "[1,2]", headers: { link: `<${link}>; rel="next"` } };
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, pagination: { type: "link_header" } });
    await driver.step();
    assert.deepEqual(driver.texts(), ["1", "2"]);
    const isRefused = (error: unknown) => error instanceof FatalError && error.place === "pagination";
    await assert.rejects(driver.poll(), isRefused, link);
    assert.equal(api.targets.length, 1);
    const check = await driver.source.check?.({ signal: new AbortController().signal });
    assert.equal(check?.findings[0]?.level, "error");
  }
});

test("a server behind a TLS proxy that links to http:// is asked as it is configured", () => {
  const { next } = createPagination({ url: "https://api.example/v1", pagination: { type: "link_header" } });
  const page = (link: string) => ({
    reply: {
      status: 200,
      headers: { link: `<${link}>; rel="next"` },
      body: Buffer.alloc(0),
      text: () => "",
      json: () => null,
    },
    value: undefined,
    records: [1],
    received: 1,
  });
  for (const origin of ["http://api.example", "http://api.example:8080"]) {
    const following = next(undefined, page(`${origin}/v1?page=2`));
    assert.equal(following.position, "https://api.example/v1?page=2");
    assert.ok("note" in following && following.note?.includes(origin));
  }
  for (const elsewhere of [
    "http://other.example/v1?page=2",
    "https://api.example:8443/v1",
    "http://api.example.evil/",
  ]) {
    assert.ok("failure" in next(undefined, page(elsewhere)), elsewhere);
  }
  const plain = createPagination({ url: "http://api.example/v1", pagination: { type: "link_header" } });
  assert.ok("failure" in plain.next(undefined, page("https://api.example/v1?page=2")));
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
