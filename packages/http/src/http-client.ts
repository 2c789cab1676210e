import { ConnectorError, RetryableError, type RetryOptions, retry, retryDelay } from "@iggy-connectors/sdk";
import type { Dispatcher } from "undici";
import { type Authentication, createAuthentication } from "./auth/authentication.ts";
import type { TokenCall } from "./auth/oauth2.ts";
import type { AuthOptions } from "./auth/options.ts";
import { type EncodedBody, encodeBody } from "./bodies/encode-body.ts";
import { ACCEPTED_ENCODINGS, decodeContent, readLimited, replyFailure } from "./bodies/read-body.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { statusError, statusOf, transportError } from "./errors.ts";
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse } from "./options.ts";
import { proxySecrets, Redaction, secretHeaderValues } from "./redaction.ts";
import { compileStatusPolicy, namesStatus, type StatusMeaning } from "./status-policy.ts";
import { type BaseUrl, parseBaseUrl, requestTarget, withQuery } from "./target-url.ts";
import { createDispatcher } from "./transport/dispatcher.ts";

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_RESPONSE = 8 * 1024 * 1024;
const ONE_ATTEMPT: RetryOptions = { attempts: 1, delay: 0, maxDelay: 0 };
const UNAUTHORIZED = 401;
/** Statuses about who sends, not about what is sent. */
const CREDENTIALS: ReadonlySet<number> = new Set([UNAUTHORIZED, 403, 407]);

