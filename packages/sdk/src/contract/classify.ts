import { ConnectorError, isCommittedOffsetMoved, isFatal, isRejected, isRetryable, isUnclassified } from "./errors.ts";
import { errorMessage } from "./thrown.ts";

export interface ClassifiedError {
  /**
   * `unclassified`: the plugin cannot tell who is to blame. `moved`: the target's record of its offset was changed by somebody else.
   * `bug`: anything thrown that is none of the SDK's errors; treated as `unclassified`, and counted as a bug.
   */
  readonly kind: "retryable" | "rejected" | "fatal" | "unclassified" | "moved" | "bug";
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
  if (isUnclassified(error)) return { kind: "unclassified", code: error.code, message: error.message };
  if (isCommittedOffsetMoved(error)) return { kind: "moved", code: error.code, message: error.message };
  if (error instanceof ConnectorError) return { kind: "bug", code: error.code, message: error.message };
  return { kind: "bug", code: "IGC_PLUGIN_BUG", message: errorMessage(error) };
}
