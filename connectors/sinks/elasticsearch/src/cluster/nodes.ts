import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpResponse,
  httpClientOptions,
  statusOf,
} from "@iggy-connectors/http";
import { type ConnectorContext, RetryableError } from "@iggy-connectors/sdk";
import type { ElasticsearchSinkConfig } from "../config.ts";

/** How long a node that did not answer is tried last, milliseconds. */
const REST = 10_000;
/** A load balancer answers with these when its node is away; the other statuses would be the same from every node. */
const AWAY = new Set([502, 503, 504]);

interface Node {
  readonly http: HttpClient;
  restsUntil: number;
}

/** The nodes of a cluster: requests are distributed over them; when one does not answer, the next is tried at once. */
export class Nodes {
  readonly #nodes: readonly Node[];
  #next = 0;

  /** @throws FatalError for a URL, certificate or proxy that can never work. */
  constructor(config: ElasticsearchSinkConfig, context: ConnectorContext) {
    const targets = [
      { baseUrl: config.url, urlKey: "url" },
      ...config.urls.map((baseUrl, index) => ({ baseUrl, urlKey: `urls[${index}]` })),
    ];
    this.#nodes = targets.map((target) => ({
      http: createHttpClient(clientOptions(config, target, context)),
      restsUntil: 0,
    }));
  }

  /** One attempt per node. POST is retried, too: what arrives twice has one id, or is a duplicate that at-least-once delivery allows. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    let failure: unknown;
    for (const node of this.#inTurn()) {
      try {
        const reply = await node.http.request(request);
        node.restsUntil = 0;
        return reply;
      } catch (error) {
        if (!isAway(error)) throw error;
        node.restsUntil = performance.now() + REST;
        failure = error;
      }
    }
    throw failure;
  }

  /** Every node by itself, for checks. */
  each(request: HttpRequest): Promise<HttpResponse>[] {
    return this.#nodes.map(({ http }) => http.request(request));
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ http }) => http.close()));
  }

  #inTurn(): readonly Node[] {
    const first = this.#next++ % this.#nodes.length;
    const turn = [...this.#nodes.slice(first), ...this.#nodes.slice(0, first)];
    const now = performance.now();
    return [...turn.filter((node) => node.restsUntil <= now), ...turn.filter((node) => node.restsUntil > now)];
  }
}

function isAway(error: unknown): boolean {
  if (!(error instanceof RetryableError)) return false;
  const status = statusOf(error);
  return status === undefined || AWAY.has(status);
}

function clientOptions(
  config: ElasticsearchSinkConfig,
  target: { readonly baseUrl: string; readonly urlKey: string },
  context: ConnectorContext,
): HttpClientOptions {
  const { timeout, timeout_seconds, username, password, api_key, headers, max_retries: _, ...shared } = config;
  const key = api_key === undefined ? {} : { authorization: `ApiKey ${api_key}` };
  const options = httpClientOptions(
    { ...shared, timeout: timeout ?? timeout_seconds * 1000, headers: { ...headers, ...key } },
    target,
    context,
  );
  if (username === undefined || password === undefined) return options;
  return { ...options, auth: { type: "basic", username, password } };
}
