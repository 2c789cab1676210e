import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ProtocolError } from "./errors.ts";
import { detectFraming } from "./framing.ts";

const exchange = (file: string) => {
  const { request_hex, response_hex } = JSON.parse(
    readFileSync(new URL(`./vsr/fixtures/0.9.0/${file}.json`, import.meta.url), "utf8"),
  );
  return { request: Buffer.from(request_hex, "hex"), response: Buffer.from(response_hex, "hex") };
};

describe("the framing of a stream", () => {
  it("is detected from the answer to a ping", () => {
    assert.equal(detectFraming(exchange("01-ping-before-login").response), "vsr");
    assert.equal(detectFraming(exchange("101-ping-at-legacy-server").response), "legacy");
  });

  it("is detected from the first request", () => {
    assert.equal(detectFraming(exchange("01-ping-before-login").request), "vsr");
    const legacyPing = Buffer.of(4, 0, 0, 0, 1, 0, 0, 0);
    assert.equal(detectFraming(legacyPing), "legacy");
  });

  it("needs four bytes", () => {
    assert.throws(() => detectFraming(Buffer.alloc(3)), ProtocolError);
  });
});
