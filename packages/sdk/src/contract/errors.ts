/** What every error of ours carries, besides its message: a stable code, where it happened, and what to do. */
export interface ErrorDetails {
  /** `IGC_<AREA>_<NAME>`, areas CONFIG, PLUGIN, IGGY, DECODE, TRANSFORM, SINK, SOURCE, STATE, HTTP. */
  readonly code?: string;
  /** File, line, key or offset. */
  readonly place?: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly cause?: unknown;
}

const BRAND = Symbol.for("@iggy-connectors/sdk.error");

/**
 * The base of all errors with a code. Recognised by a brand, not by identity of the class, so that a plugin that brings
 * its own copy of the SDK is still understood.
 */
export class ConnectorError extends Error {
  override readonly name: string = "ConnectorError";
  readonly code: string;
  readonly place: string | undefined;
  readonly fix: string | undefined;
  readonly [BRAND]: string;

  constructor(message: string, details: ErrorDetails = {}, kind = "error", defaultCode = "IGC_PLUGIN_ERROR") {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code ?? defaultCode;
    this.place = details.place;
    this.fix = details.fix;
    this[BRAND] = kind;
  }

  // biome-ignore-start lint/complexity/noThisInStatic: subclasses inherit this, and `this` is the class that is asked
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brandOf(value);
    if (brand === undefined) return false;
    const kind = KINDS.get(this);
    // A subclass of a plugin has no brand of its own: only its prototype tells.
    if (kind === undefined && this !== ConnectorError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return kind === undefined || kind === brand;
  }
  // biome-ignore-end lint/complexity/noThisInStatic: see above
}

/** The destination or origin is away or busy: the same call may work later. The runtime repeats it with back-off. */
export class RetryableError extends ConnectorError {
  override readonly name = "RetryableError";
  /** Milliseconds to wait before the next attempt, when the other side said so. */
  readonly retryAfter: number | undefined;
  constructor(message: string, details: ErrorDetails & { readonly retryAfter?: number } = {}) {
    super(message, details, "retryable", "IGC_SINK_RETRYABLE");
    this.retryAfter = details.retryAfter;
  }
}

/** This data will never be accepted. The messages concerned go where `on_error` says. */
export class RejectedError extends ConnectorError {
  override readonly name = "RejectedError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "rejected", "IGC_SINK_REJECTED");
  }
}

/** This configuration will never work. The connector fails until an operator changes it. */
export class FatalError extends ConnectorError {
  override readonly name = "FatalError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "fatal", "IGC_PLUGIN_FATAL");
  }
}

const KINDS = new Map<unknown, string>([
  [RetryableError, "retryable"],
  [RejectedError, "rejected"],
  [FatalError, "fatal"],
]);

function brandOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const brand = (value as { [BRAND]?: unknown })[BRAND];
  return typeof brand === "string" ? brand : undefined;
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
