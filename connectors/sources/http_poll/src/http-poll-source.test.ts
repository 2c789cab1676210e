import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError, parseConfig, RetryableError } from "@iggy-connectors/sdk";
import { Api, Driver } from "../test/api.ts";
import { httpPollSource } from "./index.ts";

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => assert.fail("succeeded"),
    (error) => error,
  );

test("the first round begins at once, the next one after the interval", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = { body: '[{"n":1}]' };
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, interval: "1h" });
  assert.deepEqual(await driver.round(), ['{"n":1}']);
  const stop = new AbortController();
  const waiting = driver.poll(driver.checkpoint, { signal: stop.signal });
  stop.abort();
  assert.deepEqual(await waiting, { messages: [] });
  assert.equal(api.targets.length, 1);
});

test("records are found where the answer has them, with every digit", async (t) => {
  const api = await Api.start(t, [], 1);
  const cases: [Record<string, unknown>, string, string[]][] = [
    [{}, '[{"a":1},2]', ['{"a":1}', "2"]],
    [{}, '{"a":12345678901234567890}', ['{"a":12345678901234567890}']],
    [{ records_path: "data[0].items" }, '{"data":[{"items":[1,"x"]}]}', ["1", '"x"']],
    [{ records_path: "items" }, '{"items":null}', []],
    [{ format: "ndjson" }, '{"a" : 1}\n\r\n{"b":2}', ['{"a" : 1}', '{"b":2}']],
    [{ format: "text" }, "up 1\ndown 2\n", ["up 1\ndown 2\n"]],
    [{ format: "text" }, "", []],
    [{}, "", []],
  ];
  for (const [settings, body, expected] of cases) {
    api.server.script.push({ body });
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, ...settings });
    assert.deepEqual(await driver.round(), expected, body);
  }
});

test("an answer that is not what the configuration says is asked for again", async (t) => {
  const api = await Api.start(t, [], 1);
  for (const [settings, body, place] of [
    [{}, "<html>", "format"],
    [{ records_path: "items" }, '{"data":[]}', "records_path"],
  ] as const) {
    api.server.script.push({ body });
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, ...settings });
    const error = await failure(driver.poll());
    assert.ok(error instanceof RetryableError);
    assert.equal(error.place, place);
    assert.deepEqual(
      await driver.source.check?.({ signal: new AbortController().signal }).then(({ findings }) => findings.length),
      1,
    );
  }
});

test("since: later rounds ask only for what is new, and the boundary is not sent twice", async (t) => {
  const at = (id: number, second: number) => ({ id, at: `2024-01-01T00:00:0${second}Z` });
  const api = await Api.start(t, [at(2, 5), at(1, 1)], 10);
  const driver = await Driver.open(t, {
    url: `${api.server.url}/since?x=1`,
    since: { path: "at", initial: "2020" },
    id_path: "id",
    dedupe: 100,
    query: { y: "2" },
  });
  assert.equal((await driver.round()).length, 2);
  assert.equal((await driver.round()).length, 0);
  api.records.push(at(3, 5), at(4, 7));
  assert.deepEqual(await driver.round(), [JSON.stringify(at(3, 5)), JSON.stringify(at(4, 7))]);
  assert.deepEqual(api.targets, [
    "/since?x=1&y=2&since=2020",
    "/since?x=1&y=2&since=2024-01-01T00%3A00%3A05Z",
    "/since?x=1&y=2&since=2024-01-01T00%3A00%3A05Z",
  ]);
});

test("numbers of since are compared by value and keep their digits", async (t) => {
  const api = await Api.start(t, [], 10);
  api.server.script.push({ body: '[{"n":9},{"n":10},{"n":9007199254740993}]' }, { body: "[]" });
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, since: { path: "n" } });
  await driver.round();
  await driver.round();
  assert.deepEqual(api.targets, ["/x", "/x?since=9007199254740993"]);
});

