import { ConnectorError, FatalError, RejectedError, RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import pg from "pg";
import { type Blame, blameOfState } from "./sql-states.ts";

/** By code or class, the longest match first. */
const HINTS: Readonly<Record<string, string>> = {
  "2200H": "alter the sequence, or the column that it fills, to a wider type",
  "28": "correct user and password in connection_string, and check pg_hba.conf of the server; a password that is rotated belongs into password_file, which is read for each connection",
  "3D000": "create the database, or correct connection_string",
  "3F000": "create the schema, or correct target_schema",
  "42501": "grant the missing privilege to the user of connection_string; `iggy-connectors check` names it",
  "42703": "add the column to the table, or disable it in the configuration",
  "42704": "correct the type in columns",
  "42804": "change the type of the column, or payload_format",
  "42P01": "create the table, or set auto_create_table = true",
  "42P10": "create a unique index on exactly the columns of key",
  "42": "compare the table with the configuration; where a trigger raised it, look at its function",
  "55": "see the server's message; a view needs an INSTEAD OF trigger, or must be one that PostgreSQL can write to",
  "0A": "see the server's message",
};

/** The details of these are shown: they contain the key, not the row. */
const SHOWN_DETAILS: ReadonlySet<string> = new Set(["23503", "23505"]);

const TLS_CODES =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_OSSL|ERR_SSL_TLSV1_ALERT|ERR_SSL_SSLV3_ALERT)/;
const TLS_REFUSED = "The server does not support SSL connections";

const ISOLABLE: ReadonlySet<Blame> = new Set<Blame>(["message", "batch", "unclassified", "configuration"]);
const CODES: Readonly<Record<Blame, string>> = {
  message: "IGC_SINK_POSTGRES_REJECTED",
  batch: "IGC_SINK_POSTGRES_REJECTED",
  unclassified: "IGC_SINK_POSTGRES_UNCLASSIFIED",
  configuration: "IGC_SINK_POSTGRES_SCHEMA",
  credentials: "IGC_SINK_POSTGRES_LOGIN",
  session: "IGC_SINK_POSTGRES_CONNECTION",
  node: "IGC_SINK_POSTGRES_BUSY",
  target: "IGC_SINK_POSTGRES_BUSY",
};

/** Who is to blame for what the driver threw. */
export function blameOf(error: unknown): Blame {
  const answer = answerOf(error);
  if (answer === undefined) return isTlsError(error) ? "configuration" : "session";
  const { code = "", severity, routine } = answer;
  // A sequence that is used up, or a partition that is missing, is the table's, as long as other rows are not taken.
  if (code === "2200H") return "configuration";
  if (code === "23514" && routine === "ExecFindPartition") return "unclassified";
  // Row-level security refuses the row; all other privileges are of the table, or of what a trigger does.
  if (code === "42501" && routine === "ExecWithCheckOptions" && answer.where === undefined) return "message";
  const blame = blameOfState(code);
  // What ends the connection is about a parameter of it.
  const ended = severity === "FATAL" || severity === "PANIC";
  if (ended && ISOLABLE.has(blame)) return blame === "unclassified" ? "session" : "configuration";
  return blame;
}

/**
 * Who is to blame for a row that the database refused alone. What concerns only columns that the row does not say is not its fault: a
 * column without a default that somebody added, a sequence that is behind its table.
 */
export function blameOfRow(error: unknown, columns: ReadonlySet<string>): Blame {
  const blame = blameOf(error);
  const answer = answerOf(error);
  if (blame !== "message" || answer === undefined) return blame;
  if (answer.code === "23502" && answer.column !== undefined && !columns.has(answer.column)) return "unclassified";
  if (answer.code === "23505") {
    // The key of an index of expressions has parentheses within.
    const key = /^[^(]*\(([^()]+)\)=\(/.exec(answer.detail ?? "")?.[1]?.split(", ");
    if (key?.every((name) => !columns.has(name.replaceAll('"', ""))) === true) return "unclassified";
  }
  return blame;
}

/** Whether the culprit may be one of several rows. */
export function isIsolable(error: unknown): boolean {
  return answerOf(error) !== undefined && ISOLABLE.has(blameOf(error));
}

/** Says what an error of the driver means for the connector; one of ours comes back as it is. */
export function postgresError(cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const blame = blameOf(cause);
  const details = { code: codeOf(blame, cause), ...fixOf(cause), cause };
  const message = `PostgreSQL: ${describe(cause)}`;
  switch (blame) {
    case "message":
    case "batch":
      return new RejectedError(message, details);
    case "unclassified":
      return new UnclassifiedError(message, details);
    case "configuration":
    case "credentials":
      return new FatalError(message, details);
    default:
      return new RetryableError(message, details);
  }
}

/** The reason why a row is refused for good. */
export function rejectedRow(cause: unknown): RejectedError {
  return new RejectedError(`PostgreSQL: ${describe(cause)}`, { code: CODES.message, cause });
}

function codeOf(blame: Blame, cause: unknown): string {
  const state = answerOf(cause)?.code;
  if (state === undefined) return isTlsError(cause) ? "IGC_SINK_POSTGRES_TLS" : "IGC_SINK_POSTGRES_CONNECTION";
  return state === "42501" && blame === "configuration" ? "IGC_SINK_POSTGRES_PRIVILEGE" : CODES[blame];
}

function fixOf(cause: unknown): { readonly fix?: string } {
  const state = answerOf(cause)?.code;
  if (state !== undefined) {
    const fix = HINTS[state] ?? HINTS[state.slice(0, 2)];
    return fix === undefined ? {} : { fix };
  }
  if (isTlsError(cause)) return { fix: "correct tls.mode, tls.ca_file and the client certificate" };
  return { fix: "check that the server is running and reachable; the connector continues by itself" };
}

function describe(cause: unknown): string {
  if (cause instanceof pg.DatabaseError) {
    const { code = "", message, column, constraint, detail } = cause;
    let text = `${message} (${code})`;
    if (detail !== undefined && SHOWN_DETAILS.has(code)) text += `: ${detail}`;
    else if (column !== undefined && !message.includes(column)) text += `, column ${column}`;
    else if (constraint !== undefined && !message.includes(constraint)) text += `, constraint ${constraint}`;
    return text;
  }
  if (cause instanceof AggregateError) return cause.errors.map(describe).join(", ");
  if (cause instanceof Error) return cause.message === "" ? cause.name : cause.message;
  return String(cause);
}

/** What the server said; `undefined`: it is not the server that says it. */
function answerOf(error: unknown): pg.DatabaseError | undefined {
  return error instanceof pg.DatabaseError && error.code !== undefined ? error : undefined;
}

function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return error.message === TLS_REFUSED || (typeof code === "string" && TLS_CODES.test(code));
}
