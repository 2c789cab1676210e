import type { RetryNotice, RetryOptions, TlsFiles } from "@iggy-connectors/sdk";
import type { AuthOptions } from "./auth/options.ts";
import type { StatusPolicy } from "./status-policy.ts";

/** TLS of the connections to a server. */
export interface TlsOptions extends TlsFiles {
  /** The name that the server's certificate must have, when it is not the host's. */
  readonly serverName?: string | undefined;
  /** Accept any certificate: any host may then be the server. */
  readonly skipVerify?: boolean | undefined;
}

/** After so many calls in a row that failed retryably, calls fail at once until `cooldown` ms have passed. */
export interface BreakerOptions {
  readonly failures: number;
  readonly cooldown: number;
}

export type Compression = "none" | "gzip" | "zstd";

export interface HttpClientOptions {
  /** `http://` or `https://`; a path is kept as prefix. `user:password@` becomes a Basic authorization. */
  readonly baseUrl: string;
  /** The configuration key that holds `baseUrl`, named in errors. Default `url`. */
  readonly urlKey?: string;
  /** Milliseconds for one attempt from its start to the last byte of the reply; 0 = unlimited. Default 30 000. */
  readonly timeout?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bearer token; short for `auth: { type: "bearer", token }`. */
  readonly token?: string;
  readonly auth?: AuthOptions;
  /** Request bodies from 1 KiB on. Default `none`. */
  readonly compression?: Compression;
  /** Default: one attempt. */
  readonly retry?: RetryOptions;
  /** Default: none. */
  readonly breaker?: BreakerOptions;
  /** Which statuses are successes, and what the others mean. Default: as in the README. */
  readonly statuses?: StatusPolicy;
  /** A longer reply, decompressed, is an error. Default 8 MiB. */
  readonly maxResponseBytes?: number;
  /** Sockets kept to the server. Default 8. */
  readonly connections?: number;
  readonly tls?: TlsOptions;
  /** `http://[user:password@]host:port`. */
  readonly proxy?: string;
  /** Called before each repetition, for logs. */
  readonly onRetry?: (retry: RetryNotice) => void;
}

export type HttpMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Appended to the base URL; its variable parts already percent-encoded. `undefined`: the base URL as it is. */
  readonly path?: string;
  /** A whole URL instead of base and path, such as a link in a reply. It gets the credentials only on the base URL's origin. */
  readonly url?: URL;
  /** Added to what the URL has. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer, not an error. Default: the client's policy, which is 200 … 299 unless set. */
  readonly accept?: (status: number) => boolean;
  /** Nobody reads the body of an answer: that it breaks off, is too long or cannot be decoded does not make it a failure. */
  readonly ignoreBody?: boolean;
  /** Overrides the client's. */
  readonly retry?: RetryOptions;
  /** Overrides the client's, milliseconds. */
  readonly timeout?: number;
  /** Called before each repetition of this request, besides the client's. */
  readonly onRetry?: (retry: RetryNotice) => void;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decompressed. */
  readonly body: Uint8Array;
  text(): string;
  /** @throws RetryableError `IGC_HTTP_RESPONSE_INVALID` when the body is not JSON. */
  json(): unknown;
}

export interface HttpClient {
  /**
   * One call, repeated as `retry` says.
   * @throws RetryableError 408, 425, 429, 5xx, network failure, timeout, open circuit; carries `Retry-After` in milliseconds.
   * @throws RejectedError any other 4xx that speaks of the data sent (400, 413, 415, 422 …).
   * @throws FatalError 401, 403, 404, 405, 407, redirects: the configuration is wrong. 401, 403 and 407 are retryable once the server
   * has answered another request: the credentials were good before.
   * @throws the signal's reason when the caller's signal aborts.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Ends running requests and closes the sockets. */
  close(): Promise<void>;
}
