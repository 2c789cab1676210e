import { createHttpClient, type HttpClient, type HttpResponse, httpClientOptions } from "@iggy-connectors/http";
import {
  type CheckResult,
  type ConnectorContext,
  findingOf,
  type Path,
  type PollContext,
  type ProducedBatch,
  type ProducedMessage,
  parsePath,
  type RetryOptions,
  type Source,
  valueAt,
} from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig } from "./config.ts";
import { createIdentity, messageId, Recent } from "./identity.ts";
import { Pacing } from "./pacing.ts";
import { createPagination, type Pagination } from "./pagination/pagination.ts";
import { type Records, readRecords } from "./records.ts";
import { greater, sinceValue } from "./since.ts";
import { type HttpPollState, readState } from "./state.ts";

const NOT_MODIFIED = 304;
const SUCCESS = (status: number): boolean => status >= 200 && status < 300;

/** A check does not retry. */
const ONCE: RetryOptions = { attempts: 1, delay: 0, maxDelay: 0 };

type Batch = ProducedBatch<HttpPollState, Uint8Array>;

/** Polls an HTTP API in rounds: every page of a round is one batch, with the position after it as checkpoint. */
export class HttpPollSource implements Source<HttpPollState, Uint8Array> {
  readonly #config: HttpPollSourceConfig;
  readonly #context: ConnectorContext;
  readonly #pagination: Pagination;
  readonly #pacing: Pacing;
  readonly #identityOf: ReturnType<typeof createIdentity>;
  readonly #recordsPath: Path | undefined;
  readonly #sincePath: Path | undefined;
  #http: HttpClient | undefined;

  constructor(config: HttpPollSourceConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#pagination = createPagination(config);
    this.#pacing = new Pacing(config.interval, config.min_request_interval);
    this.#identityOf = createIdentity(config);
    this.#recordsPath = config.records_path === undefined ? undefined : parsePath(config.records_path);
    this.#sincePath = config.since === undefined ? undefined : parsePath(config.since.path);
  }

  async open(): Promise<void> {
    this.#connect();
  }

