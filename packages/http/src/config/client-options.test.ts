import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSecrets, parseConfig } from "@iggy-connectors/sdk";
import { recordingContext } from "@iggy-connectors/testing";
import { z } from "zod";
import { createHttpClient } from "../http-client.ts";
import { httpClientShape, httpRetryShape, httpStatusShape } from "./client-config.ts";
import { httpClientOptions } from "./client-options.ts";

const config = z.object({ ...httpClientShape, ...httpRetryShape, ...httpStatusShape });

const AUTHS = [
  { type: "basic", username: "u", password: "hidden" },
  { type: "bearer", token: "hidden" },
  { type: "api_key", key: "hidden" },
  { type: "hmac", secret: "hidden" },
  { type: "oauth2", token_url: "http://localhost/token", client_id: "id", client_secret: "hidden" },
];

test("an empty configuration is the documented defaults", async () => {
  const options = httpClientOptions(await parseConfig(config, {}), { baseUrl: "http://h" }, recordingContext("/"));
  assert.equal(options.timeout, 30_000);
  assert.equal(options.connections, 10);
  assert.deepEqual(options.retry, { attempts: 4, delay: 1000, maxDelay: 30_000, multiplier: 2 });
  assert.equal(options.auth, undefined);
});

test("every way to authenticate makes a client, and none shows its secret", async () => {
  for (const auth of AUTHS) {
    const given = { auth, proxy: "http://u:hidden@proxy", headers: { a: "hidden" }, tls: { key_passphrase: "hidden" } };
    const parsed = await parseConfig(config, { auth });
    await createHttpClient(httpClientOptions(parsed, { baseUrl: "http://h" }, recordingContext("/"))).close();
    assert.ok(!JSON.stringify(maskSecrets(config, given)).includes("hidden"), auth.type);
  }
});

test("wrong values name their key", async () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ auth: { type: "magic" } }, /auth/],
    [{ auth: { type: "hmac", secret: "s", signed: "{timestamp}" } }, /auth\.signed: must contain \{body\}/],
    [{ retry_status_codes: ["9xx"] }, /retry_status_codes\[0\]: must be a status/],
    [{ timeout: "soon" }, /timeout/],
  ];
  for (const [value, message] of wrong) await assert.rejects(parseConfig(config, value), { message });
});

test("delays the wrong way round are swapped, as the original does", async () => {
  const parsed = await parseConfig(config, { retry_delay: "30s", max_retry_delay: "1s" });
  const { retry } = httpClientOptions(parsed, { baseUrl: "http://h" }, recordingContext("/"));
  assert.deepEqual([retry?.delay, retry?.maxDelay], [1000, 30_000]);
});
