import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError, parseConfig } from "@iggy-connectors/sdk";
import { batchOf, eventually, openContext, recordingContext } from "@iggy-connectors/testing";
import { httpSink } from "../src/index.ts";
import { setup } from "./setup.ts";

const { signal } = new AbortController();

test("the health check is off by default, and must succeed when it is on", async (t) => {
  const off = await setup(t);
  assert.equal(off.destination.requests.length, 0);
  const { sink, destination } = await setup(t, { health_check_enabled: true }, { open: false });
  destination.script.push({ status: 503 });
  await sink.open?.(openContext(signal));
  assert.deepEqual(
    destination.requests.map(({ method, target }) => `${method} ${target}`),
    ["HEAD /ingest", "HEAD /ingest"],
  );
  const refused = await setup(t, { health_check_enabled: true }, { open: false });
  refused.destination.otherwise = { status: 403 };
  await assert.rejects(async () => refused.sink.open?.(openContext(signal)), FatalError);
});

test("check reports what is missing, without sending a message", async (t) => {
  const { sink, destination } = await setup(t, { health_check_method: "GET" });
  const check = async () => (await sink.check?.({ signal }))?.findings ?? [];
  assert.deepEqual(await check(), []);
  destination.script.push({ status: 405 }, { status: 401 }, { status: 503 });
  const levels = [];
  for (let call = 0; call < 3; call++) levels.push((await check())[0]);
  assert.deepEqual(
    levels.map((finding) => finding?.level),
    ["warning", "error", "error"],
  );
  assert.match(levels[1]?.fix ?? "", /the credentials worked before/);
  assert.ok(destination.requests.every(({ method }) => method === "GET"));
  await destination[Symbol.asyncDispose]();
  // The socket that was kept alive is found broken first.
  await eventually(async () => /nothing is listening there/.test((await check())[0]?.fix ?? ""));
});

test("what can never work fails the start and names its key", async () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ url: "localhost" }, "url"],
    [{ url: "http://{topic}.example/" }, "url"],
    [{ url: "http://h/{nothing}" }, "url"],
    [{ url: "http://h/", headers: { "bad name": "x" } }, "headers"],
    [{ url: "http://h/", headers: { a: "line\nbreak" } }, "headers"],
    [{ url: "http://h/", tls: { ca_file: "none.pem" } }, "tls.ca_file"],
    [{ url: "http://h/", batch_mode: "ndjson", idempotency: "message_id" }, "idempotency"],
  ];
  for (const [value, place] of wrong) {
    const sink = httpSink.create(await parseConfig(httpSink.config, value), recordingContext("/nowhere"));
    await assert.rejects(
      async () => sink.open?.(openContext(signal)),
      (error: unknown) => error instanceof FatalError && error.place === place,
      JSON.stringify(value),
    );
  }
  const invalid: [Record<string, unknown>, RegExp][] = [
    [{}, /^url: /m],
    [{ url: "x", batch_mode: "all" }, /^batch_mode: /m],
    [{ url: "x", success_status_codes: [] }, /^success_status_codes: /m],
    [{ url: "x", success_status_codes: [700] }, /^success_status_codes\[0\]: /m],
    [{ url: "x", partial_failures: { items: "items" } }, /^partial_failures: requires status or error/m],
  ];
  for (const [value, message] of invalid) {
    await assert.rejects(parseConfig(httpSink.config, value), (error: Error) =>
      message.test(error.message.slice(error.message.indexOf("\n") + 1)),
    );
  }
});

test("the original's warnings", async (t) => {
  const { context, consume, destination } = await setup(t, {
    headers: { "Content-Type": "text/plain" },
    success_status_codes: [200, 503],
    tls_danger_accept_invalid_certs: true,
  });
  assert.deepEqual(
    context.lines.map((line) => line.split(":").slice(0, 2).join(":")),
    [
      "warn: headers",
      "warn: success_status_codes",
      "warn: the destination's certificate is not verified, so the destination is not authenticated",
    ],
  );
  await consume(batchOf(['{"n":1}']));
  assert.equal(destination.requests[0]?.headers["content-type"], "application/json");
});