test("an answer that did not change costs nothing", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = ({ headers }) =>
    headers["if-none-match"] === '"v1"' && headers["if-modified-since"] === "Mon, 01 Jan 2024 00:00:00 GMT"
      ? { status: 304 }
      : { body: "[1]", headers: { etag: '"v1"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" } };
  const driver = await Driver.open(t, { url: `${api.server.url}/x` });
  assert.deepEqual(await driver.round(), ["1"]);
  assert.deepEqual(await driver.round(), []);
  const without = await Driver.open(t, { url: `${api.server.url}/x`, conditional: false });
  await without.round();
  assert.deepEqual(await without.round(), ["1"]);
});

test("a record that was sent is left out while it is remembered, by id or by content", async (t) => {
  const api = await Api.start(t, [], 1);
  const answers = ['[{"id":1,"v":1},{"id":2,"v":1}]', '[{"id":1,"v":2},{"id":3,"v":1}]'];
  const run = async (settings: Record<string, unknown>) => {
    api.server.script.push(...answers.map((body) => ({ body })));
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, ...settings });
    await driver.round();
    return (await driver.round()).map((text) => (JSON.parse(text) as { id: number }).id);
  };
  assert.deepEqual(await run({ id_path: "id", dedupe: 10 }), [3]);
  assert.deepEqual(await run({ dedupe: 10 }), [1, 3]);
  assert.deepEqual(await run({ id_path: "id", dedupe: 1 }), [1, 3]);
  assert.deepEqual(await run({}), [1, 3]);
});

test("an id that identifies a record makes the same message id wherever it comes from", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.script.push({ body: '[{"id":1,"v":1}]' }, { body: '[{"id":9},{"id":1,"v":2}]' });
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, id_path: "id" });
  await driver.round();
  await driver.round();
  assert.equal(driver.ids()[0], driver.ids()[2]);
  assert.equal(new Set(driver.ids()).size, 2);
});

test("a server that is busy or gives up is asked again, wrong credentials are fatal", async (t) => {
  const api = await Api.start(t, [], 1);
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, max_retries: 1 });
  api.server.script.push({ status: 503 }, { body: "[1]" });
  assert.deepEqual(await driver.round(), ["1"]);
  api.server.script.push({ status: 429, headers: { "retry-after": "600" } });
  assert.equal(((await failure(driver.poll())) as RetryableError).retryAfter, 600_000);
  api.server.script.push({ status: 401 });
  assert.ok((await failure(driver.poll())) instanceof FatalError);
});

test("an exhausted rate limit is left to the runtime, which shows until when it waits", async (t) => {
  const api = await Api.start(t, [], 1);
  const limits: [Record<string, string>, number][] = [
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "3600" }, 3_600_000],
    [{ "x-rate-limit-remaining": "0", "x-rate-limit-reset": `${Date.now() + 3_600_000}` }, 3_600_000],
    [{ ratelimit: '"default";r=0;t=60' }, 60_000],
  ];
  for (const [headers, wait] of limits) {
    api.server.script.push({ body: "[1]", headers });
    const driver = await Driver.open(t, { url: `${api.server.url}/x` });
    await driver.round();
    const asked = api.targets.length;
    const error = (await failure(driver.poll())) as RetryableError;
    assert.equal(error.code, "IGC_SOURCE_HTTP_POLL_LIMIT");
    assert.match(error.message, /used up until \d{4}-/);
    assert.ok(Math.abs((error.retryAfter ?? 0) - wait) < 5000, `${error.retryAfter}`);
    assert.equal(api.targets.length, asked);
    api.server.script.push({ status: 429, headers });
    const refused = (await failure((await Driver.open(t, { url: `${api.server.url}/x` })).poll())) as RetryableError;
    assert.ok(Math.abs((refused.retryAfter ?? 0) - wait) < 5000, `${refused.retryAfter}`);
  }
});

test("records keep the bytes that the server wrote, wherever they lie", async (t) => {
  const api = await Api.start(t, [], 1);
  const record =
    '{"amount":12345678901234567.89, "rate" : 1.10,"e":1e400,"zz":1,"10":1,"2":2,"a":1,"a":2,"n":123456789012345678901234567890}';
  for (const [settings, body] of [
    [{}, ` [ ${record} , ${record}]`],
    [{ records_path: "data[1].items" }, `{"data":[0,{"items":[${record},\n${record}]}]}`],
    [{ format: "ndjson" }, `${record}\n${record}`],
  ] as const) {
    api.server.script.push({ body });
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, ...settings });
    assert.deepEqual(await driver.round(), [record, record]);
  }
  api.server.script.push({ body: ` ${record}\n` });
  assert.deepEqual(await (await Driver.open(t, { url: `${api.server.url}/x` })).round(), [record]);
});

