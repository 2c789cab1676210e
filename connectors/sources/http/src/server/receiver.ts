import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type ContentFailure, decodeContent } from "@iggy-connectors/http";
import { type ConnectorContext, errorMessage, type ProducedMessage } from "@iggy-connectors/sdk";
import type { HttpSourceConfig } from "../config.ts";
import { createHeaderReader } from "../content/message-headers.ts";
import { deliveryIds } from "../content/message-ids.ts";
import { recordsOf } from "../content/records.ts";
import type { Route, Routes } from "../endpoints/routes.ts";
import type { PendingMessages } from "../pending.ts";
import { accepted, invalid, REPLIES, type Reply, send } from "./replies.ts";

/** Ends the handling of a request with an answer. */
class Refused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super("refused");
    this.reply = reply;
  }
}

type Reserve = (bytes: number) => void;

const CONTENT_FAILURE: ContentFailure = {
  tooLarge: () => new Refused(REPLIES.tooLarge),
  invalid: () => new Refused(REPLIES.encoding),
};

/** Receives requests: checks sender, content and capacity; then the messages wait for Iggy. */
export class Receiver {
  readonly handle: RequestListener;
  readonly #config: HttpSourceConfig;
  readonly #routes: Routes;
  readonly #pending: PendingMessages;
  readonly #headersOf: ReturnType<typeof createHeaderReader>;
  #stopping = false;

  constructor(config: HttpSourceConfig, routes: Routes, pending: PendingMessages, context: ConnectorContext) {
    this.#config = config;
    this.#routes = routes;
    this.#pending = pending;
    this.#headersOf = createHeaderReader(config, config.instance_name ?? context.key);
    const answers = context.metrics.counter("http_source_requests", "Answered requests");
    this.handle = (request, response) => {
      response.once("finish", () => answers.add(1));
      this.#handle(request, response).catch((error: unknown) => {
        if (!(error instanceof Refused) && !request.destroyed) {
          context.logger.warn(`a request failed: ${errorMessage(error)}`);
        }
        send(response, error instanceof Refused ? error.reply : REPLIES.failed);
      });
    };
  }

  /** From now on requests are answered 503. */
  stop(): void {
    this.#stopping = true;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === "/health" && request.method === "GET") {
      const reply = this.#stopping ? REPLIES.stopping : { status: 200, body: { status: "healthy" } };
      return send(response, reply);
    }
    const route = this.#routes.find(path);
    if (route === undefined) throw new Refused(REPLIES.unknown);
    if (request.method !== "POST") throw new Refused(REPLIES.method);
    if (this.#stopping) throw new Refused(REPLIES.stopping);
    if (!route.credentials.headersAllowed(request.headers)) throw new Refused(REPLIES.unauthorized);
    // Capacity is reserved as bytes arrive: a sender that announces much and sends nothing reserves none.
    let taken = 0;
    const reserve: Reserve = (bytes) => {
      if (!this.#pending.reserve(bytes)) throw new Refused(REPLIES.full);
      taken += bytes;
    };
    let kept = false;
    try {
      const body = await this.#body(request, route, reserve);
      this.#pending.release(taken - body.length);
      taken = body.length;
      kept = this.#enqueue(this.#messages(request, route, body), taken, response);
      if (!kept) throw new Refused(REPLIES.full);
    } finally {
      if (!kept) this.#pending.release(taken);
    }
  }

  /** The decoded body; capacity is reserved for it while it is received and decompressed. */
  async #body(request: IncomingMessage, { credentials }: Route, reserve: Reserve): Promise<Buffer> {
    const { max_body_size_bytes: limit } = this.#config;
    const { headers } = request;
    if (Number(headers["content-length"] ?? 0) > limit) throw new Refused(REPLIES.tooLarge);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw new Refused(REPLIES.tooLarge);
      reserve(chunk.length);
      chunks.push(chunk);
    }
    const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
    if (!credentials.bodyAllowed(headers, raw)) throw new Refused(REPLIES.unauthorized);
    const body = await decodeContent(raw, headers["content-encoding"], limit, CONTENT_FAILURE);
    if (body !== raw) reserve(body.length);
    return body;
  }

  #messages(request: IncomingMessage, route: Route, body: Buffer): ProducedMessage<Uint8Array>[] {
    const { buffer_capacity: capacity } = this.#config;
    const records = recordsOf(body, request.headers["content-type"], route, capacity);
    if ("invalid" in records) throw new Refused(invalid(records.invalid));
    if ("tooMany" in records) throw new Refused(REPLIES.tooLarge);
    const headers = this.#headersOf(request);
    const idOf = deliveryIds(route.path, request.headers, route.idHeaders);
    return records.payloads.map((payload, index) => ({
      payload,
      ...(headers === undefined ? {} : { headers }),
      ...(idOf === undefined ? {} : { id: idOf(index) }),
      ...(route.stream === undefined ? {} : { stream: route.stream }),
    }));
  }

  #enqueue(messages: readonly ProducedMessage<Uint8Array>[], bytes: number, response: ServerResponse): boolean {
    if (this.#stopping) throw new Refused(REPLIES.stopping);
    const { ack_mode, ack_timeout } = this.#config;
    if (ack_mode === "queued") {
      const queued = this.#pending.add(messages, bytes, () => undefined);
      if (queued) send(response, accepted("queued", messages.length));
      return queued;
    }
    const timer = setTimeout(() => send(response, REPLIES.unconfirmed), ack_timeout);
    const waits = this.#pending.add(messages, bytes, (outcome) => {
      clearTimeout(timer);
      send(response, outcome === "stored" ? accepted("stored", messages.length) : REPLIES.unconfirmed);
    });
    if (!waits) clearTimeout(timer);
    return waits;
  }
}
