import type { Server } from "node:http";
import {
  type CheckResult,
  type ConnectorContext,
  findingOf,
  type OpenContext,
  type PollContext,
  type ProducedBatch,
  RetryableError,
  type Source,
} from "@iggy-connectors/sdk";
import type { HttpSourceConfig } from "./config.ts";
import { Routes } from "./endpoints/routes.ts";
import { PendingMessages } from "./pending.ts";
import { addressOf, isLoopback, listen } from "./server/listener.ts";
import { Receiver } from "./server/receiver.ts";

/** How many messages of this run Iggy has confirmed. */
export interface HttpSourceState {
  readonly confirmed: number;
}

/** Milliseconds for responses to reach their senders before sockets are closed. */
const FAREWELL = 1000;

/** A webhook server: a request is answered when Iggy has confirmed its messages. */
export class HttpSource implements Source<HttpSourceState, Uint8Array> {
  readonly #config: HttpSourceConfig;
  readonly #context: ConnectorContext;
  readonly #pending: PendingMessages;
  readonly #waiting: { set(value: number): void };
  #receiver: Receiver | undefined;
  #server: Server | undefined;

  constructor(config: HttpSourceConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#pending = new PendingMessages(config.buffer_capacity, config.buffer_bytes);
    this.#waiting = context.metrics.gauge(
      "http_source_waiting_messages",
      "Messages that wait for confirmation by Iggy",
    );
  }

  async open({ refusalOf }: Pick<OpenContext, "refusalOf">): Promise<void> {
    const routes = new Routes(this.#config);
    this.#receiver = new Receiver(this.#config, routes, this.#pending, this.#context, refusalOf);
    this.#server = await listen(this.#config, this.#context.workingDirectory, this.#receiver.handle);
    const address = addressOf(this.#server);
    const paths = routes.all().map(({ path }) => path);
    this.#context.logger.info(`Listening on ${address}`, { address, endpoints: paths });
    const open = routes.all().filter((route) => route.open);
    if (open.length > 0 && !isLoopback(address)) {
      this.#context.logger.warn("Endpoints without authentication are reachable from other hosts", {
        endpoints: open.map(({ path }) => path),
      });
    }
  }

  async poll({
    checkpoint,
    signal,
    maxMessages,
    maxBytes,
  }: PollContext<HttpSourceState>): Promise<ProducedBatch<HttpSourceState, Uint8Array>> {
    const confirmed = checkpoint?.confirmed ?? 0;
    this.#waiting.set(this.#pending.count);
    if (!(await this.#pending.reached(confirmed, signal))) {
      // The task is stopping: waiting messages that were not polled will not be sent any more.
      this.#receiver?.stop();
      return { messages: [] };
    }
    const limit = Math.min(maxMessages, this.#config.max_batch_size);
    const { messages, schema } = this.#pending.from(confirmed, limit, maxBytes);
    const read = { confirmed: confirmed + messages.length };
    return { messages, checkpoint: read, more: true, ...(schema === undefined ? {} : { schema }) };
  }

  /** Invariant 3: a request is answered only here, when its messages are stored. */
  async onDelivered({ confirmed }: HttpSourceState): Promise<void> {
    this.#pending.confirm(confirmed);
    this.#waiting.set(this.#pending.count);
  }

  async check(): Promise<CheckResult> {
    try {
      const server = await listen(this.#config, this.#context.workingDirectory, (_request, response) =>
        response.destroy(),
      );
      await new Promise((resolve) => server.close(resolve));
      new Routes(this.#config);
      return { findings: [] };
    } catch (error) {
      // The port may be in use by this very connector.
      return { findings: [findingOf(error, error instanceof RetryableError ? "warning" : "error")] };
    }
  }

  /** Requests that still wait are answered 503; connections that do not end by themselves are closed. */
  async close(): Promise<void> {
    this.#receiver?.stop();
    this.#pending.abandon();
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    const force = setTimeout(() => server.closeAllConnections(), FAREWELL);
    await closed;
    clearTimeout(force);
  }
}
