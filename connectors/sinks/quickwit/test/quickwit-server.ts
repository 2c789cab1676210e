import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { type DocMapping, readDocMapping, refusal } from "./doc-mapping.ts";

const MAX_BODY = 10 * 1024 * 1024;
const DEFAULT_COMMIT_SECONDS = 60;

export interface QuickwitServerOptions {
  /** Second generation: invalid documents are counted in the reply; the first drops them silently. Default 2. */
  readonly ingest?: 1 | 2;
  /** The second generation names refused documents when asked for. Default true. */
  readonly detailed?: boolean;
  readonly maxBody?: number;
}

/** What a test wants one request to be answered with, instead of doing it. */
export interface Fault {
  /** Given `METHOD path` of each request until one matches. */
  readonly matches: (line: string) => boolean;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Do the request, then break the connection instead of answering. */
  readonly afterDoing?: boolean;
}

interface Index {
  readonly config: Record<string, unknown>;
  readonly mapping: DocMapping;
  readonly commitSeconds: number;
  readonly searchable: unknown[];
  staged: unknown[];
  commit: Promise<void> | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface SeenRequest {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  /** As it was sent, compressed or not. */
  readonly body: Buffer;
}

/**
 * Quickwit's REST API as its documentation describes it, in memory: index management, ingestion with commit modes, doc
 * mappings that refuse documents, search for everything.
 */
export class QuickwitServer {
  readonly requests: SeenRequest[] = [];
  readonly faults: Fault[] = [];
  /** Requests that contain this text are refused whole. */
  poison: string | undefined;
  readonly #options: QuickwitServerOptions;
  readonly #indexes = new Map<string, Index>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(options: QuickwitServerOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method, url, headers } = request;
    this.requests.push({ line: `${method} ${url}`, headers, body });
    const found = this.faults.findIndex(({ matches }) => matches(`${method} ${url}`));
    const fault = found === -1 ? undefined : this.faults.splice(found, 1)[0];
    if (fault !== undefined && fault.afterDoing !== true) {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    const reply = await this.#route(request, body);
    if (fault !== undefined) {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
  }

  async #route(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const url = new URL(request.url ?? "", "http://localhost");
    const [api, version, first, second] = url.pathname.slice(1).split("/");
    if (api !== "api" || version !== "v1" || first === undefined) return failed(404, "Route not found");
    const route = `${request.method} ${first === "indexes" ? `indexes${second === undefined ? "" : "/id"}` : `id/${second}`}`;
    switch (route) {
      case "GET indexes":
        return { status: 200, body: [...this.#indexes.values()].map(describe) };
      case "POST indexes":
        return this.#create(request, body);
      case "GET indexes/id":
        return this.#withIndex(second, async (index) => ({ status: 200, body: describe(index) }));
      case "DELETE indexes/id":
        return this.#withIndex(second, async () => {
          this.#indexes.delete(second as string);
          return { status: 200, body: [] };
        });
      case "POST id/ingest":
        return this.#withIndex(first, (index) => this.#ingest(index, url.searchParams, request, body));
      case "GET id/search":
        return this.#withIndex(first, async (index) => search(index, url.searchParams));
      default:
        return failed(404, "Route not found");
    }
  }

  async #withIndex(id: string | undefined, work: (index: Index) => Promise<Reply>): Promise<Reply> {
    const index = this.#indexes.get(id ?? "");
    return index === undefined ? failed(404, `index \`${id}\` not found`) : work(index);
  }

  #create(request: IncomingMessage, body: Buffer): Reply {
    const type = request.headers["content-type"];
    if (type !== "application/yaml" && type !== "application/json") return failed(415, "unsupported content-type");
    const config = parse(body.toString()) as Record<string, unknown>;
    const { version, index_id: id } = config;
    if (version === undefined || typeof id !== "string") return failed(400, "missing field `version` or `index_id`");
    if (this.#indexes.has(id)) return failed(400, `index \`${id}\` already exists`);
    const settings = (config.indexing_settings ?? {}) as { commit_timeout_secs?: number };
    const index: Index = {
      config,
      mapping: readDocMapping(config),
      commitSeconds: settings.commit_timeout_secs ?? DEFAULT_COMMIT_SECONDS,
      searchable: [],
      staged: [],
      commit: undefined,
    };
    this.#indexes.set(id, index);
    return { status: 200, body: describe(index) };
  }

  async #ingest(index: Index, query: URLSearchParams, request: IncomingMessage, sent: Buffer): Promise<Reply> {
    if (request.headers["content-length"] === undefined) return failed(411, "A content-length header is required");
    if (sent.length > (this.#options.maxBody ?? MAX_BODY)) return failed(413, "The request payload is too large");
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    if (this.poison !== undefined && body.includes(this.poison)) return failed(400, "the request is not valid");
    const lines = body
      .toString("utf8")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
    const failures: { message: string; document: string; reason: string }[] = [];
    for (const line of lines) {
      const refused = refusal(line, index.mapping);
      if (refused === undefined) index.staged.push(JSON.parse(line));
      else failures.push({ document: line, ...refused });
    }
    const commit = query.get("commit") ?? "auto";
    if (!["auto", "wait_for", "force"].includes(commit)) return failed(400, `unknown variant \`${commit}\``);
    if (commit === "force") publish(index);
    else await (commit === "wait_for" ? this.#commitLater(index) : void this.#commitLater(index));
    if (this.#options.ingest === 1) return { status: 200, body: { num_docs_for_processing: lines.length } };
    return {
      status: 200,
      body: {
        num_docs_for_processing: lines.length,
        num_ingested_docs: lines.length - failures.length,
        num_rejected_docs: failures.length,
        ...(query.get("detailed_response") === "true" && this.#options.detailed !== false
          ? { parse_failures: failures }
          : {}),
      },
    };
  }

  #commitLater(index: Index): Promise<void> {
    index.commit ??= new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        publish(index);
        resolve();
      }, index.commitSeconds * 1000);
      this.#timers.add(timer);
    });
    return index.commit;
  }
}

function publish(index: Index): void {
  index.searchable.push(...index.staged);
  index.staged = [];
  index.commit = undefined;
}

function search(index: Index, query: URLSearchParams): Reply {
  if (query.get("query") !== "*") return failed(400, "this server knows only the query `*`");
  const start = Number(query.get("start_offset") ?? 0);
  const hits = index.searchable.slice(start, start + Number(query.get("max_hits") ?? 20));
  return { status: 200, body: { num_hits: index.searchable.length, hits, elapsed_time_micros: 1, errors: [] } };
}

function describe(index: Index): unknown {
  return { version: "0.9", index_uid: `${index.config.index_id}:01`, index_config: index.config };
}

function failed(status: number, message: string): Reply {
  return { status, body: { message } };
}
