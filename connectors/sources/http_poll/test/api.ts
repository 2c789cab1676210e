import type { TestContext } from "node:test";
import { parseConfig, type Source } from "@iggy-connectors/sdk";
import {
  HttpDestination,
  type ReceivedRequest,
  type RecordingContext,
  recordingContext,
  type ScriptedAnswer,
  SourceDriver,
} from "@iggy-connectors/testing";
import { httpPollSource } from "../src/index.ts";
import type { HttpPollState } from "../src/state.ts";

/** An API with a list of records, in each of the ways to hand it out page by page. */
export class Api {
  readonly server: HttpDestination;
  records: unknown[];
  readonly pageSize: number;
  /** The server sends no more, whatever it is asked for. */
  maxPageSize = Number.POSITIVE_INFINITY;

  private constructor(server: HttpDestination, records: unknown[], pageSize: number) {
    this.server = server;
    this.records = records;
    this.pageSize = pageSize;
    server.otherwise = (request) => this.#answer(request);
  }

  static async start(t: TestContext, records: unknown[], pageSize: number): Promise<Api> {
    const server = await HttpDestination.start();
    t.after(() => server[Symbol.asyncDispose]());
    return new Api(server, records, pageSize);
  }

  get targets(): string[] {
    return this.server.requests.map(({ target }) => target);
  }

  #answer({ target, body }: ReceivedRequest): ScriptedAnswer {
    const url = new URL(target, this.server.url);
    const given = body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>);
    const number = (name: string): number => Number(given[name] ?? url.searchParams.get(name) ?? 0);
    const json = (value: unknown, headers = {}): ScriptedAnswer => ({ body: JSON.stringify(value), headers });
    const size = Math.min(number("limit") || this.pageSize, this.maxPageSize);
    const page = (start: number) => this.records.slice(start, start + size);
    const more = (start: number) => start + size < this.records.length;
    switch (url.pathname) {
      case "/cursor": {
        const start = number("cursor");
        return json({ data: { items: page(start) }, next_cursor: more(start) ? String(start + size) : null });
      }
      case "/after": {
        const start = this.records.findIndex((record) => (record as { id: number }).id === number("after")) + 1;
        return json({ items: page(start) });
      }
      case "/offset":
        return json({ items: page(number("offset")), total: this.records.length });
      case "/page":
        return json(page((number("page") - 1) * size));
      case "/link": {
        const start = number("start");
        const link = `</link?start=0>; rel="first", </link?start=${start + size}>; rel="next"`;
        return json(page(start), more(start) ? { link } : {});
      }
      case "/next": {
        const start = number("start");
        return json({ items: page(start), links: { next: more(start) ? `/next?start=${start + size}` : null } });
      }
      case "/since": {
        const since = url.searchParams.get("since") ?? "";
        return json(this.records.filter((record) => (record as { at: string }).at >= since));
      }
      default:
        return { status: 404 };
    }
  }
}

/** A source that asks such an API, driven round by round. */
export class Driver extends SourceDriver<HttpPollState, Uint8Array> {
  readonly context: RecordingContext;

  constructor(source: Source<HttpPollState, Uint8Array>, context: RecordingContext) {
    super(source);
    this.context = context;
  }

  static async open(t: TestContext, settings: Record<string, unknown>): Promise<Driver> {
    const config = await parseConfig(httpPollSource.config, { interval: "0", retry_delay: "1ms", ...settings });
    const context = recordingContext("/");
    const source = httpPollSource.create(config, context);
    t.after(() => source.close?.());
    return new Driver(source, context);
  }

  /** A whole round; what it brought. */
  async round(): Promise<string[]> {
    const from = this.messages.length;
    while ((await this.step()).more === true);
    return this.texts().slice(from);
  }
}
