import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeRequestBody, describeErrorCode, legacy } from "@iggy-connectors/protocol";
import { expectedRequest, expectedResponse } from "./expected.ts";
import { type LegacyFixture, loadLegacyFixtures } from "./fixtures.ts";

const UNKNOWN_COMMAND = "error-unknown-command.json";

const fixtures = loadLegacyFixtures();

for (const fixture of fixtures) {
  describe(`legacy ${fixture.file}`, () => {
    if (fixture.file !== UNKNOWN_COMMAND) checkRequest(fixture);
    if (fixture.status === 0) checkResponse(fixture);
    else checkRefusal(fixture);
  });
}

it("every command has an exchange", () => {
  const recorded = new Set(fixtures.map(({ code }) => code));
  const names = legacy.COMMANDS.filter(({ code }) => !recorded.has(code)).map(({ name }) => name);
  assert.deepEqual(names, []);
});

function commandOf({ code }: LegacyFixture) {
  const command = legacy.findCommand(code);
  assert.ok(command !== undefined);
  return command;
}

function checkRequest(fixture: LegacyFixture): void {
  const { request: frame, code, requestBody } = fixture;
  const command = commandOf(fixture);

  it("request decodes to what the fixture states and encodes to the same frame", () => {
    assert.equal(legacy.decodeRequestCode(frame), code);
    const request = decodeRequestBody(command, frame.subarray(legacy.HEADER_SIZE));
    const { record: _record, ...rest } = (request ?? {}) as Record<string, unknown>;
    assert.deepEqual(rest, expectedRequest(command.name, requestBody));
    assert.deepEqual(legacy.encodeRequest(command, request), frame);
  });
}

function checkResponse(fixture: LegacyFixture): void {
  const { response: frame, responseBody } = fixture;
  const command = commandOf(fixture);

  it("response decodes to what the fixture states and encodes to the same frame", () => {
    const outcome = legacy.decodeResponse(command, frame);
    assert.ok(outcome.ok);
    if (command.name === "get_snapshot") {
      const zip = outcome.response as Buffer;
      assert.deepEqual([zip.subarray(0, 4).toString("hex"), zip.length], [responseBody.zip_magic, responseBody.length]);
    } else if (command.name !== "poll_messages") {
      assert.deepEqual(outcome.response, expectedResponse(command.name, responseBody));
    }
    const empty = frame.length === legacy.HEADER_SIZE;
    assert.deepEqual(legacy.encodeResponse(command, empty ? undefined : outcome.response), frame);
  });
}

function checkRefusal(fixture: LegacyFixture): void {
  it("refusal decodes to its code, whose name is known, and encodes to the same frame", () => {
    const { response: frame, status, error } = fixture;
    const command = fixture.file === UNKNOWN_COMMAND ? legacy.ping : commandOf(fixture);
    assert.deepEqual(legacy.decodeResponse(command, frame), { ok: false, code: status });
    assert.equal(describeErrorCode(status).name, error);
    assert.deepEqual(legacy.encodeStatus(status), frame);
  });
}
