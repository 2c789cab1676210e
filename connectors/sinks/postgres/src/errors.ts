import { ConnectorError, FatalError, RejectedError, RetryableError } from "@iggy-connectors/sdk";
import pg from "pg";

export type Meaning = "retryable" | "rejected" | "fatal";

/**
 * What SQLSTATEs mean, by code or class, the longest match first. Codes: appendix A of the PostgreSQL manual. What is not
 * listed may pass, and is retried.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  "22": "rejected",
  "23": "rejected",
  "44000": "rejected",
  // A limit that this row exceeds, such as the size of an entry of an index.
  "54000": "rejected",
  // Raised by a trigger.
  P0001: "rejected",
  "0A": "fatal",
  "28": "fatal",
  "3D000": "fatal",
  "3F000": "fatal",
  "42": "fatal",
};

const HINTS: Readonly<Record<string, string>> = {
  "28": "correct user and password in connection_string, and check pg_hba.conf of the server",
  "3D000": "create the database, or correct connection_string",
  "3F000": "create the schema, or correct target_schema",
  "42501": "grant the missing privilege to the user of connection_string; `iggy-connectors check` names it",
  "42703":
    "add the column to the table, or disable it in the configuration; restart the connector after a change of the table",
  "42704": "correct the type in columns",
  "42804": "change the type of the column, or payload_format",
  "42P01": "create the table, or set auto_create_table = true",
  "42P10": "create a unique index on exactly the columns of key",
  "42": "compare the table with the configuration",
  "0A": "see the server's message",
};

/** The details of these are shown: they contain the key, not the row. */
const SHOWN_DETAILS: ReadonlySet<string> = new Set(["23503", "23505"]);

const TLS_CODES =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_OSSL|ERR_SSL_TLSV1_ALERT|ERR_SSL_SSLV3_ALERT)/;
const TLS_REFUSED = "The server does not support SSL connections";

export function meaningOf(error: unknown): Meaning {
  const state = sqlState(error);
  if (state === undefined) return isTlsError(error) ? "fatal" : "retryable";
  return lookUp(MEANINGS, state) ?? "retryable";
}

/** Says what an error of the driver means for the connector; one of ours comes back as it is. */
export function postgresError(cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const state = sqlState(cause);
  const details = { code: codeOf(state, cause), ...fixOf(state, cause), cause };
  const text = describe(cause);
  switch (meaningOf(cause)) {
    case "fatal":
      return new FatalError(`PostgreSQL: ${text}`, details);
    case "rejected":
      return new RejectedError(`PostgreSQL: ${text}`, details);
    case "retryable":
      return new RetryableError(`PostgreSQL: ${text}`, details);
  }
}

function codeOf(state: string | undefined, cause: unknown): string {
  if (state === undefined) return isTlsError(cause) ? "IGC_SINK_POSTGRES_TLS" : "IGC_SINK_POSTGRES_CONNECTION";
  if (state.startsWith("28")) return "IGC_SINK_POSTGRES_LOGIN";
  if (state === "42501") return "IGC_SINK_POSTGRES_PRIVILEGE";
  const meaning = lookUp(MEANINGS, state);
  if (meaning === "rejected") return "IGC_SINK_POSTGRES_REJECTED";
  return meaning === "fatal" ? "IGC_SINK_POSTGRES_SCHEMA" : "IGC_SINK_POSTGRES_BUSY";
}

function fixOf(state: string | undefined, cause: unknown): { readonly fix?: string } {
  if (state !== undefined) {
    const fix = lookUp(HINTS, state);
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

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return error.message === TLS_REFUSED || (typeof code === "string" && TLS_CODES.test(code));
}

function lookUp<Value>(table: Readonly<Record<string, Value>>, state: string): Value | undefined {
  return table[state] ?? table[state.slice(0, 2)];
}
