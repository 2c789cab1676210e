import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeReplyBody,
  decodeReplyHeader,
  decodeRequestBody,
  decodeRequestHeader,
  encodeReply,
  encodeRequest,
  findCommand,
  HEADER_SIZE,
  isChecksummedOperation,
  OPERATION,
  xxh3,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import { COMMAND_EXCHANGES, u64, u128 } from "./arbitraries.ts";

describe("every command survives its frames", () => {
  for (const { command, request, response } of COMMAND_EXCHANGES) {
    it(`${command.name} request`, () => {
      fc.assert(
        fc.property(request, u128, u64, u64, (value, client, session, number) => {
          const frame = encodeRequest(command, value, { client, session, request: number });
          const body = frame.subarray(HEADER_SIZE);
          assert.deepEqual(decodeRequestHeader(frame), {
            size: frame.length,
            client,
            requestChecksum: isChecksummedOperation(command.operation) ? xxh3(body) : 0n,
            request: number,
            operation: command.operation,
            session,
            code: command.operation === OPERATION.nonReplicated ? command.code : 0,
          });
          assert.deepEqual(decodeRequestBody(command, body), value);
        }),
      );
    });

    if (response === undefined) continue;
    it(`${command.name} response`, () => {
      fc.assert(
        fc.property(response, u128, u64, u64, (value, client, number, commit) => {
          const meta = { client, request: number, requestChecksum: 7n, op: 1n, commit, timestamp: 5n };
          const frame = encodeReply(command, value, meta);
          const { size, operation, status, ...echoes } = decodeReplyHeader(frame);
          assert.deepEqual(echoes, meta);
          assert.equal(size, frame.length);
          const outcome = decodeReplyBody(command, { operation, status }, frame.subarray(HEADER_SIZE));
          assert.deepEqual(outcome, { ok: true, response: value });
        }),
      );
    });
  }

  it("every command but the logins is found by its operation and code", () => {
    for (const { command } of COMMAND_EXCHANGES) {
      const expected = command.operation === OPERATION.register ? undefined : command;
      assert.equal(findCommand(command.operation, command.code), expected);
    }
    assert.equal(findCommand(OPERATION.nonReplicated, 9999), undefined);
    assert.equal(findCommand(OPERATION.nonReplicated, 202), undefined);
  });
});