/** @throws FatalError `IGC_HTTP_URL`, `IGC_HTTP_TLS_FILE`, `IGC_HTTP_PROXY` for options that can never work. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new PooledHttpClient(options);
}

class PooledHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #urlKey: string;
  readonly #base: BaseUrl;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #redaction: Redaction;
  readonly #dispatcher: Dispatcher;
  readonly #authentication: Authentication | undefined;
  readonly #breaker: Breaker;
  readonly #meaningOf: (status: number) => StatusMeaning;
  /** The server has answered a request before, so that the credentials were good. */
  #admitted = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#urlKey = options.urlKey ?? "url";
    this.#base = parseBaseUrl(options.baseUrl, this.#urlKey);
    const headers = lowerCaseNames(options.headers ?? {});
    this.#headers = { "accept-encoding": ACCEPTED_ENCODINGS, ...headers };
    this.#redaction = new Redaction([...secretHeaderValues(headers), ...proxySecrets(options.proxy)]);
    this.#authentication = createAuthentication(authOf(options, this.#base), {
      post: (call) => this.#requestToken(call),
      tokenChanged: (token, before) => {
        if (before !== undefined) this.#redaction.remove(before);
        this.#redaction.add([token]);
      },
    });
    this.#redaction.add(this.#authentication?.secrets ?? []);
    this.#breaker = createBreaker(options.breaker, this.#base.origin);
    this.#meaningOf = compileStatusPolicy(options.statuses);
    this.#dispatcher = createDispatcher(options);
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const options = request.retry ?? this.#options.retry ?? ONE_ATTEMPT;
    const body = await encodeBody(request.body, this.#options.compression ?? "none");
    return await retry(() => this.#breaker(() => this.#authenticated(request, body)), {
      signal: request.signal,
      delayAfter: (error, attempt) => retryDelay(error, attempt, options),
      onRetry: (notice) => {
        this.#options.onRetry?.(notice);
        request.onRetry?.(notice);
      },
    });
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  /** One attempt; a second one at once where the credentials may have been renewed. */
  async #authenticated(request: HttpRequest, body: EncodedBody): Promise<HttpResponse> {
    try {
      return await this.#attempt(request, body);
    } catch (error) {
      if (statusOf(error) !== UNAUTHORIZED || this.#authentication?.refused() !== true) throw error;
      return this.#attempt(request, body);
    }
  }

  async #attempt(request: HttpRequest, body: EncodedBody): Promise<HttpResponse> {
    const { method } = request;
    const { origin, target } = this.#target(request);
    const call = `${method} ${origin}${target.split("?", 1)[0]}`;
    const timeout = request.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT;
    const deadline = timeout > 0 ? AbortSignal.timeout(timeout) : undefined;
    const signal = anyOf(request.signal, deadline);
    try {
      // Another host, named by a link in a response, gets none of the configured headers and credentials.
      const ours = origin === this.#base.origin;
      const credentials =
        ours && this.#authentication !== undefined
          ? await this.#authentication.headers({ method, path: target, body: body.bytes, signal })
          : {};
      const reply = await this.#dispatcher.request({
        origin,
        path: target,
        method,
        headers: {
          ...(ours ? this.#headers : { "accept-encoding": ACCEPTED_ENCODINGS }),
          ...credentials,
          ...lowerCaseNames(request.headers ?? {}),
          ...body.headers,
        },
        body: body.bytes ?? null,
        signal: signal ?? null,
      });
      return await this.#response(request, reply, call);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      request.signal?.throwIfAborted();
      if (deadline?.aborted === true) {
        throw new RetryableError(this.#redaction.apply(`${call} got no complete response within ${timeout} ms`), {
          code: "IGC_HTTP_TIMEOUT",
          fix: "raise the timeout, or check why the server is slow",
        });
      }
      throw transportError(error, call, this.#urlKey, this.#redaction);
    }
  }

  async #response(request: HttpRequest, reply: Dispatcher.ResponseData, call: string): Promise<HttpResponse> {
    const { statusCode: status } = reply;
    const meaning = this.#meaningOf(status);
    const answered = request.accept === undefined ? meaning === "success" : request.accept(status);
    if (status !== UNAUTHORIZED) this.#authentication?.accepted();
    if (answered) {
      if (!CREDENTIALS.has(status)) this.#admitted = true;
      const needed = request.ignoreBody !== true;
      return toResponse(
        reply,
        needed ? await this.#body(request, reply, call) : await this.#bestOf(request, reply, call),
        call,
      );
    }
    // The status says what the reply means: a body that breaks off, is too long or cannot be decoded takes nothing from it.
    const body = await this.#bestOf(request, reply, call);
    throw statusError(
      { call, urlKey: this.#urlKey, status, headers: reply.headers, body: body.toString("utf8") },
      this.#failure(status, meaning),
      this.#redaction,
    );
  }

  /** Credentials that were good before may be good again: they were rotated, or the server's own store of users is away. */
  #failure(status: number, meaning: StatusMeaning): Exclude<StatusMeaning, "success"> {
    if (meaning === "success") return "reject";
    const passing = meaning === "fatal" && this.#admitted && CREDENTIALS.has(status);
    return passing && !namesStatus(this.#options.statuses?.fatal, status) ? "retry" : meaning;
  }

  /** What can be had of a body that decides nothing. */
  async #bestOf(request: HttpRequest, reply: Dispatcher.ResponseData, call: string): Promise<Buffer> {
    try {
      return await this.#body(request, reply, call);
    } catch {
      request.signal?.throwIfAborted();
      return Buffer.alloc(0);
    }
  }

  async #body({ method }: HttpRequest, reply: Dispatcher.ResponseData, call: string): Promise<Buffer> {
    const limit = this.#options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE;
    const failure = replyFailure(call, limit);
    const received = await readLimited(reply.body as AsyncIterable<Buffer>, limit, failure.tooLarge);
    return method === "HEAD" ? received : decodeContent(received, reply.headers["content-encoding"], limit, failure);
  }

  #target({ path, query, url }: HttpRequest): { origin: string; target: string } {
    if (url !== undefined) return { origin: url.origin, target: withQuery(url.pathname + url.search, query) };
    return { origin: this.#base.origin, target: requestTarget(this.#base, path, query) };
  }

  async #requestToken({ url, headers, body }: TokenCall): Promise<{ status: number; text: string }> {
    const { origin, path, search } = parseBaseUrl(url, "auth.token_url");
    const call = `POST ${origin}${path}`;
    const failure = replyFailure(call, DEFAULT_MAX_RESPONSE);
    try {
      const reply = await this.#dispatcher.request({
        origin,
        path: path + search,
        method: "POST",
        headers,
        body,
        signal: AbortSignal.timeout(this.#options.timeout || DEFAULT_TIMEOUT),
      });
      const bytes = await readLimited(reply.body as AsyncIterable<Buffer>, DEFAULT_MAX_RESPONSE, failure.tooLarge);
      return { status: reply.statusCode, text: bytes.toString("utf8") };
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      throw transportError(error, call, "auth.token_url", this.#redaction);
    }
  }
}

/** Credentials in the URL and `token` are short forms of `auth`. */
function authOf(options: HttpClientOptions, base: BaseUrl): AuthOptions | undefined {
  if (options.auth !== undefined) return options.auth;
  if (options.token !== undefined && options.token !== "") return { type: "bearer", token: options.token };
  return base.credentials === undefined ? undefined : { type: "basic", ...base.credentials };
}

function toResponse(reply: Dispatcher.ResponseData, body: Buffer, call: string): HttpResponse {
  return {
    status: reply.statusCode,
    headers: reply.headers,
    body,
    text: () => body.toString("utf8"),
    json: () => {
      try {
        return JSON.parse(body.toString("utf8"));
      } catch (cause) {
        throw new RetryableError(`${call} answered ${reply.statusCode} with a body that is not JSON`, {
          code: "IGC_HTTP_RESPONSE_INVALID",
          fix: "check that the URL is that of the intended service",
          cause,
        });
      }
    },
  };
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined);
  return present.length > 1 ? AbortSignal.any(present) : present[0];
}

/** One spelling per name, so that a request's header replaces the client's instead of joining it. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
