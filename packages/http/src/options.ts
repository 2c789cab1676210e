/** How one call is repeated before its error is handed to the caller. Delays in milliseconds. */
export interface RetryOptions {
  /** Total attempts of one call; 1 means no repetition. */
  readonly attempts: number;
  /** Delay before the second attempt; doubles from there, ±20 % jitter. */
  readonly delay: number;
  /** No single delay is longer. A `Retry-After` beyond it ends the repetition and is handed to the caller. */
  readonly maxDelay: number;
}

export interface HttpClientOptions {
  /** `http://` or `https://`; a path is kept as prefix. `user:password@` becomes a Basic authorization. */
  readonly baseUrl: string;
  /** The configuration key that holds `baseUrl`, named in errors. Default `url`. */
  readonly urlKey?: string;
  /** Milliseconds for one attempt from its start to the last byte of the reply; 0 = unlimited. Default 30 000. */
  readonly timeout?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bearer token. */
  readonly token?: string;
  /** Compress request bodies from 1 KiB on. */
  readonly gzip?: boolean;
  /** Default: one attempt. */
  readonly retry?: RetryOptions;
  /** A longer reply is an error. Default 8 MiB. */
  readonly maxResponseBytes?: number;
  /** Sockets kept to the server. Default 8. */
  readonly connections?: number;
  /** Told before each repetition, for logs. */
  readonly onRetry?: (retry: RetryNotice) => void;
}

export interface RetryNotice {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delay: number;
  readonly error: Error;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Appended to the base URL; its variable parts already percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer, not an error. Default: 200 … 299. */
  readonly accept?: (status: number) => boolean;
  /** Overrides the client's. */
  readonly retry?: RetryOptions;
  /** Overrides the client's, milliseconds. */
  readonly timeout?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  text(): string;
  /** @throws RetryableError `IGC_HTTP_RESPONSE_INVALID` when the body is not JSON. */
  json(): unknown;
}

export interface HttpClient {
  /**
   * One call, repeated as `retry` says.
   * @throws RetryableError 408, 425, 429, 5xx, network failure, timeout; carries `Retry-After` in milliseconds.
   * @throws RejectedError any other 4xx that speaks of the data sent (400, 413, 415, 422 …).
   * @throws FatalError 401, 403, 404, 405, 407, redirects: the configuration is wrong.
   * @throws the signal's reason when the caller's signal aborts.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Ends running requests and closes the sockets. */
  close(): Promise<void>;
}
