import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  httpClientOptions,
  Progress,
  statusOf,
} from "@iggy-connectors/http";
import {
  type CheckFinding,
  type CheckResult,
  type ConnectorContext,
  ConnectorError,
  type ConsumeContext,
  type ConsumeResult,
  FatalError,
  findingOf,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  type Sink,
} from "@iggy-connectors/sdk";
import { createFailureReader } from "./answers/partial-failures.ts";
import type { HttpSinkConfig } from "./config.ts";
import { isSingle } from "./requests/body.ts";
import { Destinations } from "./requests/destinations.ts";
import { Sender } from "./sender.ts";

/** Statuses for an unsupported method; the server may still accept the sink's own. */
const METHOD_UNKNOWN = new Set([404, 405, 501]);

interface Connection {
  readonly http: HttpClient;
  readonly destinations: Destinations;
  readonly sender: Sender;
}

/** Sends messages to an HTTP endpoint. */
export class HttpSink implements Sink {
  readonly #config: HttpSinkConfig;
  readonly #context: ConnectorContext;
  readonly #progress = new Progress();
  #connection: Connection | undefined;
  #delivered = 0;
  #rejected = 0;

  constructor(config: HttpSinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
  }

  async open({ signal }: OpenContext): Promise<void> {
    const { http } = this.#connect();
    this.#warn();
    if (this.#config.health_check_enabled) await http.request({ method: this.#config.health_check_method, signal });
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    if (batch.length === 0) return {};
    const { destinations, sender } = this.#connect();
    const progress = this.#progress.of(batch);
    const { parts, rejected } = destinations.parts(batch, progress.open());
    for (const { index, error } of rejected) progress.reject(index, { offset: batch.offset(index), error });
    await sender.send(parts, progress, signal);
    this.#progress.done(batch);
    this.#report(batch, progress.rejected.length);
    return { rejected: progress.rejected };
  }

  async revoked(partitions: readonly PartitionRef[]): Promise<void> {
    this.#progress.forget(partitions);
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    const method = this.#config.health_check_method;
    try {
      const { http, destinations } = this.#connect();
      const path = destinations.needsMessage ? { path: "/" } : {};
      await http.request({ method, ...path, signal, retry: { attempts: 1, delay: 0, maxDelay: 0 } });
      return { findings: [] };
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return { findings: [finding(error, method)] };
    }
  }

  async close(): Promise<void> {
    if (this.#connection === undefined) return;
    await this.#connection.http.close();
    this.#context.logger.info("HTTP sink closed", {
      requests: this.#connection.sender.requests,
      delivered: this.#delivered,
      rejected: this.#rejected,
    });
  }

  #connect(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const config = this.#config;
    if (config.idempotency === "message_id" && !isSingle(config.batch_mode)) {
      throw new FatalError(`idempotency = "message_id" requires one message per request`, {
        code: "IGC_SINK_HTTP_IDEMPOTENCY",
        place: "idempotency",
        fix: `use batch_mode = "individual" or "raw", or idempotency = "offset"`,
      });
    }
    const destinations = new Destinations(config);
    const options = this.#clientOptions(destinations);
    const http = createHttpClient(options);
    const sender = new Sender(config, http, {
      readFailures: createFailureReader(config, options.statuses ?? {}),
      addressVaries: destinations.varies,
      logger: this.#context.logger,
    });
    this.#connection = { http, destinations, sender };
    return this.#connection;
  }

  #clientOptions({ baseUrl, fixedHeaders }: Destinations): HttpClientOptions {
    const config = this.#config;
    const options = httpClientOptions({ ...config, headers: fixedHeaders }, { baseUrl }, this.#context);
    return {
      ...options,
      statuses: { ...options.statuses, success: config.success_status_codes },
      ...(config.tls_danger_accept_invalid_certs ? { tls: { ...options.tls, skipVerify: true } } : {}),
    };
  }

  #warn(): void {
    const { logger } = this.#context;
    const { headers, success_status_codes, retry_status_codes, tls, tls_danger_accept_invalid_certs } = this.#config;
    if (Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) {
      logger.warn("headers: Content-Type is ignored; set content_type instead");
    }
    const both = success_status_codes.filter(
      (status) => retry_status_codes.includes(status) || status === 429 || Number(status) >= 500,
    );
    if (both.length > 0) logger.warn(`success_status_codes: ${both.join(", ")} will not be retried`);
    if (tls?.skip_verify === true || tls_danger_accept_invalid_certs) {
      logger.warn("the destination's certificate is not verified, so the destination is not authenticated");
    }
  }

  #report(batch: MessageBatch, rejected: number): void {
    this.#delivered += batch.length - rejected;
    this.#rejected += rejected;
    const level = this.#config.verbose_logging ? "info" : "debug";
    const { stream, topic, partition } = batch;
    this.#context.logger[level](`Sent ${batch.length - rejected} messages`, { stream, topic, partition, rejected });
  }
}

function finding(error: ConnectorError, method: string): CheckFinding {
  const { message } = error;
  if (METHOD_UNKNOWN.has(statusOf(error) ?? 0)) {
    return {
      level: "warning",
      message: `the server is reachable, but does not accept ${method} there: ${message}`,
      fix: "set health_check_method to a method that the server accepts and that has no effect",
    };
  }
  return findingOf(error);
}
