import type { FastifyReply } from "fastify";

/** Milliseconds between comments, which keep proxies from closing an idle connection. */
const KEEP_ALIVE = 15_000;
/** Maximum number of bytes that wait to be sent. Further events are dropped, so that a slow client cannot fill the memory. */
const MAX_BEHIND = 1024 * 1024;

/** Server-sent events to one client (WHATWG HTML, "Server-sent events"). */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #timer: NodeJS.Timeout;
  #dropped = 0;

  /** `onClosed`: the client has disconnected, or the stream was ended. */
  constructor(reply: FastifyReply, onClosed: () => void) {
    this.#reply = reply;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    reply.raw.flushHeaders();
    this.#timer = setInterval(() => reply.raw.write(": \n\n"), KEEP_ALIVE);
    reply.raw.once("close", () => {
      clearInterval(this.#timer);
      onClosed();
    });
    if (reply.request.method === "HEAD") reply.raw.end();
  }

  send(event: string, data: unknown): void {
    const { raw } = this.#reply;
    if (raw.writableEnded || raw.destroyed) return;
    if (raw.writableLength > MAX_BEHIND) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) {
      raw.write(`event: dropped\ndata: ${JSON.stringify({ events: this.#dropped })}\n\n`);
      this.#dropped = 0;
    }
    // JSON.stringify writes no line breaks: one data line is enough.
    raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#reply.raw.end();
  }
}
