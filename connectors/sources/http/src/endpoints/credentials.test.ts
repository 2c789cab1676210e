import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createHttpClient } from "@iggy-connectors/http";
import { parseConfig } from "@iggy-connectors/sdk";
import { post, start } from "../../test/setup.ts";
import { httpSource } from "../index.ts";

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
    name: "hmac-sha256, as it is written elsewhere",
    endpoint: { auth_type: "hmac-sha256", auth_secret: "s3cret", auth_secret_previous: "0ld", hmac_header: "X-Sig" },
    right: () => {
      const [hex, base64] = [hmac(BODY).digest("hex"), hmac(BODY).digest("base64")];
      return [
        { "x-sig": `sha256=${hex.toUpperCase()}` },
        { "x-sig": `SHA256=${hex}` },
        { "x-sig": `sha256= ${hex}` },
        { "x-sig": ` sha256=${hex} ` },
        { "x-sig": `sha256=${base64}` },
        { "x-sig": `sha256=${base64.replace("=", "")}` },
        { "x-sig": `sha256=${hmac(BODY).digest("base64url")}` },
        { "x-sig": `sha256=${"0".repeat(64)}, sha256=${hex}` },
        { "x-sig": `sha256=${"0".repeat(64)} sha256=${base64}` },
        { "x-sig": `t=1,sha256=${hex}` },
        { "x-sig": `sha256=${hmac(BODY, "0ld").digest("hex")}` },
      ];
    },
    wrong: () => [
      { "x-sig": `sha256=${hmac(BODY, "other").digest("base64")}` },
      { "x-sig": `sha256=${hmac(BODY).digest("base64").slice(4)}` },
      { "x-sig": `xsha256=${hmac(BODY).digest("hex")}` },
      { "x-sig": `sha1=${hmac(BODY).digest("hex")}` },
      {
        "x-sig": Array.from(
          { length: 9 },
          (_, at) => `sha256=${at < 8 ? "0".repeat(64) : hmac(BODY).digest("hex")}`,
        ).join(),
      },
    ],
  },
  {
    name: "a bearer token while it is changed",
    endpoint: { auth_type: "bearer", auth_secret: "new", auth_secret_previous: "old" },
    right: () => [{ authorization: "Bearer new" }, { authorization: "Bearer old" }],
    wrong: () => [{ authorization: "Bearer older" }],
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

test("a time that is not signed is refused at the start", async () => {
  const parse = (more: Record<string, unknown>) =>
    parseConfig(httpSource.config, {
      listen_addr: "127.0.0.1:0",
      endpoints: [{ path: "/in", auth_type: "hmac-sha256", auth_secret: "s", ...more }],
    });
  await assert.rejects(parse({ hmac_timestamp_header: "X-Time", hmac_signed: "{body}" }), /hmac_signed: must contain/);
  await assert.rejects(parse({ hmac_signed: "{timestamp}.{body}" }), /hmac_timestamp_header: requires/);
  await parse({ hmac_timestamp_header: "X-Time" });
  await parse({ hmac_timestamp_header: "X-Time", hmac_signed: "{body}|{timestamp}" });
});

test("/topics/… asks for its token", async (t) => {
  const runner = (await start(t, { auth_bearer_token: "t" })).run();
  assert.equal((await post(`${runner.url}/topics/in`, BODY, { authorization: "Bearer t" })).status, 200);
  assert.equal((await post(`${runner.url}/topics/in`, BODY)).status, 401);
});

test("what the HTTP layer signs is let in", async (t) => {
  for (const algorithm of ["sha256", "sha1", "sha512"] as const) {
    for (const encoding of ["hex", "base64"] as const) {
      for (const signed of ["{timestamp}.{body}", "{method} {path} {timestamp} {body}"]) {
        const endpoint = {
          auth_type: `hmac-${algorithm}`,
          auth_secret: "s",
          hmac_header: "X-Sig",
          hmac_prefix: `${algorithm}=`,
          hmac_timestamp_header: "X-Time",
          hmac_signed: signed,
        };
        const runner = (await start(t, { endpoints: [{ path: "/in", ...endpoint }] })).run();
        const http = createHttpClient({
          baseUrl: `${runner.url}/in`,
          compression: "gzip",
          auth: {
            type: "hmac",
            secret: "s",
            algorithm,
            header: "X-Sig",
            prefix: `${algorithm}=`,
            encoding,
            timestampHeader: "X-Time",
            signed,
          },
        });
        t.after(() => http.close());
        const request = { method: "POST", body: "x".repeat(5000), query: { a: "b c" } } as const;
        assert.equal((await http.request(request)).status, 200);
        assert.deepEqual(runner.texts(), ["x".repeat(5000)]);
      }
    }
  }
});
