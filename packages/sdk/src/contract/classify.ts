import { ConnectorError, isFatal, isRejected, isRetryable } from "./errors.ts";
import { errorMessage } from "./thrown.ts";

export interface ClassifiedError {
  /** `bug`: anything thrown that is not one of the SDK's three errors. It is retried, and counted as a bug. */
  readonly kind: "retryable" | "rejected" | "fatal" | "bug";
  readonly code: string;
  readonly message: string;
  /** Milliseconds; only for `retryable`, when the other side stated it. */
  readonly retryAfter?: number;
}

/** What the runtime has to do about anything that a plugin threw. Never throws. */
export function classifyError(error: unknown): ClassifiedError {
  if (isRetryable(error)) {
    const { code, message, retryAfter } = error;
    return retryAfter === undefined
      ? { kind: "retryable", code, message }
      : { kind: "retryable", code, message, retryAfter };
  }
  if (isRejected(error)) return { kind: "rejected", code: error.code, message: error.message };
  if (isFatal(error)) return { kind: "fatal", code: error.code, message: error.message };
  if (error instanceof ConnectorError) return { kind: "bug", code: error.code, message: error.message };
  return { kind: "bug", code: "IGC_PLUGIN_BUG", message: errorMessage(error) };
}
