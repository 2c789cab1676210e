import type { TestContext } from "node:test";
import { type ProducedBatch, parseConfig, type Source } from "@iggy-connectors/sdk";
import {
  openContext,
  type PollLimits,
  type RecordingContext,
  recordingContext,
  SourceDriver,
} from "@iggy-connectors/testing";
import type { HttpSourceState } from "../src/http-source.ts";
import { httpSource } from "../src/index.ts";

/** A source with the address that it listens on, driven step by step or, after `run()`, by itself. */
export class Runner extends SourceDriver<HttpSourceState, Uint8Array> {
  readonly context: RecordingContext;
  /** How many messages each confirmed batch had. */
  readonly batches: number[] = [];
  readonly #stop: AbortController;
  #running: Promise<void> | undefined;

  constructor(source: Source<HttpSourceState, Uint8Array>, context: RecordingContext) {
    const stop = new AbortController();
    super(source, undefined, { signal: stop.signal });
    this.#stop = stop;
    this.context = context;
  }

  get url(): string {
    const { address } = this.context.fields.find(({ address }) => address !== undefined) as { address: string };
    return `http://${address}`;
  }

  override async step(limits: PollLimits = {}): Promise<ProducedBatch<HttpSourceState, Uint8Array>> {
    const batch = await super.step(limits);
    if (batch.checkpoint !== undefined) this.batches.push(batch.messages.length);
    return batch;
  }

  run(): this {
    this.#running = (async () => {
      while (!this.#stop.signal.aborted) await this.step();
    })();
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.source.close?.();
  }
}

/** A source that listens on a free port and has, unless said otherwise, the open endpoint `/topics/in`. */
export async function start(t: TestContext, settings: Record<string, unknown> = {}): Promise<Runner> {
  const context = recordingContext("/");
  const config = await parseConfig(httpSource.config, {
    listen_addr: "127.0.0.1:0",
    ...(settings.endpoints === undefined ? { topic_path: "in" } : {}),
    ...settings,
  });
  const source = httpSource.create(config, context);
  await source.open?.(openContext(context.signal));
  const runner = new Runner(source, context);
  t.after(() => runner.stop());
  return runner;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

export async function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Answer> {
  const init = method === "GET" ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) };
  const reply = await fetch(url, { method, headers, ...init });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown>, headers: reply.headers };
}
