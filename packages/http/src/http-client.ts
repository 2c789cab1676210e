import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { ConnectorError, FatalError, RetryableError } from "@iggy-connectors/sdk";
import { Agent, type Dispatcher } from "undici";
import { backoffDelay } from "./backoff.ts";
import { statusError, transportError } from "./errors.ts";
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse, RetryOptions } from "./options.ts";
import { createRedaction, type Redact, secretHeaderValues } from "./redaction.ts";

const gzip = promisify(gzipCallback);

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_RESPONSE = 8 * 1024 * 1024;
const DEFAULT_CONNECTIONS = 8;
const GZIP_FROM_BYTES = 1024;
/** Level 3 keeps most of the gain on JSON at a third of the cost of the default level. */
const GZIP_LEVEL = 3;
const ONE_ATTEMPT: RetryOptions = { attempts: 1, delay: 0, maxDelay: 0 };

/** @throws FatalError `IGC_HTTP_URL` when `baseUrl` is not an http(s) URL. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new PooledHttpClient(options);
}

class PooledHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #urlKey: string;
  readonly #base: URL;
  readonly #headers: Record<string, string>;
  readonly #redact: Redact;
  readonly #agent: Agent;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#urlKey = options.urlKey ?? "url";
    this.#base = parseBaseUrl(options.baseUrl, this.#urlKey);
    this.#headers = lowerCaseNames(options.headers ?? {});
    const secrets = secretHeaderValues(this.#headers);
    if (this.#base.username !== "" || this.#base.password !== "") {
      const password = percentDecoded(this.#base.password);
      const encoded = Buffer.from(`${percentDecoded(this.#base.username)}:${password}`).toString("base64");
      secrets.push(encoded, password);
      this.#headers.authorization = `Basic ${encoded}`;
      this.#base.username = "";
      this.#base.password = "";
    }
    if (options.token !== undefined && options.token !== "") {
      secrets.push(options.token);
      this.#headers.authorization = `Bearer ${options.token}`;
    }
    this.#redact = createRedaction(secrets);
    // The attempt's own deadline covers headers and body, so that undici's two timers are not needed.
    this.#agent = new Agent({
      connections: options.connections ?? DEFAULT_CONNECTIONS,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const retry = request.retry ?? this.#options.retry ?? ONE_ATTEMPT;
    const body = await this.#encodeBody(request.body);
    for (let attempt = 1; ; attempt++) {
      request.signal?.throwIfAborted();
      try {
        return await this.#attempt(request, body);
      } catch (error) {
        if (!(error instanceof RetryableError) || attempt >= retry.attempts) throw error;
        const delay = Math.max(backoffDelay(attempt, retry), error.retryAfter ?? 0);
        if (delay > retry.maxDelay) throw error;
        this.#options.onRetry?.({ attempt, delay, error });
        await pause(delay, request.signal);
      }
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #attempt(request: HttpRequest, body: EncodedBody): Promise<HttpResponse> {
    const path = this.#path(request);
    const call = `${request.method} ${this.#base.origin}${path.split("?", 1)[0]}`;
    const timeout = request.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT;
    const deadline = timeout > 0 ? AbortSignal.timeout(timeout) : undefined;
    const signals = [request.signal, deadline].filter((signal) => signal !== undefined);
    try {
      const reply = await this.#agent.request({
        origin: this.#base.origin,
        path,
        method: request.method,
        headers: { ...this.#headers, ...lowerCaseNames(request.headers ?? {}), ...body.headers },
        body: body.bytes ?? null,
        signal: signals.length === 0 ? null : AbortSignal.any(signals),
      });
      const bytes = await this.#readBody(reply, call);
      const response = toResponse(reply, bytes, call);
      if ((request.accept ?? isSuccess)(reply.statusCode)) return response;
      const { status, headers } = response;
      throw statusError({ call, urlKey: this.#urlKey, status, headers, body: response.text() }, this.#redact);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      request.signal?.throwIfAborted();
      if (deadline?.aborted === true) {
        throw new RetryableError(this.#redact(`${call} had no complete answer within ${timeout} ms`), {
          code: "IGC_HTTP_TIMEOUT",
          fix: "raise the timeout or look for what slows the server down",
        });
      }
      throw transportError(error, call, this.#urlKey, this.#redact);
    }
  }

  #path({ path, query }: HttpRequest): string {
    const prefix = this.#base.pathname.replace(/\/+$/, "");
    const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
    return `${prefix}${path.startsWith("/") ? path : `/${path}`}${search}`;
  }

  async #encodeBody(body: Uint8Array | string | undefined): Promise<EncodedBody> {
    if (body === undefined) return { bytes: undefined, headers: {} };
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (this.#options.gzip !== true || bytes.length < GZIP_FROM_BYTES) return { bytes, headers: {} };
    return { bytes: await gzip(bytes, { level: GZIP_LEVEL }), headers: { "content-encoding": "gzip" } };
  }

  async #readBody(reply: Dispatcher.ResponseData, call: string): Promise<Buffer> {
    const limit = this.#options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of reply.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) {
        // Leaving the loop destroys the stream and its socket, so that the rest is never received.
        throw new RetryableError(`${call} answered with more than ${limit} bytes`, {
          code: "IGC_HTTP_RESPONSE_TOO_LARGE",
          fix: "check that the URL is that of the intended service",
        });
      }
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  }
}

interface EncodedBody {
  readonly bytes: Uint8Array | undefined;
  readonly headers: Record<string, string>;
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

function parseBaseUrl(text: string, urlKey: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    // The text itself may hold a password, so it is not repeated.
    throw new FatalError(`"${urlKey}" is not an http:// or https:// URL`, {
      code: "IGC_HTTP_URL",
      place: urlKey,
      fix: `write it like http://localhost:7280`,
    });
  }
  return url;
}

/** A lone `%` in a password is not an escape: such text is taken as it is. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One spelling per name, so that a request's header replaces the client's instead of joining it. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function pause(delay: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delay, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
