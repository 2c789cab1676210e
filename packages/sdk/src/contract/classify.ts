import { ConnectorError, FatalError, RejectedError, RetryableError } from "./errors.ts";

export interface ClassifiedError {
  /** `bug`: anything thrown that is none of ours. It is retried, and counted as a bug. */
  readonly kind: "retryable" | "rejected" | "fatal" | "bug";
  readonly code: string;
  readonly message: string;
  /** Milliseconds; only for `retryable`, when the other side said so. */
  readonly retryAfter?: number;
}

export function isRetryable(error: unknown): error is RetryableError {
  return error instanceof RetryableError;
}

export function isRejected(error: unknown): error is RejectedError {
  return error instanceof RejectedError;
}

export function isFatal(error: unknown): error is FatalError {
  return error instanceof FatalError;
}

/** What the runtime has to do about anything that a plugin threw, whatever it was. Never throws. */
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

/** The message of anything that was thrown. Never throws. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  try {
    return String(error);
  } catch {
    return "a value without a message was thrown";
  }
}

/** The `code` of an error of Node or of a driver, such as `ENOENT`; empty where there is none. */
export function errorCode(error: unknown): string {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "";
}
