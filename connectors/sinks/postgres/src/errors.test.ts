import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import { classifyError } from "@iggy-connectors/sdk/internal";
import pg from "pg";
import { blameOf, blameOfRow, postgresError } from "./errors.ts";
import { blameOfState, SQL_STATES } from "./sql-states.ts";

function answer(code: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError("it said so", 10, "error"), { code, severity: "ERROR", ...more });
}

/** Codes of appendix A, and some that are in no table, by who is to blame for them. */
const EXPECTED = {
  message:
    "10608 22000 22001 22003 22007 22008 22012 22021 22023 22P02 22P05 23000 23502 23503 23505 23514 23P01 44000 P0001",
  batch: "54000 54001 54011",
  unclassified:
    "01000 02000 03000 09000 0Z002 20000 21000 27000 2F000 38000 38001 39P01 40002 45000 XX000 P0000 P0002 P0003 P0004 U0001 MYERR HV000",
  configuration: "0A000 0P000 2200H 2BP01 3D000 3F000 42501 42601 42703 42704 42804 42809 42P01 42P10 55000",
  credentials: "28000 28P01",
  session: "08000 08003 08006 08P01 24000 25P02 25P03 26000 34000 3B001",
  node: "25006 57P01 57P02 57P03 57P04 57P05 XX001 XX002",
  target: "40000 40001 40003 40P01 53000 53100 53200 53300 53400 55006 55P03 57014 58000 58030 72000 F0000 HV00N",
} as const;

test("the table says who is to blame for every class of appendix A, and for codes that are in none", () => {
  for (const [blame, codes] of Object.entries(EXPECTED)) {
    for (const code of codes.split(" ")) {
      assert.equal(blameOf(answer(code)), blame, code);
    }
  }
  const classes =
    "00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX";
  for (const name of classes.split(" ")) assert.ok(name in SQL_STATES, `class ${name}`);
  assert.equal(blameOfState("ZZ999"), "unclassified");
});

test("the blame decides what the runtime does", () => {
  const kinds = {
    message: "rejected",
    batch: "rejected",
    unclassified: "unclassified",
    configuration: "fatal",
    credentials: "fatal",
    session: "retryable",
    node: "retryable",
    target: "retryable",
  } as const;
  for (const [blame, kind] of Object.entries(kinds)) {
    for (const code of EXPECTED[blame as keyof typeof kinds].split(" ")) {
      const error = postgresError(answer(code));
      assert.equal(classifyError(error).kind, kind, code);
      assert.match(error.message, new RegExp(`it said so \\(${code}\\)`));
    }
  }
  for (const code of ["28P01", "3D000", "42501", "42P01", "42999", "55000", "0A000"]) {
    assert.ok(postgresError(answer(code)).fix, `${code} says what to do`);
  }
});

test("one code can mean the row or the table", () => {
  const policy = { routine: "ExecWithCheckOptions" };
  assert.equal(blameOf(answer("42501", policy)), "message", "row-level security refuses the row");
  assert.equal(blameOf(answer("42501", { ...policy, where: "SQL statement in a trigger" })), "configuration");
  assert.equal(blameOf(answer("42501", { routine: "aclcheck_error" })), "configuration");
  assert.equal(blameOf(answer("23514", { routine: "ExecFindPartition" })), "unclassified", "a partition is missing");
  assert.equal(blameOf(answer("22023", { severity: "FATAL" })), "configuration", "a parameter of the connection");
  assert.equal(blameOf(answer("XX000", { severity: "PANIC" })), "session");

  const columns = new Set(["a", "b"]);
  assert.equal(blameOfRow(answer("23502", { column: "a" }), columns), "message");
  assert.equal(blameOfRow(answer("23502", { column: "added" }), columns), "unclassified");
  assert.equal(blameOfRow(answer("23505", { detail: "Key (id)=(1) already exists." }), columns), "unclassified");
  assert.equal(blameOfRow(answer("23505", { detail: "Key (id, a)=(1, 2) already exists." }), columns), "message");
  assert.equal(blameOfRow(answer("23505", { detail: "Key (lower(a))=(x) already exists." }), columns), "message");
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
