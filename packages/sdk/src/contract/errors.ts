/** What an error carries besides its message: a stable code, where it happened, and what to do about it. */
export interface ErrorDetails {
  /** `IGC_<AREA>_<NAME>`, areas CONFIG, PLUGIN, IGGY, DECODE, TRANSFORM, SINK, SOURCE, STATE, HTTP. */
  readonly code?: string;
  /** Where it happened: file, line, key or offset. */
  readonly place?: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly cause?: unknown;
}

const BRAND = Symbol.for("@iggy-connectors/sdk.error");

/**
 * The base class of all errors with a code. `instanceof` checks a brand, not the identity of the class, so that it also works for a
 * plugin that has its own copy of the SDK.
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

  // biome-ignore-start lint/complexity/noThisInStatic: subclasses inherit this method, and `this` is the class on the right of instanceof
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brandOf(value);
    if (brand === undefined) return false;
    const kind = KINDS.get(this);
    // A subclass that a plugin defines has no brand of its own: its prototype decides.
    if (kind === undefined && this !== ConnectorError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return kind === undefined || kind === brand;
  }
  // biome-ignore-end lint/complexity/noThisInStatic: see above
}

/** The destination or origin is unavailable or busy: the same call may succeed later. The runtime retries it with back-off. */
export class RetryableError extends ConnectorError {
  override readonly name = "RetryableError";
  /** Milliseconds to wait before the next attempt, if the other side stated it. */
  readonly retryAfter: number | undefined;
  constructor(message: string, details: ErrorDetails & { readonly retryAfter?: number } = {}) {
    super(message, details, "retryable", "IGC_SINK_RETRYABLE");
    this.retryAfter = details.retryAfter;
  }
}

/** This data will never be accepted. The messages are handled as `on_error` says. */
export class RejectedError extends ConnectorError {
  override readonly name = "RejectedError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "rejected", "IGC_SINK_REJECTED");
  }
}

/** The connector cannot work with this configuration. It fails until the configuration changes. */
export class FatalError extends ConnectorError {
  override readonly name = "FatalError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "fatal", "IGC_PLUGIN_FATAL");
  }
}

/**
 * It cannot be told whether the messages or the destination are to blame. The call is retried shortly, then the batch is delivered
 * in halves: a message that fails while its neighbours are delivered is to blame itself, and is handled as `on_error` says. Where
 * nothing is delivered the destination is to blame, and everything is retried. A plain `Error` is treated in the same way.
 */
export class UnclassifiedError extends ConnectorError {
  override readonly name = "UnclassifiedError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "unclassified", "IGC_SINK_UNCLASSIFIED");
  }
}

/**
 * The offset that the target has recorded is not the one that this sink wrote last: the target was restored or failed over, or
 * another writer moved it. Nothing of the call was written. The runtime gives up what is open in the partition, asks `committed`
 * again and reads from there.
 */
export class CommittedOffsetMovedError extends ConnectorError {
  override readonly name = "CommittedOffsetMovedError";
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, "moved", "IGC_SINK_OFFSET_MOVED");
  }
}

const KINDS = new Map<unknown, string>([
  [RetryableError, "retryable"],
  [RejectedError, "rejected"],
  [FatalError, "fatal"],
  [UnclassifiedError, "unclassified"],
  [CommittedOffsetMovedError, "moved"],
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

export function isUnclassified(error: unknown): error is UnclassifiedError {
  return error instanceof UnclassifiedError;
}

export function isCommittedOffsetMoved(error: unknown): error is CommittedOffsetMovedError {
  return error instanceof CommittedOffsetMovedError;
}
