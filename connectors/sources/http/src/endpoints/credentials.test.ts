import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createHttpClient } from "@iggy-connectors/http";
import { post, start } from "../../test/setup.ts";

const BODY = '{"n":1}';
const now = () => String(Math.floor(Date.now() / 1000));
const hmac = (text: string, secret: string | Buffer = "s3cret", algorithm = "sha256") =>
  createHmac(algorithm, secret).update(text);

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

/** For each way to authenticate: its settings, headers that are right, and headers that are not. */
const CASES: readonly {
  readonly name: string;
  readonly endpoint: Record<string, unknown>;
  right(): Record<string, string>[];
  wrong(): Record<string, string>[];
}[] = [
  {
    name: "bearer",
    endpoint: { auth_type: "bearer", auth_secret: "t0ken" },
    right: () => [{ authorization: "Bearer t0ken" }, { authorization: "bearer t0ken" }],
    wrong: () => [{}, { authorization: "Bearer t0ke" }, { authorization: "t0ken" }, { authorization: basic("t0ken") }],
  },
  {
    name: "basic",
    endpoint: { auth_type: "basic", auth_username: "me", auth_secret: "pass:word" },
    right: () => [{ authorization: basic("me:pass:word") }],
    wrong: () => [{}, { authorization: basic("me:pass") }, { authorization: basic("you:pass:word") }],
  },
  {
    name: "hmac-sha256, as GitHub signs",
    endpoint: { auth_type: "hmac-sha256", auth_secret: "s3cret" },
    right: () => [{ "x-hub-signature-256": `sha256=${hmac(BODY).digest("hex")}` }],
    wrong: () => [
      {},
      { "x-hub-signature-256": hmac(BODY).digest("hex") },
      { "x-hub-signature-256": `sha256=${hmac(`${BODY} `).digest("hex")}` },
      { "x-hub-signature-256": `sha256=${hmac(BODY, "other").digest("hex")}` },
      { "x-hub-signature-256": `sha256=${hmac(BODY).digest("hex").slice(2)}` },
      { "x-hub-signature-256": "sha256=" },
      { "x-hub-signature-256": "sha256=zz" },
    ],
  },
  {
    name: "hmac-sha1",
    endpoint: { auth_type: "hmac-sha1", auth_secret: "s3cret", hmac_header: "X-Hub-Signature", hmac_prefix: "sha1=" },
    right: () => [{ "x-hub-signature": `sha1=${hmac(BODY, "s3cret", "sha1").digest("hex")}` }],
    wrong: () => [{ "x-hub-signature": `sha1=${hmac(BODY).digest("hex")}` }],
  },
  {
    name: "stripe",
    endpoint: { auth_type: "stripe", auth_secret: "s3cret" },
    right: () => {
      const good = hmac(`${now()}.${BODY}`).digest("hex");
      return [
        { "stripe-signature": `t=${now()},v1=${good}` },
        { "stripe-signature": `t=${now()},v1=00,v1=${good},v0=1` },
      ];
    },
    wrong: () => [
      { "stripe-signature": `t=1,v1=${hmac(`1.${BODY}`).digest("hex")}` },
      { "stripe-signature": `t=${now()},v1=${hmac(BODY).digest("hex")}` },
      { "stripe-signature": "t=" },
      { "stripe-signature": `t=${now()}` },
    ],
  },
  {
    name: "slack",
    endpoint: { auth_type: "slack", auth_secret: "s3cret" },
    right: () => [
      {
        "x-slack-request-timestamp": now(),
        "x-slack-signature": `v0=${hmac(`v0:${now()}:${BODY}`).digest("hex")}`,
      },
    ],
    wrong: () => [{ "x-slack-signature": `v0=${hmac(`v0:${now()}:${BODY}`).digest("hex")}` }],
  },
  {
    name: "standard-webhooks",
    endpoint: { auth_type: "standard-webhooks", auth_secret: `whsec_${Buffer.from("key").toString("base64")}` },
    right: () => {
      const signature = hmac(`msg.${now()}.${BODY}`, Buffer.from("key")).digest("base64");
      return [{ "webhook-id": "msg", "webhook-timestamp": now(), "webhook-signature": `v1,AAAA v1,${signature}` }];
    },
    wrong: () => {
      const signature = hmac(`msg.${now()}.${BODY}`, Buffer.from("key")).digest("base64");
      return [
        { "webhook-id": "other", "webhook-timestamp": now(), "webhook-signature": `v1,${signature}` },
        { "webhook-id": "msg", "webhook-timestamp": "x", "webhook-signature": `v1,${signature}` },
        { "webhook-id": "msg", "webhook-timestamp": now(), "webhook-signature": `v2,${signature}` },
      ];
    },
  },
];

for (const { name, endpoint, right, wrong } of CASES) {
  test(`${name}: accepts only senders with the secret`, async (t) => {
    const runner = (await start(t, { endpoints: [{ path: "/in", ...endpoint }] })).run();
    for (const headers of right()) assert.equal((await post(`${runner.url}/in`, BODY, headers)).status, 200);
    const arrived = runner.messages.length;
    for (const headers of wrong()) {
      assert.equal((await post(`${runner.url}/in`, BODY, headers)).status, 401, JSON.stringify(headers));
    }
    assert.equal(runner.messages.length, arrived);
  });
}

test("/topics/… asks for its token", async (t) => {
  const runner = (await start(t, { auth_bearer_token: "t" })).run();
  assert.equal((await post(`${runner.url}/topics/in`, BODY, { authorization: "Bearer t" })).status, 200);
  assert.equal((await post(`${runner.url}/topics/in`, BODY)).status, 401);
});

test("what the HTTP layer signs is let in", async (t) => {
  const endpoint = {
    auth_type: "hmac-sha256",
    auth_secret: "s",
    hmac_header: "X-Sig",
    hmac_timestamp_header: "X-Time",
  };
  const runner = (await start(t, { endpoints: [{ path: "/in", ...endpoint }] })).run();
  const http = createHttpClient({
    baseUrl: `${runner.url}/in`,
    compression: "gzip",
    auth: {
      type: "hmac",
      secret: "s",
      algorithm: "sha256",
      header: "X-Sig",
      prefix: "sha256=",
      encoding: "hex",
      timestampHeader: "X-Time",
      signed: "{timestamp}.{body}",
    },
  });
  t.after(() => http.close());
  assert.equal((await http.request({ method: "POST", body: "x".repeat(5000) })).status, 200);
  assert.deepEqual(runner.texts(), ["x".repeat(5000)]);
});
