import {
  type ConnectorError,
  DESCRIPTORS_FIX,
  errorCode,
  FatalError,
  isOutOfDescriptors,
  RejectedError,
  RetryableError,
} from "@iggy-connectors/sdk";
import { excerpt } from "./excerpt.ts";
import { rateLimitWait } from "./rate-limit.ts";
import type { Redaction } from "./redaction.ts";
import type { StatusMeaning } from "./status-policy.ts";

/** Taken by a call: an `import` of node:http also loads the WebSocket and fetch that come with Node, 17 MB of memory. */
const { STATUS_CODES } = process.getBuiltinModule("node:http");

const FIXES = new Map([
  [401, "check the token or the credentials"],
  [403, "grant these credentials access to this resource"],
  [404, "check the URL and the names in it"],
  [405, "check the URL: the server does not offer this operation there"],
  [407, "the proxy asks for credentials"],
]);

const WERE_GOOD =
  "the credentials worked before: renew them or grant the access again; the connector continues by itself";
const RETRY_FIXES = new Map([
  [401, WERE_GOOD],
  [403, WERE_GOOD],
  [407, WERE_GOOD],
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

/** The error for a status that is not a success. */
export function statusError(
  reply: FailedReply,
  meaning: Exclude<StatusMeaning, "success">,
  redaction: Redaction,
): ConnectorError {
  const reason = STATUS_CODES[reply.status];
  const shown = excerpt(reply.body);
  const message = redaction.apply(
    `${reply.call} answered ${reply.status}${reason === undefined ? "" : ` ${reason}`}${shown === "" ? "" : `: ${shown}`}`,
  );
  return Object.assign(errorOf(reply, meaning, message, redaction), { status: reply.status });
}

function errorOf(
  { status, headers, urlKey }: FailedReply,
  meaning: Exclude<StatusMeaning, "success">,
  message: string,
  redaction: Redaction,
): ConnectorError {
  const code = "IGC_HTTP_STATUS";
  if (meaning === "retry") {
    const retryAfter = rateLimitWait(headers, Date.now());
    return new RetryableError(message, {
      code,
      fix: RETRY_FIXES.get(status) ?? "none if it passes by itself; otherwise check the server's log",
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  if (meaning === "reject") return new RejectedError(message, { code });
  if (status >= 300 && status < 400) {
    const location = headers.location;
    const target = typeof location === "string" ? ` (to ${redaction.apply(location)})` : "";
    return new FatalError(message, {
      code,
      place: urlKey,
      fix: `redirects are not followed${target}: use the final URL`,
    });
  }
  return new FatalError(message, { code, place: urlKey, fix: FIXES.get(status) ?? "check the configuration" });
}

/** Maps what undici or the socket threw. An abort by the caller never comes here. */
export function transportError(error: unknown, call: string, urlKey: string, redaction: Redaction): ConnectorError {
  const { code, message } = innermost(error);
  if (code === "UND_ERR_INVALID_ARG" || code === "ERR_INVALID_ARG_TYPE" || code === "ERR_INVALID_CHAR") {
    return new FatalError(redaction.apply(`${call} cannot be sent: ${message}`), {
      code: "IGC_HTTP_REQUEST_INVALID",
      fix: "check the configured headers",
    });
  }
  if (isOutOfDescriptors({ code })) {
    return new RetryableError(`${call} cannot be sent: too many files and connections are open (${code})`, {
      code: "IGC_HTTP_DESCRIPTORS",
      fix: DESCRIPTORS_FIX,
      cause: error,
    });
  }
  return new RetryableError(redaction.apply(`${call} failed: ${message}`), {
    code: "IGC_HTTP_NETWORK",
    place: urlKey,
    fix: NETWORK_FIXES.get(code) ?? "check that the server is reachable from here",
    cause: error,
  });
}

const TRUST = "set tls.ca_file to the authority of the server's certificate";
const OWN_CERTIFICATE = "the server requires a client certificate: set tls.cert_file and tls.key_file";
const NETWORK_FIXES = new Map([
  ["ECONNREFUSED", "nothing is listening there: start the server, or correct host and port"],
  ["ENOTFOUND", "the host name does not resolve: correct it, or check DNS"],
  ["EAI_AGAIN", "DNS does not answer: check the name server"],
  ["CERT_HAS_EXPIRED", "renew the server's certificate"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", TRUST],
  ["SELF_SIGNED_CERT_IN_CHAIN", TRUST],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", TRUST],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", TRUST],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "use the host name of the certificate, or set tls.server_name"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", OWN_CERTIFICATE],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", OWN_CERTIFICATE],
]);

function innermost(error: unknown): { code: string; message: string } {
  let current: unknown = error;
  // A refused connection to a name with several addresses is an AggregateError with an empty message.
  if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
  if (!(current instanceof Error)) return { code: "", message: String(current) };
  return { code: errorCode(current), message: current.message || current.name };
}
