import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestTracing } from "../../../telemetry/telemetry.ts";
import { RUNTIME_VERSION } from "../../../version.ts";
import type { RuntimeConfig } from "../../runtime-file/schema.ts";
import { ProviderError } from "../provider.ts";
import { checkError, extract } from "./extract.ts";
import { methodOf, type Operation, type Parameters, urlOf } from "./url-templates.ts";

export type ConfigApiSettings = Pick<
  RuntimeConfig["connectors"],
  "timeout" | "request_headers" | "url_templates" | "response" | "retry"
> & { readonly base_url: string };

export interface Answer {
  /** 404 or 304 where the caller said that it means something, else 2xx. */
  readonly status: number;
  /** The payload, without its wrapping; `undefined` for other statuses than 2xx. */
  readonly data: unknown;
  readonly etag: string | undefined;
}

export interface Ask extends Parameters {
  readonly body?: unknown;
  /** Answers 304 when what is there is still this. */
  readonly etag?: string | undefined;
  /** Statuses beside 2xx that are no failure. */
  readonly accept?: readonly number[];
  /** The answer's content says nothing. */
  readonly ignoreBody?: boolean;
}

/** More than all configurations of a runtime. */
const MAX_REPLY = 16 * 1024 * 1024;
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);

/** The remote store of configurations, spoken to over HTTP. */
export class ConfigApi {
  readonly #settings: ConfigApiSettings;
  readonly #ended: AbortSignal;
  readonly #tracing: RequestTracing;

  constructor(settings: ConfigApiSettings, ended: AbortSignal, tracing: RequestTracing) {
    this.#settings = settings;
    this.#ended = ended;
    this.#tracing = tracing;
  }

  /** Asks, again where that may help. Throws `ProviderError` (`IGC_CONFIG_PROVIDER`). */
  async ask(operation: Operation, ask: Ask = {}): Promise<Answer> {
    const { base_url, url_templates, retry } = this.#settings;
    const url = urlOf(base_url, url_templates, operation, ask);
    // One key for all attempts, so that a repeated POST is recognised as one.
    const idempotencyKey = methodOf(operation) === "POST" ? randomUUID() : undefined;
    const repetitions = retry.enabled ? retry.max_attempts : 0;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#once(operation, url, ask, idempotencyKey);
      if ("answer" in outcome) return outcome.answer;
      if (!outcome.again || attempt >= repetitions || this.#ended.aborted) throw outcome.error;
      const longest = Math.min(retry.max_backoff, retry.initial_backoff * retry.backoff_multiplier ** attempt);
      const shortest = Math.min(retry.initial_backoff / 2, longest);
      await sleep(shortest + Math.random() * (longest - shortest), undefined, { signal: this.#ended }).catch(() => {
        // Ended: the next attempt is not made.
      });
    }
  }

  async #once(
    operation: Operation,
    url: string,
    { body, etag, accept = [], ignoreBody = false }: Ask,
    idempotencyKey: string | undefined,
  ): Promise<{ readonly answer: Answer } | { readonly error: ProviderError; readonly again: boolean }> {
    const { timeout, request_headers, response: paths } = this.#settings;
    const method = methodOf(operation);
    const failed = (reason: string, again: boolean, cause?: unknown) => ({
      error: new ProviderError(`${method} ${withoutCredentials(url)}: ${reason}`, {
        code: "IGC_CONFIG_PROVIDER",
        fix: "check connectors.base_url, connectors.url_templates and the service behind them",
        cause,
      }),
      again,
    });
    const span = this.#tracing.request({ method, url: withoutCredentials(url) });
    let status: number;
    let text: string;
    let found: string | undefined;
    try {
      const deadline = timeout > 0 ? [AbortSignal.timeout(timeout)] : [];
      const reply = await fetch(url, {
        method,
        headers: {
          accept: "application/json",
          "user-agent": `iggy-connectors/${RUNTIME_VERSION}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(etag === undefined ? {} : { "if-none-match": etag }),
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
          ...span.headers,
          ...request_headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The headers may hold a secret that is not meant for wherever a redirect leads.
        redirect: "manual",
        signal: AbortSignal.any([...deadline, this.#ended]),
      });
      status = reply.status;
      found = reply.headers.get("etag") ?? undefined;
      text = await boundedText(reply);
      span.end({ status });
    } catch (error) {
      span.end({ error: reasonOf(error) });
      return failed(reasonOf(error), true, error);
    }
    if (accept.includes(status)) return { answer: { status, data: undefined, etag: found } };
    if (status < 200 || status > 299) {
      return failed(`answered ${status}: ${text.slice(0, 500)}`, status >= 500 || RETRIED.has(status));
    }
    try {
      const data = ignoreBody ? silent(text, paths.error_path) : extract(parse(text), paths);
      return { answer: { status, data, etag: found } };
    } catch (error) {
      return failed((error as Error).message, false, error);
    }
  }
}

/** Also an answer that nobody reads may tell of an error. */
function silent(text: string, errorPath: string | undefined): undefined {
  if (errorPath === undefined || text.trim() === "") return;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return;
  }
  checkError(body, errorPath);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProviderError(`the answer is not JSON: ${(cause as Error).message}`, {
      code: "IGC_CONFIG_PROVIDER",
      cause,
    });
  }
}

async function boundedText(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    length += chunk.length;
    if (length > MAX_REPLY) throw new Error(`the answer is larger than ${MAX_REPLY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer within connectors.timeout";
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** A URL as it may be shown. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}
