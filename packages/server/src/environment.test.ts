import assert from "node:assert/strict";
import { test } from "node:test";
import { readServerEnvironment } from "./environment.ts";

test("what is not set is the default, and an empty value counts as not set", () => {
  const { address, path, rootUsername, fsyncAlways, ignored, ...rest } = readServerEnvironment({
    IGGY_SYSTEM_PATH: "",
  });
  assert.deepEqual([address, path, rootUsername, fsyncAlways, ignored], [undefined, undefined, "iggy", false, []]);
  assert.deepEqual(Object.keys(rest), ["rootPassword"]);
});

test("intervals are read as a real server reads them", () => {
  const { heartbeatInterval, rebalancingTimeout } = readServerEnvironment({
    IGGY_HEARTBEAT_INTERVAL: "5 s",
    IGGY_CONSUMER_GROUP_REBALANCING_TIMEOUT: "1m 30s",
  });
  assert.deepEqual([heartbeatInterval, rebalancingTimeout], [5000, 90_000]);
});

for (const [name, value] of [
  ["IGGY_SYSTEM_ENCRYPTION_ENABLED", "true"],
  ["IGGY_SYSTEM_ENCRYPTION_ENABLED", "TRUE"],
  ["IGGY_TCP_ENABLED", "false"],
  ["IGGY_CLUSTER_ENABLED", "true"],
  ["IGGY_HEARTBEAT_INTERVAL", "soon"],
  ["IGGY_HEARTBEAT_INTERVAL", "never"],
  ["IGGY_TCP_TLS_ENABLED", "yes"],
] as const) {
  test(`${name}=${value} is refused by its name`, () => {
    assert.throws(() => readServerEnvironment({ [name]: value }), {
      code: "IGC_SERVER_ENVIRONMENT",
      message: new RegExp(`^${name}=${value}`),
    });
  });
}

test("TLS without a certificate, or with one that cannot be read, is refused and never served as plain text", () => {
  const tls = { IGGY_TCP_TLS_ENABLED: "true" };
  assert.throws(() => readServerEnvironment(tls), {
    code: "IGC_SERVER_TLS",
    message: /IGGY_TCP_TLS_CERT_FILE is not set/,
  });
  assert.throws(() => readServerEnvironment({ ...tls, IGGY_TCP_TLS_CERT_FILE: "/does/not/exist" }), {
    code: "IGC_SERVER_TLS",
    message: /IGGY_TCP_TLS_CERT_FILE: ENOENT/,
  });
});

test("variables that mean nothing here are named, but for those of others and those that ask for nothing", () => {
  const { ignored } = readServerEnvironment({
    IGGY_HTTP_ENABLED: "true",
    IGGY_QUIC_ENABLED: "false",
    IGGY_SYSTEM_LOGGING_LEVEL: "debug",
    IGGY_SYSTEM_ENCRYPTION_ENABLED: "false",
    IGGY_CONNECTORS_LOG: "debug",
    IGGY_TEST_ADDRESS: "127.0.0.1:1",
    PATH: "/bin",
  });
  assert.deepEqual(ignored, ["IGGY_HTTP_ENABLED", "IGGY_SYSTEM_LOGGING_LEVEL"]);
});
