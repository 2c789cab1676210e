import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { backoff } from "@iggy-connectors/client/backoff";
import { parseJsonParts, printExactJson, usableJson } from "../../../../shared/exact-json.ts";
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
  /** 2xx, or a status that the caller accepts. */
  readonly status: number;
  /** The payload, taken out of its wrapper; `undefined` for statuses other than 2xx. */
  readonly data: unknown;
  readonly etag: string | undefined;
}

export interface Ask extends Parameters {
  readonly body?: unknown;
  /** The server answers 304 while this is still the current one. */
  readonly etag?: string | undefined;
  /** Statuses besides 2xx that are not failures. */
  readonly accept?: readonly number[];
  /** The body of the answer has no meaning. */
  readonly ignoreBody?: boolean;
}

/** Bytes; more than all configurations of a runtime. */
const MAX_ANSWER = 16 * 1024 * 1024;
/** Milliseconds for a request without `connectors.timeout`: who waits for it at the API must have an answer some time. */
const LONGEST_REQUEST = 5 * 60_000;
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);

/** The HTTP client of a remote store of configurations. */
export class ConfigApi {
  readonly #settings: ConfigApiSettings;
  readonly #ended: AbortSignal;
  readonly #tracing: RequestTracing;

  constructor(settings: ConfigApiSettings, ended: AbortSignal, tracing: RequestTracing) {
    this.#settings = settings;
    this.#ended = ended;
    this.#tracing = tracing;
  }

  /** Sends a request, and repeats it where that may help. Throws `ProviderError` (`IGC_CONFIG_PROVIDER`). */
  async ask(operation: Operation, ask: Ask = {}): Promise<Answer> {
    const { base_url, url_templates, retry } = this.#settings;
    const url = urlOf(base_url, url_templates, operation, ask);
    // One key for all attempts, so that a repeated POST is recognised as one.
    const idempotencyKey = methodOf(operation) === "POST" ? randomUUID() : undefined;
    const maxRetries = retry.enabled ? retry.max_attempts : 0;
    const policy = {
      initialBackoff: retry.initial_backoff,
      maxBackoff: retry.max_backoff,
      backoffMultiplier: retry.backoff_multiplier,
      // The wait is drawn from a wider range below.
      jitter: 0,
    };
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(operation, url, ask, idempotencyKey);
      if ("answer" in outcome) return outcome.answer;
      if (!outcome.retryable || attempt > maxRetries || this.#ended.aborted) throw outcome.error;
      const longest = backoff(policy, attempt);
      const shortest = Math.min(retry.initial_backoff / 2, longest);
      await sleep(shortest + Math.random() * (longest - shortest), undefined, { signal: this.#ended }).catch(() => {
        // Ended: there is no further attempt.
      });
    }
  }

  async #once(
    operation: Operation,
    url: string,
    { body, etag, accept = [], ignoreBody = false }: Ask,
    idempotencyKey: string | undefined,
  ): Promise<{ readonly answer: Answer } | { readonly error: ProviderError; readonly retryable: boolean }> {
    const { timeout, request_headers, response: paths } = this.#settings;
    const method = methodOf(operation);
    const failed = (reason: string, retryable: boolean, cause?: unknown) => ({
      error: new ProviderError(`${method} ${withoutCredentials(url)}: ${reason}`, {
        code: "IGC_CONFIG_PROVIDER",
        fix: "check connectors.base_url, connectors.url_templates and the service behind them",
        cause,
      }),
      retryable,
    });
    const span = this.#tracing.request({ method, url: withoutCredentials(url) });
    let status: number;
    let text: string;
    let found: string | undefined;
    try {
      const deadline = AbortSignal.timeout(timeout > 0 ? timeout : LONGEST_REQUEST);
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
        ...(body === undefined ? {} : { body: printExactJson(body) }),
        // The headers may hold a secret that is not meant for the target of a redirect.
        redirect: "manual",
        signal: AbortSignal.any([deadline, this.#ended]),
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
      const data = ignoreBody ? ignored(text, paths.error_path) : extract(parse(text), paths);
      return { answer: { status, data, etag: found } };
    } catch (error) {
      return failed((error as Error).message, false, error);
    }
  }
}

/** An ignored body may still report an error. */
function ignored(text: string, errorPath: string | undefined): undefined {
  if (errorPath === undefined || text.trim() === "") return;
  let body: unknown;
  try {
    body = parseJsonParts(text);
  } catch {
    return;
  }
  checkError(body, errorPath);
}

function parse(text: string): unknown {
  try {
    // Each configuration in it is checked by itself: one that cannot be used does not stop the others.
    return parseJsonParts(text);
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
    if (length > MAX_ANSWER) throw new Error(`the answer is larger than ${MAX_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time (connectors.timeout)";
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The answer is not what was expected. */
export function unexpectedAnswer(expected: string, value: unknown): ProviderError {
  const found = shown(value).slice(0, 200);
  return new ProviderError(`expected ${expected}, but the configuration API answered ${found}`, {
    code: "IGC_CONFIG_PROVIDER",
    fix: "check connectors.response.data_path and connectors.url_templates",
  });
}

function shown(value: unknown): string {
  try {
    return printExactJson(usableJson(value));
  } catch {
    return "a value that is nested too deeply";
  }
}

/** A URL that may be shown. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}
