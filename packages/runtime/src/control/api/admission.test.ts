import assert from "node:assert/strict";
import { test } from "node:test";
import { type RuntimeConfigInput, runtimeFileSchema } from "../config/runtime-file/schema.ts";
import { refusalOf } from "./admission.ts";

type Headers = Readonly<Record<string, string | string[]>>;

/** The code of the refusal, or `admitted`. */
function outcome(http: RuntimeConfigInput["http"], method: string, headers: Headers, url = "/sinks/out/stop"): string {
  const config = runtimeFileSchema.parse({ http }).http;
  return refusalOf(config, { method, url, headers })?.code ?? "admitted";
}

const HOST = "127.0.0.1:8081";

test("without a key only the machine's own names, the bound one and configured ones are answered, whatever the method", () => {
  const config = { address: "127.0.0.1:8081", allowed_hosts: ["Connectors.internal"] };
  const table: Readonly<Record<string, readonly string[]>> = {
    admitted: [
      "127.0.0.1:8081",
      "127.0.0.1",
      "127.8.9.1:1",
      "localhost:8081",
      "LOCALHOST",
      "localhost.:8081",
      "[::1]:8081",
      "[0:0:0:0:0:0:0:1]",
      "[::ffff:127.0.0.1]:8081",
      "connectors.internal",
      "connectors.internal.:443",
    ],
    host_not_allowed: [
      "evil.example",
      "evil.example:8081",
      "127.0.0.1.evil.example",
      "127.0.0.1.nip.io:8081",
      "localhost.evil.example",
      "evillocalhost",
      "sub.connectors.internal",
      "evil.example@127.0.0.1",
      "127.0.0.1@evil.example",
      "127.0.0.1:8081/evil",
      "127.0.0.1#evil",
      "127.0.0.1\\evil",
      "evil.example, 127.0.0.1",
      "0.0.0.0:8081",
      "192.168.1.7:8081",
      "[::]:8081",
      "[2001:db8::1]",
      "localhost..",
      ":8081",
      "",
    ],
  };
  for (const [expected, hosts] of Object.entries(table)) {
    for (const host of hosts) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
        assert.equal(outcome(config, method, { host }), expected, `${method} ${JSON.stringify(host)}`);
      }
    }
  }
  assert.equal(outcome(config, "GET", {}), "host_not_allowed", "a request without Host");
});

test("bound elsewhere without a key, addresses are answered, and names only where they are configured or bound", () => {
  const open = { address: "0.0.0.0:8081", allow_insecure: true };
  assert.equal(outcome(open, "GET", { host: "192.168.1.7:8081" }), "admitted");
  assert.equal(outcome(open, "GET", { host: "[fe80::1]:8081" }), "admitted");
  assert.equal(outcome(open, "GET", { host: "evil.example" }), "host_not_allowed");
  const named = { address: "box.internal:8081", allow_insecure: true };
  assert.equal(outcome(named, "GET", { host: "box.internal:8081" }), "admitted");
  assert.equal(outcome(named, "GET", { host: "other.internal:8081" }), "host_not_allowed");
});

test("with a key any name is answered: a page does not know the key", () => {
  assert.equal(outcome({ api_key: "k" }, "GET", { host: "evil.example" }), "admitted");
  assert.equal(outcome({ api_key: "k" }, "POST", { host: "connectors.example" }), "admitted");
});

test("the host of a URL in absolute form counts as well as the header", () => {
  assert.equal(outcome({}, "GET", { host: HOST }, `http://${HOST}/sinks`), "admitted");
  assert.equal(outcome({}, "GET", { host: HOST }, "http://evil.example/sinks"), "host_not_allowed");
  assert.equal(outcome({}, "GET", { host: HOST }, "HTTPS://evil.example?/sinks"), "host_not_allowed");
  assert.equal(outcome({}, "GET", { host: "evil.example" }, `http://${HOST}/sinks`), "host_not_allowed");
});

test("a write that a page of another origin sends is refused, with and without a key", () => {
  const foreign: readonly Headers[] = [
    { origin: "http://evil.example" },
    { origin: "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { origin: "null" },
    { origin: "" },
    { origin: "http://127.0.0.1:3000" },
    { origin: "http://127.0.0.1" },
    { origin: "http://localhost:8081" },
    { origin: "http://127.0.0.1:8081.evil.example" },
    { origin: "http://127.0.0.1:8081@evil.example" },
    { origin: "http://evil.example#http://127.0.0.1:8081" },
    { origin: ["http://127.0.0.1:8081", "http://evil.example"] },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1:8081" },
  ];
  for (const headers of foreign) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      for (const http of [{}, { api_key: "k" }]) {
        const told = outcome(http, method, { host: HOST, ...headers });
        assert.equal(told, "origin_not_allowed", `${method} ${JSON.stringify(headers)}`);
      }
    }
  }
  const own: readonly Headers[] = [
    {},
    { "sec-fetch-site": "none" },
    { "sec-fetch-mode": "cors" },
    { origin: `http://${HOST}`, "sec-fetch-site": "same-origin" },
    { origin: `https://${HOST}` },
  ];
  for (const headers of own) {
    assert.equal(outcome({}, "POST", { host: HOST, ...headers }), "admitted", JSON.stringify(headers));
  }
  assert.equal(outcome({}, "PUT", { host: "localhost", origin: "http://localhost:80" }), "admitted");
});

test("without a key a page of another site may not read either; a person may follow a link", () => {
  const cross = { host: HOST, "sec-fetch-site": "cross-site" };
  const link = { ...cross, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  for (const url of ["/metrics", "/sinks/a/tap", "/events", "/docs", "/sinks"]) {
    assert.equal(outcome({}, "GET", { host: HOST, origin: "http://evil.example" }, url), "origin_not_allowed");
    assert.equal(outcome({}, "GET", { ...cross, "sec-fetch-mode": "no-cors" }, url), "origin_not_allowed");
    assert.equal(outcome({}, "GET", { ...link, "sec-fetch-dest": "iframe" }, url), "origin_not_allowed");
    assert.equal(outcome({}, "GET", link, url), "admitted");
  }
});

test("an origin that CORS names may read and write; any other may read where CORS allows every origin, and never write", () => {
  const named = { cors: { enabled: true, allowed_origins: ["https://ops.example"] } };
  const page = { host: HOST, origin: "https://ops.example", "sec-fetch-site": "cross-site" };
  for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) assert.equal(outcome(named, method, page), "admitted");
  assert.equal(outcome(named, "POST", { ...page, origin: "https://evil.example" }), "origin_not_allowed");
  assert.equal(outcome({ cors: { allowed_origins: ["https://ops.example"] } }, "POST", page), "origin_not_allowed");
  const any = { cors: { enabled: true, allowed_origins: ["*"] } };
  assert.equal(outcome(any, "GET", page), "admitted");
  assert.equal(outcome(any, "POST", page), "origin_not_allowed");
});
