import { STATUS_CODES } from "node:http";
import { type ConnectorError, FatalError, RejectedError, RetryableError } from "@iggy-connectors/sdk";
import type { Redact } from "./redaction.ts";
import { parseRetryAfter } from "./retry-after.ts";

const SHOWN_BODY = 500;
const RETRYABLE_STATUSES = new Set([408, 425, 429]);
const FATAL_STATUSES = new Map([
  [401, "check the token or the credentials"],
  [403, "give these credentials the right to this resource"],
  [404, "check the URL and the names in it"],
  [405, "check the URL: the server does not offer this operation there"],
  [407, "the proxy asks for credentials"],
]);

/** An error whose `status` a caller may look at, for example to split a request after 413. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const status = (error as { status?: unknown }).status;
  return typeof status === "number" ? status : undefined;
}

export interface FailedReply {
  /** Method and URL, without credentials. */
  readonly call: string;
  readonly urlKey: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export function statusError(reply: FailedReply, redact: Redact): ConnectorError {
  const reason = STATUS_CODES[reply.status];
  const shown = shownBody(reply.body);
  const message = redact(
    `${reply.call} answered ${reply.status}${reason === undefined ? "" : ` ${reason}`}${shown === "" ? "" : `: ${shown}`}`,
  );
  return Object.assign(classify(reply, message), { status: reply.status });
}

function classify({ status, headers, urlKey }: FailedReply, message: string): ConnectorError {
  const code = "IGC_HTTP_STATUS";
  if (status >= 500 || RETRYABLE_STATUSES.has(status)) {
    const retryAfter = parseRetryAfter(headers["retry-after"], Date.now());
    return new RetryableError(message, {
      code,
      fix: "nothing to do if it passes; otherwise look at the server's own log",
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  if (status < 400) {
    const location = headers.location;
    const target = typeof location === "string" ? ` (to ${location})` : "";
    return new FatalError(message, {
      code,
      place: urlKey,
      fix: `redirects are not followed${target}: use the final URL`,
    });
  }
  const fix = FATAL_STATUSES.get(status);
  if (fix !== undefined) return new FatalError(message, { code, place: urlKey, fix });
  return new RejectedError(message, { code });
}

/** Maps what undici or the socket threw. An abort by the caller never comes here. */
export function transportError(error: unknown, call: string, urlKey: string, redact: Redact): ConnectorError {
  const { code, message } = innermost(error);
  if (code === "UND_ERR_INVALID_ARG" || code === "ERR_INVALID_ARG_TYPE" || code === "ERR_INVALID_CHAR") {
    return new FatalError(redact(`${call} cannot be sent: ${message}`), {
      code: "IGC_HTTP_REQUEST_INVALID",
      fix: "check the configured headers",
    });
  }
  return new RetryableError(redact(`${call} failed: ${message}`), {
    code: "IGC_HTTP_NETWORK",
    place: urlKey,
    fix: NETWORK_FIXES.get(code) ?? "check that the server is reachable from here",
    cause: error,
  });
}

const NETWORK_FIXES = new Map([
  ["ECONNREFUSED", "nothing listens there: start the server or correct host and port"],
  ["ENOTFOUND", "the host name does not resolve: correct it or the name service"],
  ["EAI_AGAIN", "the name service does not answer"],
  ["CERT_HAS_EXPIRED", "renew the server's certificate"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "let Node trust the certificate (NODE_EXTRA_CA_CERTS)"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "let Node trust the certificate authority (NODE_EXTRA_CA_CERTS)"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "let Node trust the certificate authority (NODE_EXTRA_CA_CERTS)"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "use the host name that the certificate is made for"],
]);

function innermost(error: unknown): { code: string; message: string } {
  let current: unknown = error;
  // A refused connection to a name with several addresses is an AggregateError with an empty message.
  if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
  if (!(current instanceof Error)) return { code: "", message: String(current) };
  const code = (current as { code?: unknown }).code;
  return { code: typeof code === "string" ? code : "", message: current.message || current.name };
}

function shownBody(body: string): string {
  // Control characters in a reply must not forge log lines.
  const line = body.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return line.length > SHOWN_BODY ? `${line.slice(0, SHOWN_BODY)}…` : line;
}
