import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IggyError } from "../errors/errors.ts";
import { parseConnectionString } from "./connection-string.ts";
import { parseDuration } from "./duration.ts";
import { nearest } from "./suggestion.ts";

function refusal(text: string): IggyError {
  try {
    parseConnectionString(text);
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    assert.equal(error.code, 8000);
    return error;
  }
  return assert.fail(`${text} was read`);
}

test("user, password and address", () => {
  const expected = { address: ["localhost:8090"], username: "iggy", password: "secret" };
  assert.deepEqual(parseConnectionString("iggy://iggy:secret@localhost:8090"), expected);
  assert.deepEqual(parseConnectionString("iggy+tcp://iggy:secret@localhost:8090"), expected);
  assert.deepEqual(parseConnectionString("IGGY://iggy:secret@localhost:8090/"), expected);
});

test("one credential is a token, or the file it is in", () => {
  assert.deepEqual(parseConnectionString("iggy://abc%2Fdef@[::1]:8090"), { address: ["[::1]:8090"], token: "abc/def" });
  assert.equal(parseConnectionString("iggy://file:/run/secrets/token@host").token, "file:/run/secrets/token");
});

test("several addresses of one cluster", () => {
  assert.deepEqual(parseConnectionString("iggy://a:bcd@one:1,two:2,[::1]:3").address, ["one:1", "two:2", "[::1]:3"]);
});

test("every option", () => {
  const query = [
    "tls=true",
    "tls_domain=iggy.local",
    "tls_ca_file=/ca.pem",
    "tls_cert_file=/c.pem",
    "tls_key_file=/k.pem",
    "reconnection_retries=5",
    "reconnection_interval=2s",
    "reestablish_after=5s",
    "heartbeat_interval=1m 30s",
    "nodelay=false",
    "request_timeout=10s",
    "connect_timeout=500ms",
    "protocol=legacy",
  ];
  assert.deepEqual(parseConnectionString(`iggy://iggy:iggy@localhost:8090?${query.join("&")}`), {
    address: ["localhost:8090"],
    username: "iggy",
    password: "iggy",
    tls: { serverName: "iggy.local", caFile: "/ca.pem", certFile: "/c.pem", keyFile: "/k.pem" },
    reconnect: { maxRetries: 5, maxBackoff: 2000, initialBackoff: 100 },
    heartbeatInterval: 90_000,
    noDelay: false,
    requestTimeout: 10_000,
    connectTimeout: 500,
    protocol: "legacy",
  });
  const unlimited = parseConnectionString("iggy://iggy:iggy@localhost?reconnection_retries=unlimited");
  assert.equal(unlimited.reconnect, undefined);
  assert.deepEqual(parseConnectionString("iggy://iggy:iggy@h?reconnection_retries=0").reconnect, { enabled: false });
});

test("errors name what is wrong and what to do, without the secrets", () => {
  const cases: [string, RegExp][] = [
    ["localhost:8090", /not a connection string.*iggy:\/\/user:password@/],
    ["iggy+quic://iggy:hunter22@localhost:8080", /iggy\+quic:\/\/ is not supported.*TCP/],
    ["http://iggy:hunter22@localhost", /http:\/\/ is not a scheme of Iggy/],
    ["iggy://localhost:8090", /without credentials/],
    ["iggy://iggy:hunter22@localhost?tls_domian=x", /no such option: tls_domian: did you mean tls_domain\?/],
    ["iggy://iggy:hunter22@localhost?zzz=x", /no such option: zzz: options are tls, /],
    ["iggy://iggy:hunter22@localhost?tls=yes", /option tls cannot be read: give true or false/],
    ["iggy://iggy:hunter22@localhost?tls=true&tls=true", /option tls is given twice/],
    ["iggy://iggy:hunter22@localhost?tls", /option tls has no value/],
    ["iggy://iggy:hunter22@localhost?tls_ca_file=/ca.pem", /TLS is off.*tls=true/],
    ["iggy://iggy:hunter22@localhost?heartbeat_interval=5", /heartbeat_interval cannot be read.*500ms/],
    ["iggy://iggy:hunter22@localhost?reconnection_retries=-1", /reconnection_retries cannot be read/],
    ["iggy://iggy:hunter22@localhost?protocol=http", /auto, vsr or legacy/],
    ["iggy://iggy:hunter22@localhost?constructor=1", /no such option: constructor/],
  ];
  for (const [text, message] of cases) {
    const error = refusal(text);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /hunter22/);
  }
});

test("any credentials, once encoded, come back", () => {
  const text = fc.string({ minLength: 1, unit: "binary" });
  fc.assert(
    fc.property(text, text, (username, password) => {
      const encoded = `iggy://${encodeURIComponent(username)}:${encodeURIComponent(password)}@localhost?tls=true`;
      const options = parseConnectionString(encoded);
      assert.deepEqual([options.username, options.password, options.tls], [username, password, {}]);
    }),
  );
});

test("any text gives options or is refused", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const given of [text, `iggy://${text}`, `iggy://a:b@${text}`, `iggy://a:b@h?${text}`]) {
        try {
          parseConnectionString(given);
        } catch (error) {
          assert.ok(error instanceof IggyError && error.code === 8000, String(error));
        }
      }
    }),
  );
});

test("durations", () => {
  const cases = { "500ms": 500, "5s": 5000, "1m 30s": 90_000, "1h30m": 5_400_000, "0.5s": 500 } as const;
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseDuration(text), expected);
  for (const text of ["", "5", "s", "5 parsecs", "5s!", " 5s", "-5s"]) assert.equal(parseDuration(text), undefined);
});

test("a suggestion is close, or there is none", () => {
  assert.equal(nearest("tls_cafile", ["tls", "tls_ca_file", "nodelay"]), "tls_ca_file");
  assert.equal(nearest("no_delay", ["tls", "nodelay"]), "nodelay");
  assert.equal(nearest("colour", ["tls", "nodelay"]), undefined);
});
