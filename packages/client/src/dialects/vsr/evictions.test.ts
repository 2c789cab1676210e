import assert from "node:assert/strict";
import { test } from "node:test";
import { EVICTION, type EvictionName } from "@iggy-connectors/protocol";
import { parseAddress } from "../../configuration/address.ts";
import { evictionError, IncompatibleProtocolError } from "./evictions.ts";

const ADDRESS = parseAddress("iggy.local:8090");
const NEXT = (12 << 10) | 2;

/** What each reason means: Iggy's code, and whether logging in again may help. */
const EXPECTED: { readonly [name in EvictionName]: readonly [code: number, retryable: boolean] } = {
  reserved: [3, false],
  noSession: [40, true],
  clientReleaseTooLow: [3, false],
  clientReleaseTooHigh: [3, false],
  invalidRequestOperation: [3, false],
  invalidRequestBody: [3, false],
  invalidRequestBodySize: [3, false],
  sessionTooLow: [40, true],
  sessionReleaseMismatch: [40, true],
  invalidCredentials: [42, false],
  invalidToken: [53, false],
  userInactive: [40, true],
  sessionError: [40, true],
  staleClient: [30, true],
  incompatibleProtocol: [14003, false],
  malformedLogin: [4, false],
};

for (const [name, [code, retryable]] of Object.entries(EXPECTED)) {
  test(`evicted as ${name}: code ${code}, ${retryable ? "log in again" : "final"}`, () => {
    const { reason } = EVICTION[name as EvictionName];
    const error = evictionError({ client: 1n, reason, minimumVersion: 0, maximumVersion: 0 }, ADDRESS);
    assert.deepEqual([error.code, error.retryable], [code, retryable]);
    assert.match(error.message, /iggy\.local:8090/);
  });
}

test("an unknown reason ends the session, and logging in again may help", () => {
  const error = evictionError({ client: 1n, reason: 200, minimumVersion: 0, maximumVersion: 0 }, ADDRESS);
  assert.deepEqual([error.code, error.retryable], [40, true]);
  assert.match(error.message, /reason 200/);
});

test("a protocol that does not fit names both sides, and what would fit", () => {
  const { reason } = EVICTION.incompatibleProtocol;
  const error = evictionError({ client: 1n, reason, minimumVersion: NEXT, maximumVersion: NEXT }, ADDRESS);
  assert.ok(error instanceof IncompatibleProtocolError);
  assert.deepEqual([error.lowest, error.highest], [NEXT, NEXT]);
  assert.match(error.message, /accepts protocol 0\.12\.2, this client speaks 0\.11\.0/);
});
