import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SchemaRegistry } from "@iggy-connectors/sdk/internal";
import { SchemaRegistryServer } from "@iggy-connectors/test-support";
import { connectSchemaRegistry, type SchemaRegistryAccess } from "./schema-registry-client.ts";

const { signal } = new AbortController();

async function serve(t: TestContext, options: Parameters<typeof SchemaRegistryServer.start>[0] = {}) {
  const server = await SchemaRegistryServer.start(options);
  t.after(() => server.close());
  return server;
}

function connect(t: TestContext, access: SchemaRegistryAccess): SchemaRegistry {
  const closing = new AbortController();
  t.after(() => closing.abort());
  return connectSchemaRegistry(access, closing.signal);
}

test("fetches schemas by id, with all that they refer to, each once and behind what it needs itself", async (t) => {
  const server = await serve(t);
  server.add("money", "message Money {}", "PROTOBUF");
  const of = (name: string, subject = name) => ({ name: `${name}.proto`, subject, version: 1 });
  server.add("line", "message Line {}", "PROTOBUF", [of("money")]);
  const id = server.add("a/b order", "message Order {}", "PROTOBUF", [of("line"), of("money")]);
  const registry = connect(t, { url: server.url });
  const schema = {
    type: "PROTOBUF",
    text: "message Order {}",
    references: [
      { name: "money.proto", text: "message Money {}" },
      { name: "line.proto", text: "message Line {}" },
    ],
  };
  assert.deepEqual(await registry.byId(id, signal), schema);
  assert.equal(server.calls.filter((call) => call.includes("/subjects/money/")).length, 1);
  assert.deepEqual(await registry.latest("a/b order", signal), { id, schema });
  const avro = server.add("s", '"int"');
  assert.deepEqual(await registry.byId(avro, signal), { type: "AVRO", text: '"int"', references: [] });
});

test("tells what does not exist from what cannot be reached", async (t) => {
  const server = await serve(t);
  const registry = connect(t, { url: server.url });
  assert.equal(await registry.byId(77, signal), undefined);
  assert.equal(await registry.latest("nobody", signal), undefined);
  assert.equal(await registry.lookup("nobody", "AVRO", '"int"', signal), undefined);
  for (const status of [500, 503, 429]) {
    server.failWith = status;
    await assert.rejects(registry.byId(77, signal), { name: "RetryableError" });
  }
  server.failWith = 404;
  await assert.rejects(registry.byId(77, signal), { name: "RetryableError", code: "IGC_HTTP_RESPONSE_INVALID" });
  await server.close();
  await assert.rejects(registry.byId(77, signal), { name: "RetryableError" });
});

test("looks up, registers, and says so when a schema is refused", async (t) => {
  const server = await serve(t);
  const registry = connect(t, { url: server.url });
  const id = await registry.register("s", "JSON", '{"type":"object"}', signal);
  assert.equal(await registry.lookup("s", "JSON", '{"type":"object"}', signal), id);
  assert.equal(await registry.lookup("s", "JSON", "{}", signal), undefined);
  server.incompatible = "worse";
  await assert.rejects(registry.register("s", "JSON", '{"title":"worse"}', signal), {
    name: "FatalError",
    code: "IGC_CONFIG_SCHEMA_REGISTRY",
    message: /incompatible/,
  });
});

test("authenticates with user and password, or with a token, and never shows either", async (t) => {
  const basic = await serve(t, { authorization: `Basic ${Buffer.from("me:pa:ss").toString("base64")}` });
  const id = basic.add("s", '"int"');
  assert.ok(await connect(t, { url: basic.url, username: "me", password: "pa:ss" }).byId(id, signal));
  await assert.rejects(
    connect(t, { url: basic.url, username: "me", password: "wr0ng-one" }).byId(id, signal),
    (error: Error) => {
      assert.equal(error.name, "FatalError");
      assert.doesNotMatch(`${error.message} ${String(error.stack)}`, /wr0ng-one/);
      return true;
    },
  );
  const bearer = await serve(t, { authorization: "Bearer t0ken" });
  bearer.add("s", '"int"');
  assert.ok(await connect(t, { url: bearer.url, token: "t0ken" }).byId(1, signal));
});

test("refuses references that go in circles or nowhere", async (t) => {
  const server = await serve(t);
  server.add("a", "one", "PROTOBUF", [{ name: "b", subject: "b", version: 1 }]);
  server.add("b", "two", "PROTOBUF", [{ name: "a", subject: "a", version: 1 }]);
  const nowhere = server.add("c", "three", "PROTOBUF", [{ name: "d", subject: "d", version: 1 }]);
  const registry = connect(t, { url: server.url });
  assert.deepEqual(
    (await registry.byId(1, signal))?.references.map(({ name }) => name),
    ["a", "b"],
  );
  await assert.rejects(registry.byId(nowhere, signal), { name: "FatalError", message: /does not exist/ });
});

test("speaks with a real registry", {
  skip: process.env.SCHEMA_REGISTRY_URL === undefined ? "SCHEMA_REGISTRY_URL is not set" : false,
}, async (t) => {
  const registry = connect(t, { url: process.env.SCHEMA_REGISTRY_URL ?? "" });
  const subject = `iggy-connectors-${process.pid}-${Date.now()}`;
  const text = JSON.stringify({ type: "record", name: "R", fields: [{ name: "a", type: "int" }] });
  assert.equal(await registry.latest(subject, signal), undefined);
  const id = await registry.register(subject, "AVRO", text, signal);
  assert.equal(await registry.lookup(subject, "AVRO", text, signal), id);
  assert.deepEqual(JSON.parse((await registry.byId(id, signal))?.text ?? ""), JSON.parse(text));
  assert.equal((await registry.latest(subject, signal))?.id, id);
});
