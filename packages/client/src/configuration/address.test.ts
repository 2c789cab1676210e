import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyError } from "../errors/errors.ts";
import { parseAddress } from "./address.ts";

test("names, IPv4 and bracketed IPv6 addresses are read, the port defaults to 8090", () => {
  assert.deepEqual(parseAddress("localhost:8091"), { host: "localhost", port: 8091, text: "localhost:8091" });
  assert.deepEqual(parseAddress("10.0.0.7:1"), { host: "10.0.0.7", port: 1, text: "10.0.0.7:1" });
  assert.deepEqual(parseAddress("[::1]:8090"), { host: "::1", port: 8090, text: "[::1]:8090" });
  assert.deepEqual(parseAddress("[fe80::1]"), { host: "fe80::1", port: 8090, text: "[fe80::1]:8090" });
  assert.deepEqual(parseAddress("iggy.internal"), { host: "iggy.internal", port: 8090, text: "iggy.internal:8090" });
});

test("anything else is refused with what to write", () => {
  for (const text of [
    "",
    ":8090",
    "host:",
    "host:0",
    "host:65536",
    "host:abc",
    "::1:8090",
    "iggy://host:8090",
    "a b:1",
  ]) {
    assert.throws(
      () => parseAddress(text),
      (error) => error instanceof IggyError && error.code === 33 && error.message.includes('"host:port"'),
      text,
    );
  }
});