  async poll({ checkpoint, signal }: PollContext<HttpPollState>): Promise<Batch> {
    const state = readState(checkpoint);
    const begins = state.page === undefined;
    if (!(await this.#pacing.wait(begins, signal))) return { messages: [] };
    const position = state.page ?? state.resume;
    const reply = await this.#request(state, position, signal);
    this.#pacing.answered(reply);
    if (reply.status === NOT_MODIFIED) return { messages: [] };
    const read = readRecords(reply, this.#config.format, this.#recordsPath);
    const recent = new Recent(this.#config.dedupe, state.recent);
    const messages = this.#messages(read, state, recent);
    const next = this.#after(state, position, reply, read, recent);
    // A round without news needs no checkpoint.
    if (messages.length === 0 && begins && next.page === undefined && isSame(next, state)) return { messages };
    return {
      messages,
      checkpoint: next,
      schema: this.#config.format === "text" ? "text" : "json",
      more: next.page !== undefined,
    };
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    try {
      const reply = await this.#request({ round: 0, pages: 0 }, undefined, signal, ONCE);
      const read = readRecords(reply, this.#config.format, this.#recordsPath);
      this.#pagination.next(undefined, { reply, ...read });
      if (this.#sincePath === undefined || read.records.length === 0) return { findings: [] };
      if (sinceValue(valueAt(read.records[0], this.#sincePath)) !== undefined) return { findings: [] };
      return { findings: [{ level: "warning", message: `records have no value at "${this.#config.since?.path}"` }] };
    } catch (error) {
      return { findings: [findingOf(error)] };
    }
  }

  async close(): Promise<void> {
    await this.#http?.close();
  }

  #connect(): HttpClient {
    this.#http ??= createHttpClient(httpClientOptions(this.#config, { baseUrl: this.#config.url }, this.#context));
    return this.#http;
  }

  #request(
    state: HttpPollState,
    position: string | undefined,
    signal: AbortSignal,
    retry?: RetryOptions,
  ): Promise<HttpResponse> {
    const { method, query, body, params_in, pagination, conditional } = this.#config;
    const { params, url } = this.#pagination.request(position);
    // A link of the server's already holds the parameters of its page.
    const all = url === undefined ? { ...params, ...this.#sinceParam(state) } : {};
    const inBody = method === "POST" && params_in === "body";
    const texts = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
    const content = method === "POST" ? JSON.stringify({ ...body, ...(inBody ? all : {}) }) : undefined;
    const asked = conditional && pagination === undefined ? conditions(state) : {};
    return this.#connect().request({
      method,
      ...(url === undefined ? { query: { ...query, ...(inBody ? {} : texts) } } : { url }),
      headers: {
        accept: this.#config.format === "json" ? "application/json" : "*/*",
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...asked,
      },
      ...(content === undefined ? {} : { body: content }),
      accept: (status) => SUCCESS(status) || (status === NOT_MODIFIED && Object.keys(asked).length > 0),
      signal,
      ...(retry === undefined ? {} : { retry }),
    });
  }

  #sinceParam(state: HttpPollState): Record<string, string | number> {
    const { since } = this.#config;
    const value = state.since?.text ?? since?.initial;
    return since === undefined || value === undefined ? {} : { [since.param]: value };
  }

  #messages({ records, payloads }: Records, state: HttpPollState, recent: Recent): ProducedMessage<Uint8Array>[] {
    const messages: ProducedMessage<Uint8Array>[] = [];
    for (const [index, payload] of payloads.entries()) {
      const identity = this.#identityOf(records[index]!, payload, state, index);
      if (recent.isNew(identity)) messages.push({ payload, id: messageId(identity) });
    }
    return messages;
  }

  /** The checkpoint behind a page: the next page of the round, or the beginning of the next round. */
  #after(
    state: HttpPollState,
    position: string | undefined,
    reply: HttpResponse,
    read: Records,
    recent: Recent,
  ): HttpPollState {
    const page = { reply, ...read };
    const pages = state.pages + 1;
    const next = this.#pagination.next(position, page);
    const remembered = recent.list();
    let greatest = state.greatest;
    if (this.#sincePath !== undefined) {
      for (const record of read.records) greatest = greater(greatest, sinceValue(valueAt(record, this.#sincePath)));
    }
    const kept = {
      ...(state.resume === undefined ? {} : { resume: state.resume }),
      ...(state.since === undefined ? {} : { since: state.since }),
      ...(remembered === undefined ? {} : { recent: remembered }),
    };
    if (next !== undefined && pages < this.#config.max_pages) {
      return { ...kept, round: state.round, page: next, pages, ...(greatest === undefined ? {} : { greatest }) };
    }
    if (next !== undefined) this.#context.logger.warn(`The round ended after max_pages = ${pages} pages`, { pages });
    const resume = this.#pagination.resume(position, page) ?? kept.resume;
    // Only the whole round says how far it went: pages may come in any order.
    const since = greater(state.since, greatest);
    const { etag, "last-modified": modified } = reply.headers;
    return {
      ...kept,
      round: state.round + 1,
      pages: 0,
      ...(resume === undefined ? {} : { resume }),
      ...(since === undefined ? {} : { since }),
      ...(typeof etag === "string" ? { etag } : {}),
      ...(typeof modified === "string" ? { last_modified: modified } : {}),
    };
  }
}

function conditions({ etag, last_modified }: HttpPollState): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(last_modified === undefined ? {} : { "if-modified-since": last_modified }),
  };
}

/** Whether two rounds differ in nothing but their number. */
function isSame({ round: _left, ...left }: HttpPollState, { round: _right, ...right }: HttpPollState): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: object): [string, unknown][] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}
