import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type ContentFailure, decodeContent } from "@iggy-connectors/http";
import { type ConnectorContext, errorMessage, type OpenContext, type ProducedMessage } from "@iggy-connectors/sdk";
import type { HttpSourceConfig } from "../config.ts";
import { createHeaderReader } from "../content/message-headers.ts";
import { deliveryIds } from "../content/message-ids.ts";
import { bodyOf, contentOf, recordsOf } from "../content/records.ts";
import type { Route, Routes } from "../endpoints/routes.ts";
import type { PendingMessages, RequestMessages } from "../pending.ts";
import { accepted, invalid, REPLIES, type Reply, send, unsupported } from "./replies.ts";

/** Ends the handling of a request with an answer. */
class Refused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super("refused");
    this.reply = reply;
  }
}

type Reserve = (bytes: number) => void;
type RefusalOf = OpenContext["refusalOf"];

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
  readonly #refusalOf: RefusalOf;
  #stopping = false;

  /** `refusalOf`: what the streams cannot take. Absent: not known. */
  constructor(
    config: HttpSourceConfig,
    routes: Routes,
    pending: PendingMessages,
    context: ConnectorContext,
    refusalOf: RefusalOf,
  ) {
    this.#refusalOf = refusalOf;
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
      const received = await this.#received(request, route, body);
      kept = this.#enqueue(received, response);
      if (!kept) throw new Refused(REPLIES.full);
    } finally {
      if (!kept) this.#pending.release(taken);
    }
  }

  /** The decoded body; capacity is reserved for it while it is received and decompressed. */
  async #body(request: IncomingMessage, route: Route, reserve: Reserve): Promise<Buffer> {
    const { credentials } = route;
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
    if (!credentials.bodyAllowed(headers, raw, request.url ?? "")) throw new Refused(REPLIES.unauthorized);
    const decoded = await decodeContent(raw, headers["content-encoding"], limit, CONTENT_FAILURE);
    if (decoded !== raw) reserve(decoded.length);
    const type = headers["content-type"];
    const body = bodyOf(decoded, contentOf(route, type), type, () => new Refused(REPLIES.charset));
    if (body.length > limit) throw new Refused(REPLIES.tooLarge);
    if (body !== decoded) reserve(body.length);
    return body;
  }

  async #received(request: IncomingMessage, route: Route, body: Buffer): Promise<RequestMessages> {
    const { buffer_capacity: capacity } = this.#config;
    const content = contentOf(route, request.headers["content-type"]);
    const records = recordsOf(body, content, route, capacity);
    if ("invalid" in records) throw new Refused(invalid(records.invalid));
    if ("tooMany" in records) throw new Refused(REPLIES.tooLarge);
    const headers = this.#headersOf(request);
    const idOf = deliveryIds(route.path, request.headers, route.idHeaders);
    const messages = records.payloads.map((payload, index) => ({
      payload,
      ...(headers === undefined ? {} : { headers }),
      ...(idOf === undefined ? {} : { id: idOf(index) }),
      ...(route.stream === undefined ? {} : { stream: route.stream }),
    }));
    const schema = content === "json" || content === "ndjson" ? "json" : undefined;
    await this.#admit(messages, schema, route);
    return { messages, schema, bytes: body.length };
  }

  /** Invariant 9: what no stream could be read with is refused here, where its sender learns of it; nothing of the request is stored. */
  async #admit(messages: readonly ProducedMessage[], schema: "json" | undefined, route: Route): Promise<void> {
    const refusal = await this.#refusalOf?.(messages, schema);
    if (refusal === undefined) return;
    const { index, error } = refusal;
    const reason = messages.length === 1 ? errorMessage(error) : `message ${index + 1}: ${errorMessage(error)}`;
    throw new Refused(schema === undefined && route.content === "auto" ? unsupported(reason) : invalid(reason));
  }

  #enqueue(received: RequestMessages, response: ServerResponse): boolean {
    if (this.#stopping) throw new Refused(REPLIES.stopping);
    const { length } = received.messages;
    const { ack_mode, ack_timeout } = this.#config;
    if (ack_mode === "queued") {
      const queued = this.#pending.add(received, () => undefined);
      if (queued) send(response, accepted("queued", length));
      return queued;
    }
    const timer = setTimeout(() => send(response, REPLIES.unconfirmed), ack_timeout);
    const waits = this.#pending.add(received, (outcome) => {
      clearTimeout(timer);
      send(response, outcome === "stored" ? accepted("stored", length) : REPLIES.unconfirmed);
    });
    if (!waits) clearTimeout(timer);
    return waits;
  }
}
