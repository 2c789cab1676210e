import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import { eventually, HttpDestination, type ReceivedRequest } from "@iggy-connectors/testing";
import { createHttpClient } from "../http-client.ts";
import type { HttpClient } from "../options.ts";
import type { OAuth2Options } from "./options.ts";

interface Setup {
  readonly server: HttpDestination;
  readonly http: HttpClient;
  tokens: number;
  expiresIn: number | undefined;
  refused: Set<string>;
}

async function setup(t: TestContext, more: Partial<OAuth2Options> = {}): Promise<Setup> {
  const server = await HttpDestination.start();
  t.after(() => server[Symbol.asyncDispose]());
  const http = createHttpClient({
    baseUrl: `${server.url}/api`,
    auth: {
      type: "oauth2",
      tokenUrl: `${server.url}/token`,
      clientId: "id",
      clientSecret: "s3cr+t",
      credentialsIn: "header",
      scopes: ["a", "b"],
      ...more,
    },
  });
  t.after(() => http.close());
  const state: Setup = { server, http, tokens: 0, expiresIn: 3600, refused: new Set() };
  server.otherwise = (request: ReceivedRequest) => {
    if (request.target === "/token") {
      state.tokens += 1;
      return { body: JSON.stringify({ access_token: `token-${state.tokens}`, expires_in: state.expiresIn }) };
    }
    const token = String(request.headers.authorization).slice(7);
    return state.refused.has(token) ? { status: 401, body: `no: ${token}` } : { body: token };
  };
  return state;
}

test("one token serves all requests, also those that start at once", async (t) => {
  const { http, server } = await setup(t, { audience: "aud", parameters: { resource: "r" } });
  const replies = await Promise.all([1, 2, 3].map(() => http.request({ method: "GET" })));
  assert.deepEqual(
    replies.map((reply) => reply.text()),
    ["token-1", "token-1", "token-1"],
  );
  const tokenRequests = server.requests.filter(({ target }) => target === "/token");
  assert.equal(tokenRequests.length, 1);
  const [{ headers, body }] = tokenRequests as [ReceivedRequest];
  assert.equal(headers.authorization, `Basic ${Buffer.from("id:s3cr%2Bt").toString("base64")}`);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body.toString())), {
    grant_type: "client_credentials",
    resource: "r",
    scope: "a b",
    audience: "aud",
  });
});

test("id and secret are form-encoded before they become Basic credentials", async (t) => {
  const { http, server } = await setup(t, { clientId: "a b:ü", clientSecret: "!'()*~-._/%+&= ✓" });
  await http.request({ method: "GET" });
  const [, encoded = ""] = String(server.requests[0]?.headers.authorization).split(" ");
  assert.equal(Buffer.from(encoded, "base64").toString(), "a+b%3A%C3%BC:%21%27%28%29*%7E-._%2F%25%2B%26%3D+%E2%9C%93");
});

test("credentials can go in the body", async (t) => {
  const { http, server } = await setup(t, { credentialsIn: "body", scopes: [] });
  await http.request({ method: "GET" });
  const form = new URLSearchParams(server.requests[0]?.body.toString());
  assert.deepEqual([form.get("client_id"), form.get("client_secret")], ["id", "s3cr+t"]);
  assert.equal(server.requests[0]?.headers.authorization, undefined);
});

test("a token near its end is renewed before it is used", async (t) => {
  const state = await setup(t);
  state.expiresIn = 0.002;
  await state.http.request({ method: "GET" });
  await eventually(async () => (await state.http.request({ method: "GET" })).text() !== "token-1");
  assert.ok(state.tokens >= 2);
});

test("a refused token is renewed once; refused again the credentials are wrong", async (t) => {
  const state = await setup(t);
  await state.http.request({ method: "GET" });
  state.refused.add("token-1");
  assert.equal((await state.http.request({ method: "GET" })).text(), "token-2");
  state.refused.add("token-2").add("token-3");
  const failure = (http: HttpClient) =>
    http.request({ method: "GET" }).then(
      () => assert.fail(),
      (reason: unknown) => reason as Error,
    );
  const error = await failure(state.http);
  // They were good before.
  assert.ok(error instanceof RetryableError);
  assert.equal(state.tokens, 3);
  assert.ok(!error.message.includes("token-3"), error.message);
  const never = await setup(t);
  never.refused.add("token-1").add("token-2");
  assert.ok((await failure(never.http)) instanceof FatalError);
});

test("a refusal of the token endpoint is fatal, its failure is retryable, and neither shows the secret", async (t) => {
  const { http, server } = await setup(t);
  const fail = async () =>
    http.request({ method: "GET" }).then(
      () => assert.fail(),
      (reason: unknown) => reason,
    );
  server.script.push({ status: 401, body: '{"error":"invalid_client","error_description":"s3cr+t is wrong"}' });
  const refused = await fail();
  assert.ok(refused instanceof FatalError);
  assert.match(refused.message, /401 \(invalid_client\)/);
  assert.ok(!refused.message.includes("s3cr+t"));
  for (const answer of [
    { status: 503 },
    { body: "<html>" },
    { body: '{"access_token":""}' },
    { fault: "reset" },
  ] as const) {
    server.script.push(answer);
    const error = await fail();
    assert.ok(error instanceof RetryableError, String(error));
  }
  assert.equal((await http.request({ method: "GET" })).text(), "token-1");
});

test("credentials that the token endpoint took before are tried again", async (t) => {
  const { http, server, refused } = await setup(t);
  await http.request({ method: "GET" });
  refused.add("token-1");
  server.script.push({ status: 401 }, { status: 401, body: '{"error":"invalid_client"}' });
  await assert.rejects(http.request({ method: "GET" }), RetryableError);
  assert.equal((await http.request({ method: "GET" })).text(), "token-2");
});