test("answers are read by their byte order mark and charset", async (t) => {
  const api = await Api.start(t, [], 1);
  const text = '[{"n":"Łé"}]';
  const cases: [Buffer, string][] = [
    [Buffer.from(`\ufeff${text}`), "application/json"],
    [Buffer.from(`\ufeff${text}`, "utf16le"), "application/json"],
    [Buffer.from(text, "utf16le").swap16(), "application/json; charset=utf-16be"],
  ];
  for (const [body, type] of cases) {
    api.server.script.push({ body, headers: { "content-type": type } });
    assert.deepEqual(await (await Driver.open(t, { url: `${api.server.url}/x` })).round(), ['{"n":"Łé"}'], type);
  }
  const latin = {
    body: Buffer.from('["é"]', "latin1"),
    headers: { "content-type": "application/json; charset=ISO-8859-1" },
  };
  api.server.script.push(latin);
  assert.deepEqual(await (await Driver.open(t, { url: `${api.server.url}/x` })).round(), ['"é"']);
  api.server.script.push({ body: "[1]", headers: { "content-type": "application/json; charset=klingon" } });
  const error = await failure((await Driver.open(t, { url: `${api.server.url}/x` })).poll());
  assert.ok(error instanceof RetryableError && /klingon/.test(error.message));
});

test("a line that is not JSON does not stop its page", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.script.push({ body: '{"id":1}\ngarbage\n{"id":2}\n' });
  const driver = await Driver.open(t, { url: `${api.server.url}/x`, format: "ndjson", since: { path: "id" } });
  assert.deepEqual(await driver.round(), ['{"id":1}', "garbage", '{"id":2}']);
});

test("OAuth 2.0 client credentials", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = ({ target, headers }) => {
    if (target === "/token") return { body: '{"access_token":"tok","expires_in":3600}' };
    return headers.authorization === "Bearer tok" ? { body: "[1]" } : { status: 401 };
  };
  const driver = await Driver.open(t, {
    url: `${api.server.url}/x`,
    auth: { type: "oauth2", token_url: `${api.server.url}/token`, client_id: "id", client_secret: "s" },
  });
  assert.deepEqual(await driver.round(), ["1"]);
});

test("check reports what is missing", async (t) => {
  const api = await Api.start(t, [], 1);
  const check = async (settings: Record<string, unknown>, body = '[{"a":1}]', status = 200) => {
    api.server.script.push({ body, status });
    const driver = await Driver.open(t, { url: `${api.server.url}/x`, max_retries: 0, ...settings });
    return (await driver.source.check?.({ signal: new AbortController().signal }))?.findings ?? [];
  };
  assert.deepEqual(await check({}), []);
  assert.match((await check({ since: { path: "b" } }))[0]?.message ?? "", /no value at "b"/);
  assert.match((await check({}, "", 401))[0]?.fix ?? "", /credentials/);
  assert.equal((await check({ records_path: "x" }))[0]?.level, "error");
  const asked = api.targets.length;
  assert.match((await check({ max_retries: 5 }, "", 503))[0]?.message ?? "", /503/);
  assert.equal(api.targets.length, asked + 1);
});

test("a configuration that cannot work names its key", async () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{}, /^url: /m],
    [{ url: "http://h", pagination: { type: "magic" } }, /^pagination/m],
    [{ url: "http://h", pagination: { type: "cursor", path: "a[" } }, /^pagination\.path: /m],
    [{ url: "http://h", records_path: "" }, /^records_path: /m],
    [{ url: "http://h", dedupe: -1 }, /^dedupe: /m],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(parseConfig(httpPollSource.config, value), { message });
  }
});

test("with an invalid checkpoint the source starts again", async (t) => {
  const api = await Api.start(t, [], 1);
  api.server.otherwise = { body: "[1]" };
  const driver = await Driver.open(t, { url: `${api.server.url}/x` });
  const { messages } = await driver.poll({ nonsense: true } as never);
  assert.equal(messages.length, 1);
});
