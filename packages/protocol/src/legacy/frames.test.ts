import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandLayout } from "../command.ts";
import { ProtocolError } from "../errors.ts";
import { sendMessages } from "../vsr/commands/messages/send-messages.ts";
import { ping } from "../vsr/commands/system/ping.ts";
import { encodeRequest } from "./frames.ts";
import { endsConnection } from "./refusals.ts";

/** A command whose body has as many bytes as asked. */
function sized(code: number): CommandLayout<number, undefined> {
  return { ...ping, code, encodeRequest: (writer, size) => void writer.zeros(size), decodeRequest: () => 0 };
}

describe("a legacy request", () => {
  it("has at most 10 MiB, because a server would not read the rest", () => {
    const limit = 10 * 1024 * 1024;
    assert.equal(encodeRequest(sized(ping.code), limit).length, limit + 8);
    assert.throws(() => encodeRequest(sized(ping.code), limit + 1), ProtocolError);
  });

  it("may be larger when it sends messages", () => {
    assert.equal(encodeRequest(sized(sendMessages.code), 11_000_000).length, 11_000_008);
    assert.throws(() => encodeRequest(sized(sendMessages.code), 64 * 1024 * 1024), ProtocolError);
  });
});

describe("a refusal ends the connection", () => {
  it("when the server closes it, or has not read the rest of a send", () => {
    for (const code of [8, 30, 100]) assert.ok(endsConnection(ping, code));
    for (const code of [3, 6, 40]) {
      assert.ok(endsConnection(sendMessages, code));
      assert.ok(!endsConnection(ping, code));
    }
  });

  it("but not when the messages of a send are refused", () => {
    for (const code of [41, 1009, 3007, 4033]) assert.ok(!endsConnection(sendMessages, code));
  });
});
