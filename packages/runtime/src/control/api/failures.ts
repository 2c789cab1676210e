import { ConnectorError } from "@iggy-connectors/sdk";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import { ConfigurationError } from "../config/problem.ts";
import { ProviderError, VersionNotFoundError } from "../config/providers/provider.ts";
import { Refusal, type RefusalKind } from "../operations/refusal.ts";
import type { FailureBody } from "./schemas/failure.ts";

const STATUS: Readonly<Record<RefusalKind, number>> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  not_healthy: 422,
  forbidden: 403,
};

/** Errors that tell of a conflict which an operator can settle. */
const CONFLICTS: ReadonlySet<string> = new Set([
  "IGC_STATE_OFFSETS_OWNED",
  "IGC_STATE_REPLAY_RUNNING",
  "IGC_SINK_NO_RESET",
]);

/** Status and body for whatever was thrown. What is our mistake tells nothing of our inside. */
export function describeFailure(error: unknown): { readonly status: number; readonly body: FailureBody } {
  if (error instanceof Refusal) {
    const { kind, code, message, place, fix, details } = error;
    return { status: STATUS[kind], body: body(code, message, { place, fix, details }) };
  }
  if (error instanceof VersionNotFoundError) {
    return { status: 404, body: body(`${error.connector.type}_config_not_found`, error.message) };
  }
  if (error instanceof ProviderError) {
    const { message, fix, code } = error;
    const remote = code === "IGC_CONFIG_PROVIDER";
    return { status: 500, body: body(remote ? "http_request_failed" : "error", message, { fix, details: { code } }) };
  }
  if (error instanceof ConfigurationError) {
    const [first] = error.problems;
    return { status: 500, body: body("error", error.message, { place: first?.file, fix: first?.fix }) };
  }
  if (error instanceof ConnectorError) {
    const { code, message, place, fix } = error;
    return { status: CONFLICTS.has(code) ? 409 : 500, body: body(code, message, { place, fix }) };
  }
  if (isIggyFailure(error)) {
    const { code, message } = describeError(error);
    return { status: error.retryable ? 503 : 500, body: body(code, message) };
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  const reason = statusCode >= 500 ? "The request could not be answered" : message;
  return { status: statusCode, body: body("error", reason) };
}

function body(
  code: string,
  reason: string,
  { place, fix, details }: { place?: string | undefined; fix?: string | undefined; details?: unknown } = {},
): FailureBody {
  return {
    code,
    reason,
    ...(place === undefined ? {} : { place }),
    ...(fix === undefined ? {} : { fix }),
    ...(details === undefined ? {} : { details }),
  };
}

/** A value with every text in it without its secrets. */
export function withoutSecrets(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutSecrets(member, redact)]));
}
