import { parseRetryAfter } from "@iggy-connectors/http";
import { type ConnectorError, FatalError, RetryableError } from "@iggy-connectors/sdk";

/** What the SDK's errors carry, as far as it matters. */
interface ServiceError {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
}

/** The condition of a write does not hold: the object exists, or is another one than was expected. */
export function isPreconditionFailed(error: unknown): boolean {
  const { name, status } = read(error);
  return status === 412 || name === "PreconditionFailed";
}

export function isMissingObject(error: unknown): boolean {
  const { name, status } = read(error);
  return name === "NoSuchKey" || name === "NotFound" || (status === 404 && name !== "NoSuchBucket");
}

/** Who signs is not known, or no longer: credentials that were rotated, revoked or have ended. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "AuthFailure",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "UnrecognizedClientException",
]);
/** Refusals that somebody may take back: the account, the bucket or a permission is away for a while. */
const GRANTED_AGAIN: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccountProblem",
  "AllAccessDisabled",
  "NoSuchBucket",
]);

export function isCredentialsRefused(error: unknown): boolean {
  return CREDENTIALS.has(read(error).name);
}

/** A refusal whose reason stands in a body, which an answer to HEAD does not have. */
export function isUnexplained(error: unknown): boolean {
  const { status } = read(error);
  return status === 400 || status === 401 || status === 403;
}

const FIXES: Readonly<Record<string, string>> = {
  BadRequest: "correct region and credentials",
  AllAccessDisabled: "the account or the bucket is disabled: contact its owner",
  AccountProblem: "the account has a problem: contact its owner",
  NoSuchBucket: "create the bucket, or correct bucket, region and endpoint",
  InvalidBucketName: "correct bucket",
  InvalidAccessKeyId: "correct access_key_id, or remove the keys to use the credentials of the environment",
  SignatureDoesNotMatch: "correct secret_access_key; a proxy must not change requests",
  InvalidToken: "correct session_token",
  ExpiredToken: "set new credentials, or remove the keys to use credentials that renew themselves",
  PermanentRedirect: "set region (and endpoint) to where the bucket is",
  AuthorizationHeaderMalformed: "set region to where the bucket is",
  IllegalLocationConstraintException: "set region to where the bucket is",
  InvalidStorageClass: "correct storage_class",
  InvalidTag: "correct tags",
  KeyTooLongError: "shorten prefix, path_template, or the names of stream and topic: S3 allows 1024 bytes",
};

/** Code of the error when the store says that it does not know something. */
export const UNSUPPORTED = "IGC_SINK_S3_UNSUPPORTED";
const UNSUPPORTED_FIX =
  "the store does not support an option in use: remove server_side_encryption, storage_class, acl and tags";

/** Code of the error when the credentials do not allow the request. */
export const DENIED = "IGC_SINK_S3_DENIED";
const DENIED_FIX =
  "allow s3:PutObject, s3:GetObject and s3:AbortMultipartUpload on the bucket's objects, and s3:ListBucket on the bucket, for these credentials";

const RENEW_FIX =
  "renew the credentials where the connector finds them: they are read again before each attempt; keys in the configuration have to be changed there";

/** Error names that are transient although their status says otherwise. */
const PASSING = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "ConditionalRequestConflict",
  "OperationAborted",
  "NoSuchUpload",
  "SlowDown",
  "BadDigest",
  "IncompleteBody",
  "CredentialsProviderError",
]);

interface Failed {
  readonly doing: string;
  readonly bucket: string;
  /** What is refused now may be granted again, without a change of the configuration. */
  readonly passing?: boolean;
}

/** Says what a failed request means for the connector; our own errors come back as they are. */
export function storeError(cause: unknown, { doing, bucket, passing = false }: Failed): ConnectorError {
  if (cause instanceof FatalError || cause instanceof RetryableError) return cause;
  const { name, message, status, retryAfter } = read(cause);
  const place = `bucket ${bucket}`;
  const said = status === undefined ? `${name}: ${message}` : `${status} ${name}: ${message}`;
  if (status === 501 || name === "NotImplemented") {
    return new FatalError(`${doing}: ${said}`, { code: UNSUPPORTED, place, fix: UNSUPPORTED_FIX, cause });
  }
  if (PASSING.has(name) || status === undefined || status === 408 || status === 429 || status >= 500) {
    return new RetryableError(`${doing}: ${said}`, {
      code: name === "CredentialsProviderError" ? "IGC_SINK_S3_CREDENTIALS" : "IGC_SINK_S3_UNAVAILABLE",
      place,
      fix: retryableFix(name),
      cause,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  if (passing && (CREDENTIALS.has(name) || GRANTED_AGAIN.has(name) || status === 401 || status === 403)) {
    const isCredentials = CREDENTIALS.has(name);
    return new RetryableError(`${doing}: ${said}`, {
      code: isCredentials ? "IGC_SINK_S3_CREDENTIALS" : DENIED,
      place,
      fix: isCredentials ? RENEW_FIX : `${FIXES[name] ?? DENIED_FIX}; the connector continues by itself`,
      cause,
    });
  }
  const fix = FIXES[name] ?? (status === 301 ? FIXES.PermanentRedirect : undefined);
  const denied = status === 403 && fix === undefined;
  return new FatalError(`${doing}: ${said}`, {
    code: denied ? DENIED : "IGC_SINK_S3_REFUSED",
    place,
    fix: denied ? DENIED_FIX : (fix ?? "correct the configuration as the store's message says"),
    cause,
  });
}

function retryableFix(name: string): string {
  if (name === "CredentialsProviderError")
    return "set credentials: access_key_id and secret_access_key, AWS_ACCESS_KEY_ID, a profile, or a role; the connector continues by itself";
  if (name === "RequestTimeTooSkewed") return "set this machine's clock; the connector continues by itself";
  return "check the store and the network; the connector continues by itself";
}

function read(error: unknown): ServiceError {
  const { name, message, $metadata, $response } = (error ?? {}) as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
  };
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  return {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : String(error),
    // What the SDK makes up of an answer that is no XML still has the answer's status; a success that could not be read has none.
    status: status !== undefined && status >= 300 ? status : undefined,
    retryAfter: parseRetryAfter($response?.headers?.["retry-after"], Date.now()),
  };
}
