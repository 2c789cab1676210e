import { createHttpClient, type HttpClient, type HttpResponse, httpClientOptions } from "@iggy-connectors/http";
import {
  type CheckResult,
  type ConnectorContext,
  type FatalError,
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
import { createPagination, type Following, type Page, type Pagination } from "./pagination/pagination.ts";
import { type Records, readRecords } from "./records.ts";
import { RoundGuard } from "./round-guard.ts";
import { greater, sinceValue } from "./since.ts";
import { type HttpPollState, readState } from "./state.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const GONE = 410;
const SUCCESS = (status: number): boolean => status >= 200 && status < 300;

/** A check does not retry. */
const ONCE: RetryOptions = { attempts: 1, delay: 0, maxDelay: 0 };

/** Notes of so many different texts are logged in one run. */
const MAX_SAID = 100;
const NO_RECORDS: Records = { value: undefined, records: [], payloads: [] };
const REPEATED: Following = { position: undefined, warning: "a page has what an earlier page had" };
const NOWHERE: Following = {
  position: undefined,
  warning: "a hundred pages in a row had no records; set has_more_path if that is usual",
};
const CIRCLE: Following = { position: undefined, warning: "the pages lead in a circle" };

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
  readonly #cutShort: { add(value: number): void };
  /** What was said of the server's pages: each once. */
  readonly #said = new Set<string>();
  /** A page was delivered whose link cannot be followed. */
  #failure: FatalError | undefined;
  #http: HttpClient | undefined;

  constructor(config: HttpPollSourceConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#pagination = createPagination(config);
    this.#pacing = new Pacing(config.interval, config.min_request_interval);
    this.#identityOf = createIdentity(config);
    this.#recordsPath = config.records_path === undefined ? undefined : parsePath(config.records_path);
    this.#sincePath = config.since === undefined ? undefined : parsePath(config.since.path);
    this.#cutShort = context.metrics.counter(
      "http_poll_rounds_cut_short",
      "Rounds that ended because pages repeated themselves, led nowhere or were gone",
    );
  }

  async open(): Promise<void> {
    this.#connect();
  }

  async poll({ checkpoint, signal }: PollContext<HttpPollState>): Promise<Batch> {
    if (this.#failure !== undefined) throw this.#failure;
    const state = readState(checkpoint);
    const begins = state.page === undefined;
    if (!(await this.#pacing.wait(begins, signal))) return { messages: [] };
    const position = state.page ?? state.resume;
    const reply = await this.#request(state, position, signal);
    this.#pacing.answered(reply);
    if (reply.status === NOT_MODIFIED) return { messages: [] };
    const missing = !SUCCESS(reply.status);
    const guard = new RoundGuard(state);
    const found = missing ? NO_RECORDS : readRecords(reply, this.#config.format, this.#recordsPath);
    // A page that repeats itself is the end: it was delivered before.
    const repeats = !begins && guard.repeats(found.payloads);
    const read = repeats ? NO_RECORDS : found;
    const recent = new Recent(this.#config.dedupe, state.recent);
    const messages = this.#messages(read, state, recent);
    const received = (state.received ?? 0) + read.records.length;
    const page: Page = { reply, ...read, received };
    const following = missing ? this.#missing(position) : repeats ? REPEATED : this.#following(position, page, guard);
    if ("failure" in following) {
      if (messages.length === 0) throw following.failure;
      // Invariant 3: what arrived is delivered first, and the round is not over.
      this.#failure = following.failure;
      const { round, resume, since } = state;
      const remembered = recent.list();
      const again = {
        round,
        pages: 0,
        ...(resume === undefined ? {} : { resume }),
        ...(since === undefined ? {} : { since }),
        ...(remembered === undefined ? {} : { recent: remembered }),
      };
      return { messages, checkpoint: again, schema: this.#schema, more: true };
    }
    if (following.position === undefined && following.warning !== undefined) {
      this.#cutShort.add(1);
      this.#say("warn", `the round ended after ${state.pages + 1} pages: ${following.warning}`);
    }
    const trail = guard.after(position, read.payloads);
    const next = this.#after(state, position, following.position, page, recent, trail);
    // A round without news needs no checkpoint.
    if (messages.length === 0 && begins && next.page === undefined && isSame(next, state)) return { messages };
    return {
      messages,
      checkpoint: next,
      schema: this.#schema,
      more: next.page !== undefined,
    };
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    try {
      const reply = await this.#request({ round: 0, pages: 0 }, undefined, signal, ONCE);
      const read = readRecords(reply, this.#config.format, this.#recordsPath);
      const following = this.#pagination.next(undefined, { reply, ...read, received: read.records.length });
      if ("failure" in following) return { findings: [findingOf(following.failure)] };
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

  get #schema(): "text" | "json" {
    return this.#config.format === "text" ? "text" : "json";
  }

  #say(level: "info" | "warn", text: string): void {
    if (this.#said.has(text) || this.#said.size >= MAX_SAID) return;
    this.#said.add(text);
    this.#context.logger[level](text);
  }

  #following(position: string | undefined, page: Page, guard: RoundGuard): Following {
    const following = this.#pagination.next(position, page);
    if (following.position === undefined) return following;
    if (following.note !== undefined) this.#say("info", following.note);
    if (following.position === position || guard.knows(following.position)) return CIRCLE;
    if (following.told !== true && guard.leadsNowhere(page.records.length)) return NOWHERE;
    return following;
  }

  /** A page that is not there: behind the last one, where positions are guessed; otherwise the server has dropped it. */
  #missing(position: string | undefined): Following {
    if (this.#pagination.guesses) return { position: undefined };
    return { position: undefined, warning: `the server no longer has the page at ${JSON.stringify(position)}` };
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
      accept: (status) =>
        SUCCESS(status) ||
        (status === NOT_MODIFIED && Object.keys(asked).length > 0) ||
        ((status === NOT_FOUND || status === GONE) && position !== undefined),
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
    next: string | undefined,
    page: Page,
    recent: Recent,
    trail: Partial<HttpPollState>,
  ): HttpPollState {
    const pages = state.pages + 1;
    const remembered = recent.list();
    let greatest = state.greatest;
    if (this.#sincePath !== undefined) {
      for (const record of page.records) greatest = greater(greatest, sinceValue(valueAt(record, this.#sincePath)));
    }
    const kept = {
      ...(state.resume === undefined ? {} : { resume: state.resume }),
      ...(state.since === undefined ? {} : { since: state.since }),
      ...(remembered === undefined ? {} : { recent: remembered }),
    };
    if (next !== undefined && pages < this.#config.max_pages) {
      const { received } = page;
      const seen = greatest === undefined ? {} : { greatest };
      return { ...kept, ...trail, round: state.round, page: next, pages, received, ...seen };
    }
    if (next !== undefined) this.#context.logger.warn(`The round ended after max_pages = ${pages} pages`, { pages });
    const resume = this.#pagination.resume(position, page) ?? kept.resume;
    // Only the whole round says how far it went: pages may come in any order.
    const since = greater(state.since, greatest);
    const { etag, "last-modified": modified } = page.reply.headers;
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
