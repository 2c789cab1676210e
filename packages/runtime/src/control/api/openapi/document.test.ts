import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { startScripted } from "../../../../test/scripted-runtime.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly security: unknown;
}

const METRICS = { config: { http: { metrics: { enabled: true } } } };

test("the document is valid OpenAPI 3.1 without dangling references", async () => {
  await using started = await startScripted(() => ({}), METRICS);
  const document = (await started.get("/openapi.json")) as Document;
  const { valid, errors } = await new Validator().validate({ ...document });
  assert.ok(valid, JSON.stringify(errors));
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name!,
  );
  assert.ok(references.length > 50);
  for (const name of references) assert.ok(name in document.components.schemas, name);
  assert.ok(!JSON.stringify(document).includes("#/$defs"), "a dangling reference");
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  assert.equal(new Set(ids).size, ids.length);
});

test("every documented operation exists and responds as documented", async () => {
  await using started = await startScripted(() => ({}), METRICS);
  const { paths } = (await started.get("/openapi.json")) as Document;
  let asked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    const streams = Object.values(methods).some((operation) => JSON.stringify(operation).includes("text/event-stream"));
    if (streams) continue;
    const url = path
      .replaceAll("{version}", "7")
      .replaceAll("{id}", "7")
      .replaceAll(/\{\w+\}/g, "nobody");
    for (const method of Object.keys(methods)) {
      const body = method === "post" || method === "put" ? {} : undefined;
      // `ask` checks the response against the description.
      const { status } = await started.ask(method.toUpperCase(), url, body);
      assert.notEqual(status, 405, `${method} ${path}`);
      asked += 1;
    }
  }
  assert.ok(asked > 50, `${asked}`);
});

test("the page needs no key, no script and no other resource; without http.docs the document needs the key", async () => {
  await using open = await startScripted(() => ({}), {
    config: { http: { api_key: "a-key", ...METRICS.config.http } },
  });
  const page = await fetch(`http://${open.runtime.address}/docs`);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'; style-src 'sha256-/);
  const html = await page.text();
  const { paths, security } = (await open.get("/openapi.json")) as Document;
  assert.deepEqual(security, [{ key: [] }]);
  for (const path of Object.keys(paths)) assert.ok(html.includes(`<code>${path}</code>`), path);
  assert.doesNotMatch(html, /<script|<img|<link|\ssrc=|href="(?!#|openapi\.json")/);
  assert.ok(!html.includes("a-key"));

  await using closed = await startScripted(() => ({}), { config: { http: { api_key: "a-key", docs: false } } });
  const status = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(`http://${closed.runtime.address}${path}`, { headers });
    await reply.body?.cancel();
    return reply.status;
  };
  assert.equal(await status("/openapi.json"), 401);
  assert.equal(await status("/openapi.json", { "api-key": "a-key" }), 200);
  assert.equal(await status("/docs", { "api-key": "a-key" }), 404);
});
