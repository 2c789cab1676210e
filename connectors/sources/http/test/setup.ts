import type { TestContext } from "node:test";
import { type ProducedMessage, parseConfig, type Source } from "@iggy-connectors/sdk";
import { type RecordingContext, recordingContext } from "@iggy-connectors/testing";
import type { HttpSourceState } from "../src/http-source.ts";
import { httpSource } from "../src/index.ts";

/** Does what the runtime does: polls, takes each batch as confirmed, tells the source, polls with its checkpoint. */
export class Runner {
  readonly source: Source<HttpSourceState, Uint8Array>;
  readonly context: RecordingContext;
  readonly messages: ProducedMessage<Uint8Array>[] = [];
  readonly batches: number[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #checkpoint: HttpSourceState | undefined;

  constructor(source: Source<HttpSourceState, Uint8Array>, context: RecordingContext) {
    this.source = source;
    this.context = context;
  }

  get url(): string {
    const { address } = this.context.fields.find(({ address }) => address !== undefined) as { address: string };
    return `http://${address}`;
  }

  /** One poll, not confirmed. */
  poll(maxMessages = 1000, maxBytes = 1 << 20) {
    return this.source.poll({ checkpoint: this.#checkpoint, signal: this.#stop.signal, maxMessages, maxBytes });
  }

  async step(maxMessages?: number): Promise<void> {
    const { messages, checkpoint } = await this.poll(maxMessages);
    if (checkpoint === undefined) return;
    this.messages.push(...messages);
    this.batches.push(messages.length);
    this.#checkpoint = checkpoint;
    await this.source.onDelivered?.(checkpoint);
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

  texts(): string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString());
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
  await source.open?.({ signal: context.signal });
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
