import { statusOf } from "@iggy-connectors/http";
import {
  type ConnectorError,
  FatalError,
  RejectedError,
  RetryableError,
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import type { HttpSinkConfig } from "../config.ts";

/** What the sink knows when a request fails. */
export interface Circumstances {
  /** The destination has taken a message before, so that address and credentials were right. */
  readonly worked: boolean;
  /** Messages decide where they go: a wrong address may be the fault of one. */
  readonly addressVaries: boolean;
}

/** The destination has what the request makes, or something that contradicts it. */
export const CONFLICT = 409;
/** The data is refused: the messages of the request are to blame. */
const REFUSED: ReadonlySet<number> = new Set([400, CONFLICT, 413, 422]);
/** Another connection, or the end of a lock: passing, besides what the HTTP layer retries (408, 425, 429, 5xx, what is no status). */
const PASSING: ReadonlySet<number> = new Set([421, 423]);

/**
 * What the failure of a request means for its messages, by its status.
 *
 * - `RetryableError`: the destination, or the way to it.
 * - `RejectedError`: the messages of the request.
 * - `UnclassifiedError`: a status about the address, the credentials or the form of the request, of a destination that took other
 *   messages: a message alone that meets it is to blame, all that meet it are not.
 * - `FatalError`: such a status before anything was taken, or a success that `success_status_codes` does not have.
 */
export function readFailure(
  error: ConnectorError,
  config: HttpSinkConfig,
  { worked, addressVaries }: Circumstances,
): ConnectorError {
  const status = statusOf(error);
  if (status === undefined || isConfigured(status, config)) return error;
  if (status >= 200 && status < 300) return unlisted(error, status);
  if (PASSING.has(status)) return as(RetryableError, error);
  if (status === 403 && error instanceof RetryableError) return as(UnclassifiedError, error);
  if (error instanceof FatalError) return worked || addressVaries ? as(UnclassifiedError, error) : error;
  return error instanceof RejectedError && !REFUSED.has(status) ? as(UnclassifiedError, error) : error;
}

/** Whether the configuration says what the status means. */
export function isConfigured(status: number, config: HttpSinkConfig): boolean {
  const { retry_status_codes, reject_status_codes, fatal_status_codes } = config;
  return [...retry_status_codes, ...reject_status_codes, ...fatal_status_codes].some((pattern) =>
    typeof pattern === "number" ? pattern === status : Number(pattern[0]) === Math.floor(status / 100),
  );
}

/** It was taken as HTTP means it, but not as the configuration does: nothing is sent again or given up before somebody decides. */
function unlisted(cause: ConnectorError, status: number): FatalError {
  return new FatalError(cause.message, {
    code: "IGC_SINK_HTTP_UNLISTED",
    place: "success_status_codes",
    fix: `add ${status} to success_status_codes if it means success, else to reject_status_codes or retry_status_codes`,
    cause,
  });
}

function as<Kind extends RetryableError | UnclassifiedError>(
  kind: new (message: string, details: object) => Kind,
  cause: ConnectorError,
): Kind {
  const { message, code, place, fix } = cause;
  const details = { code, cause, ...(place === undefined ? {} : { place }), ...(fix === undefined ? {} : { fix }) };
  return Object.assign(new kind(message, details), { status: statusOf(cause) });
}
