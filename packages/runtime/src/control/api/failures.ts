import { ConnectorError } from "@iggy-connectors/sdk";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import { ConfigurationError } from "../config/problem.ts";
import { ProviderError, VersionNotFoundError } from "../config/providers/provider.ts";
import { Refusal, type RefusalKind } from "../operations/refusal.ts";
import type { FailureBody } from "./schemas/failure.ts";

/** The reason in the response to an error that nobody foresaw. */
export const INTERNAL_ERROR = "The request failed because of an internal error";

const STATUS: Readonly<Record<RefusalKind, number>> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  not_healthy: 422,
  forbidden: 403,
  unavailable: 503,
};

/** Errors that report a conflict which an operator can resolve. */
const CONFLICTS: ReadonlySet<string> = new Set([
  "IGC_STATE_OFFSETS_OWNED",
  "IGC_STATE_REPLAY_RUNNING",
  "IGC_SINK_NO_RESET",
]);

interface DescribedFailure {
  readonly status: number;
  readonly body: FailureBody;
  /** `false`: the body does not say why. */
  readonly foreseen: boolean;
}

/** Status and body for a thrown value. An internal error reveals nothing about its cause. */
export function describeFailure(error: unknown): DescribedFailure {
  if (error instanceof Refusal) {
    const { kind, code, message, place, fix, details } = error;
    return { status: STATUS[kind], body: body(code, message, { place, fix, details }), foreseen: true };
  }
  if (error instanceof VersionNotFoundError) {
    return { status: 404, body: body(`${error.connector.type}_config_not_found`, error.message), foreseen: true };
  }
  if (error instanceof ProviderError) {
    const { message, fix, code } = error;
    const remote = code === "IGC_CONFIG_PROVIDER";
    return {
      status: 500,
      body: body(remote ? "http_request_failed" : "error", message, { fix, details: { code } }),
      foreseen: true,
    };
  }
  if (error instanceof ConfigurationError) {
    const [first] = error.problems;
    return { status: 500, body: body("error", error.message, { place: first?.file, fix: first?.fix }), foreseen: true };
  }
  if (error instanceof ConnectorError) {
    const { code, message, place, fix } = error;
    return { status: CONFLICTS.has(code) ? 409 : 500, body: body(code, message, { place, fix }), foreseen: true };
  }
  if (isIggyFailure(error)) {
    const { code, message } = describeError(error);
    return { status: error.retryable ? 503 : 500, body: body(code, message), foreseen: true };
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  const foreseen = statusCode < 500;
  return { status: statusCode, body: body("error", foreseen ? message : INTERNAL_ERROR), foreseen };
}

/** While a remote store has not answered yet, a connector that is not known may still exist. */
export function unlessNotLoaded(error: unknown): unknown {
  if (!(error instanceof Refusal) || !/^(?:sink|source)_not_found$/.test(error.code)) return error;
  return new Refusal("unavailable", "The connector configurations are not loaded yet", {
    code: "not_loaded",
    fix: "try again; GET /health/ready tells when they are, and GET /errors why they cannot be read",
  });
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
