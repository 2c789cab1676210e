import { createHttpClient, type HttpClient, httpClientOptions, statusOf } from "@iggy-connectors/http";
import { type ConnectorContext, RetryableError, type RetryOptions } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { QuickwitSinkConfig } from "./config.ts";
import type { IndexDefinition } from "./index-definition.ts";

const parseFailure = z.object({ message: z.string(), document: z.string(), reason: z.string().optional() });

/** `POST /api/v1/{index}/ingest`. The first generation of ingestion answers with the first field only. */
const ingestReply = z.object({
  num_docs_for_processing: z.int().min(0),
  num_ingested_docs: z.int().min(0).optional(),
  num_rejected_docs: z.int().min(0).optional(),
  parse_failures: z.array(parseFailure).optional(),
});

export type IngestReply = z.infer<typeof ingestReply>;
export type ParseFailure = z.infer<typeof parseFailure>;

/** The calls of Quickwit's REST API that the sink needs. Errors come as the HTTP layer classifies them. */
export class QuickwitApi {
  readonly #http: HttpClient;
  readonly #index: IndexDefinition;
  readonly #commit: string;
  readonly #openRetry: RetryOptions;

  constructor(config: QuickwitSinkConfig, index: IndexDefinition, context: ConnectorContext) {
    this.#index = index;
    this.#commit = config.commit;
    this.#openRetry = {
      attempts: config.max_open_retries,
      delay: config.retry_delay,
      maxDelay: config.open_retry_max_delay,
    };
    const options = httpClientOptions(
      { ...config, compression: config.gzip ? "gzip" : "none" },
      { baseUrl: config.url },
      context,
    );
    this.#http = createHttpClient({
      ...options,
      ...(config.token === undefined || config.auth !== undefined ? {} : { token: config.token }),
      retry: { attempts: config.max_retries, delay: config.retry_delay, maxDelay: config.retry_max_delay },
    });
  }

  async indexExists(signal: AbortSignal): Promise<boolean> {
    const reply = await this.#http.request({
      method: "GET",
      path: `/api/v1/indexes/${this.#index.id}`,
      accept: (status) => status === 200 || status === 404,
      retry: this.#openRetry,
      signal,
    });
    return reply.status === 200;
  }

  /** False when it was created by another client meanwhile. */
  async createIndex(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#http.request({
        method: "POST",
        path: "/api/v1/indexes",
        headers: { "content-type": "application/yaml" },
        body: this.#index.yaml,
        retry: this.#openRetry,
        signal,
      });
      return true;
    } catch (error) {
      // Versions of Quickwit say so with 409 or with 400.
      if (statusOf(error) === 409 || /already exists/i.test(String(error))) return false;
      throw error;
    }
  }

  /** Lines of JSON, each ended by a line feed. */
  async ingest(lines: Uint8Array, signal: AbortSignal): Promise<IngestReply> {
    const reply = await this.#http.request({
      method: "POST",
      path: `/api/v1/${this.#index.id}/ingest`,
      query: { commit: this.#commit, detailed_response: "true" },
      headers: { "content-type": "application/x-ndjson" },
      body: lines,
      signal,
    });
    const parsed = ingestReply.safeParse(reply.json());
    if (parsed.success) return parsed.data;
    throw new RetryableError("Quickwit's response to an ingest request is not valid", {
      code: "IGC_SINK_QUICKWIT_REPLY",
      place: "url",
      fix: "check that the URL is that of Quickwit's REST API",
      cause: parsed.error,
    });
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
