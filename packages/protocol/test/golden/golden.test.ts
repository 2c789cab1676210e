import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Command,
  decodeEviction,
  decodeLogin,
  decodeReplyBody,
  decodeReplyHead,
  decodeReplyHeader,
  decodeRequestBody,
  decodeRequestHeader,
  encodeEviction,
  encodeReply,
  encodeReplyHeader,
  encodeRequest,
  encodeRequestHeader,
  encodeResultReply,
  encodeStatusReply,
  FRAME_COMMAND,
  findCommand,
  frameCommand,
  HEADER_SIZE,
  loginWithPassword,
  loginWithToken,
  Reader,
  readVersionPrefix,
  replyOperation,
} from "@iggy-connectors/protocol";
import { EXPECTED_REQUESTS, expectedLogin } from "./expected-requests.ts";
import { EXPECTED_RESPONSES, expectedLoginResult } from "./expected-responses.ts";
import { type Fixture, loadFixtures, SERVERS } from "./fixtures.ts";

const REGISTER = 1;
const REQUEST_CHECKSUM_AT = 144;
const CLUSTER_AT = 32;
const OPERATION_AT = 208;

/**
 * Requests that are not a command: an unknown code, a legacy login code, a replicated code sent by the wrong operation.
 */
const NO_COMMAND = new Set([
  "120-unknown-code.json",
  "121-replicated-code-sent-as-non-replicated.json",
  "122-legacy-login-code.json",
]);

/** A login of the next protocol: only its version prefix can be read. */
const NEXT_LOGIN = "100-login-next-client-refused.json";

for (const server of SERVERS) {
  for (const fixture of loadFixtures(server)) {
    describe(`${server} ${fixture.file}`, () => {
      if (fixture.request !== undefined) checkRequest(fixture, fixture.request);
      if (fixture.responseHeader.command === FRAME_COMMAND.eviction) checkEviction(fixture);
      else checkReply(fixture);
    });
  }
}

function checkRequest(fixture: Fixture, frame: Buffer): void {
  const expected = fixture.requestHeader!;
  const body = frame.subarray(HEADER_SIZE);

  it("request header decodes and encodes to the same bytes", () => {
    assert.equal(frameCommand(frame), FRAME_COMMAND.request);
    assert.deepEqual(decodeRequestHeader(frame), expected);
    const encoded = Buffer.alloc(HEADER_SIZE, 0xee);
    encodeRequestHeader(encoded, expected);
    assert.deepEqual(encoded, frame.subarray(0, HEADER_SIZE));
  });

  if (NO_COMMAND.has(fixture.file)) return;
  const command = commandOf(fixture);
  if (fixture.file === NEXT_LOGIN) {
    it("version prefix of the next protocol can be read", () => {
      const { version, sdkName, sdkVersion } = readVersionPrefix(new Reader(body));
      const login = fixture.requestBody as { protocol_version: number; sdk_name: string; sdk_version: string };
      assert.deepEqual([version, sdkName, sdkVersion], [login.protocol_version, login.sdk_name, login.sdk_version]);
    });
    return;
  }
  if (fixture.file === "006-login-malformed.json") return;

  it("request body decodes to what the fixture states and encodes to the same frame", () => {
    const request = decodeRequestBody(command, body);
    if (expected.operation === REGISTER) {
      assert.deepEqual(decodeLogin(new Reader(body)), expectedLogin(fixture.requestBody));
      assert.deepEqual(request, expectedLogin(fixture.requestBody));
    } else if (!hasBodyHexOnly(fixture)) {
      const { record: _record, ...rest } = (request ?? {}) as Record<string, unknown>;
      const value = EXPECTED_REQUESTS[command.name]!(fixture.requestBody);
      assert.deepEqual(rest, value ?? {});
    }
    const encoded = encodeRequest(command, request, expected);
    if (keepsOwnChecksum(fixture))
      frame.copy(encoded, REQUEST_CHECKSUM_AT, REQUEST_CHECKSUM_AT, REQUEST_CHECKSUM_AT + 16);
    assert.deepEqual(encoded, frame);
  });
}

