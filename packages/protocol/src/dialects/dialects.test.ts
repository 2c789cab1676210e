import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeEviction } from "../frames/eviction.ts";
import { formatVersion, PROTOCOL_VERSION } from "../frames/protocol-version.ts";
import { createTopic as legacyCreateTopic } from "../legacy/commands/create-topic.ts";
import { createTopic } from "../vsr/commands/create-topic.ts";
import { loginWithPassword } from "../vsr/commands/login.ts";
import { ping } from "../vsr/commands/ping.ts";
import { syncConsumerGroup } from "../vsr/commands/sync-consumer-group.ts";
import {
  findDialect,
  IncompatibleVersionError,
  LEGACY_DIALECT,
  layoutIn,
  negotiateDialect,
  STABLE_DIALECT,
} from "./dialects.ts";
import { formatWindow, lowestCommon } from "./versions.ts";

const version = (major: number, minor: number, patch: number) => major * 2 ** 20 + minor * 2 ** 10 + patch;
const NEXT = { minimum: version(0, 12, 2), maximum: version(0, 12, 2) };

describe("the dialect of a protocol number", () => {
  it("is the stable one for every patch of 0.11, and nobody's for what edge.5 refuses too", () => {
    assert.equal(findDialect(PROTOCOL_VERSION), STABLE_DIALECT);
    assert.equal(findDialect(version(0, 11, 999)), STABLE_DIALECT);
    for (const other of [0, version(0, 10, 1023), version(0, 12, 0), version(1, 0, 0), 2 ** 32 - 1]) {
      assert.equal(findDialect(other), undefined, formatVersion(other));
    }
  });

  it("is negotiated from the window that a server's eviction states", () => {
    const { response_hex } = JSON.parse(
      readFileSync(new URL("../vsr/fixtures/stable/06-login-incompatible-protocol.json", import.meta.url), "utf8"),
    );
    const { minimumVersion, maximumVersion } = decodeEviction(Buffer.from(response_hex, "hex"));
    assert.throws(() => negotiateDialect({ minimum: minimumVersion, maximum: maximumVersion }), {
      name: "ProtocolError",
      code: 14003,
    });
    const wide = { minimum: version(0, 11, 3), maximum: version(0, 12, 2) };
    assert.deepEqual(negotiateDialect(wide), { dialect: STABLE_DIALECT, version: version(0, 11, 3) });
  });

  it("that both sides do not share is an error with both versions", () => {
    assert.throws(
      () => negotiateDialect(NEXT),
      (error) =>
        error instanceof IncompatibleVersionError &&
        error.message.includes("accepts Iggy protocol 0.12.2, this side speaks 0.11.x (Iggy 0.9)"),
    );
  });

  it("common numbers lie in both windows", () => {
    const window = fc
      .tuple(fc.nat(5000), fc.nat(5000))
      .map(([a, b]) => ({ minimum: Math.min(a, b), maximum: Math.max(a, b) }));
    fc.assert(
      fc.property(window, window, (one, other) => {
        const found = lowestCommon(one, other);
        const common = [one, other].every((w) => found !== undefined && found >= w.minimum && found <= w.maximum);
        assert.equal(found !== undefined, common);
        if (found === undefined) assert.ok(one.maximum < other.minimum || other.maximum < one.minimum);
      }),
    );
  });

  it("windows are told as people write versions", () => {
    assert.equal(formatWindow(NEXT), "0.12.2");
    assert.equal(formatWindow({ minimum: version(0, 11, 0), maximum: version(0, 11, 1023) }), "0.11.x");
    assert.equal(formatWindow({ minimum: version(0, 11, 0), maximum: version(0, 12, 2) }), "0.11.0 … 0.12.2");
  });
});

describe("the layout of a command", () => {
  it("is the dialect's own, or shared", () => {
    assert.equal(layoutIn(STABLE_DIALECT, createTopic), createTopic);
    assert.equal(layoutIn(LEGACY_DIALECT, createTopic), legacyCreateTopic);
    assert.equal(layoutIn(LEGACY_DIALECT, ping), ping);
  });

  it("is absent where servers do not have the command, and for logins", () => {
    assert.equal(layoutIn(LEGACY_DIALECT, syncConsumerGroup), undefined);
    assert.equal(layoutIn(STABLE_DIALECT, loginWithPassword), undefined);
    assert.equal(layoutIn(LEGACY_DIALECT, loginWithPassword), undefined);
  });

  it("has the same name and code in every dialect", () => {
    assert.equal(LEGACY_DIALECT.layouts.size, 45);
    for (const [name, { code }] of LEGACY_DIALECT.layouts) assert.equal(STABLE_DIALECT.layouts.get(name)?.code, code);
  });
});
