import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import { classifyError } from "@iggy-connectors/sdk/internal";
import pg from "pg";
import { postgresError } from "./errors.ts";

function answer(code: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError("it said so", 10, "error"), { code, ...more });
}

test("what the database answers decides what happens", () => {
  const expected = {
    retryable: "08000 08003 08006 40001 40P01 53100 53200 53300 55P03 57014 57P01 57P02 57P03 25006 58030 XX000",
    rejected: "22001 22003 22007 22021 22P02 22P05 23502 23503 23505 23514 44000 54000 P0001",
    fatal: "28000 28P01 3D000 3F000 42501 42601 42703 42804 42P01 42P10 0A000",
  };
  for (const [kind, codes] of Object.entries(expected)) {
    for (const code of codes.split(" ")) {
      const error = postgresError(answer(code));
      assert.equal(classifyError(error).kind, kind, code);
      assert.match(error.message, new RegExp(`it said so \\(${code}\\)`));
      if (kind === "fatal") assert.ok(error.fix, `${code} says what to do`);
    }
  }
});

test("what the network says does, too", () => {
  const error = (code: string, message = code) => Object.assign(new Error(message), { code });
  for (const code of ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "ETIMEDOUT"]) {
    assert.equal(classifyError(postgresError(error(code))).kind, "retryable", code);
  }
  assert.equal(classifyError(postgresError(new Error("Connection terminated unexpectedly"))).kind, "retryable");
  for (const code of [
    "CERT_HAS_EXPIRED",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ]) {
    const known = postgresError(error(code));
    assert.deepEqual([known.code, known instanceof FatalError], ["IGC_SINK_POSTGRES_TLS", true], code);
  }
  const both = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")], "");
  assert.match(postgresError(both).message, /refused ::1, refused 127\.0\.0\.1/);
});

test("a message names key, column or constraint, but never the row", () => {
  const detail = "Failing row contains (1, a secret).";
  const missing = postgresError(answer("23502", { column: "mail", detail }));
  assert.equal(missing.message, "PostgreSQL: it said so (23502), column mail");
  const refused = postgresError(answer("23514", { constraint: "positive", detail }));
  assert.equal(refused.message, "PostgreSQL: it said so (23514), constraint positive");
  const taken = postgresError(answer("23505", { constraint: "pk", detail: "Key (id)=(7) already exists." }));
  assert.equal(taken.message, "PostgreSQL: it said so (23505): Key (id)=(7) already exists.");
});