function checkEviction(fixture: Fixture): void {
  it("eviction decodes and encodes to the same bytes", () => {
    const { client, reason, maximumVersion, minimumVersion } = fixture.responseHeader;
    assert.equal(frameCommand(fixture.response), FRAME_COMMAND.eviction);
    const eviction = decodeEviction(fixture.response);
    assert.deepEqual(eviction, { client, reason, maximumVersion, minimumVersion });
    assert.deepEqual(encodeEviction(eviction), withoutCluster(fixture.response));
  });
}

function checkReply(fixture: Fixture): void {
  const { response: frame, responseHeader } = fixture;
  const {
    command: _command,
    reason: _reason,
    maximumVersion: _max,
    minimumVersion: _min,
    ...expected
  } = responseHeader;
  const body = frame.subarray(HEADER_SIZE);
  const comparable = withoutCluster(frame);

  it("reply header decodes and encodes to the same bytes", () => {
    assert.equal(frameCommand(frame), FRAME_COMMAND.reply);
    const header = decodeReplyHeader(frame);
    assert.deepEqual(header, expected);
    const { commit, request, operation, status } = expected;
    assert.deepEqual(decodeReplyHead(frame), { commit, request, operation, status });
    const encoded = Buffer.alloc(HEADER_SIZE, 0xee);
    encodeReplyHeader(encoded, header);
    assert.deepEqual(encoded, comparable.subarray(0, HEADER_SIZE));
  });

  if (fixture.requestHeader === undefined || NO_COMMAND.has(fixture.file)) return;
  const command = commandOf(fixture);

  if (expected.status !== 0 || fixture.result !== undefined) {
    it("refusal decodes to its code and encodes to the same frame", () => {
      const code = expected.status || fixture.result!;
      assert.deepEqual(decodeReplyBody(command, expected, body), { ok: false, code });
      const encoded =
        expected.status !== 0
          ? encodeStatusReply(expected.operation, expected.status, expected)
          : encodeResultReply(command.operation, code, expected);
      encoded[OPERATION_AT] = expected.operation;
      assert.deepEqual(encoded, comparable);
    });
    return;
  }

  it("response body decodes to what the fixture states and encodes to the same frame", () => {
    const outcome = decodeReplyBody(command, expected, body);
    assert.ok(outcome.ok);
    if (expected.operation === REGISTER) {
      assert.deepEqual(outcome.response, expectedLoginResult(fixture.responseBody));
    } else if (!command.name.startsWith("poll_messages")) {
      assert.deepEqual(outcome.response, EXPECTED_RESPONSES[command.name]!(fixture.responseBody));
    }
    const encoded = encodeReply(command, body.length === 0 ? undefined : outcome.response, expected);
    assert.ok(encoded[OPERATION_AT] === replyOperation(command.operation));
    encoded[OPERATION_AT] = expected.operation;
    assert.deepEqual(encoded, comparable);
  });
}

/** The cluster's hash is the server's own; clients do not read it and we do not write it. */
function withoutCluster(frame: Buffer): Buffer {
  return Buffer.from(frame).fill(0, CLUSTER_AT, CLUSTER_AT + 16);
}

function commandOf({ file, requestHeader, requestBody }: Fixture): Command<unknown, unknown> {
  const { operation, code } = requestHeader!;
  if (operation === REGISTER) {
    return (requestBody as { token?: string } | undefined)?.token === undefined ? loginWithPassword : loginWithToken;
  }
  const command = findCommand(operation, code);
  assert.ok(command !== undefined, `${file}: no command for operation ${operation}, code ${code}`);
  return command;
}

function hasBodyHexOnly({ requestBody }: Fixture): boolean {
  return typeof (requestBody as { body_hex?: string } | undefined)?.body_hex === "string";
}

/** Registers are stamped by the recorded clients and not by us; one request carries a wrong checksum on purpose. */
function keepsOwnChecksum({ requestHeader, file }: Fixture): boolean {
  return requestHeader?.operation === REGISTER || file.includes("wrong-request-checksum");
}
