import type { FastifyReply } from "fastify";

/** Milliseconds between comments, which keep proxies from closing an idle connection. */
const KEEP_ALIVE = 15_000;
/** Maximum number of bytes that wait to be sent. Further events are dropped, so that a slow client cannot fill the memory. */
const MAX_BEHIND = 1024 * 1024;
/** Comments that may wait to be sent. The next time, the client has taken none for a minute. */
const MAX_WAITING = 4;

/** Server-sent events to one client (WHATWG HTML, "Server-sent events"). */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #timer: NodeJS.Timeout;
  #dropped = 0;
  /** Comments that the client has not taken. */
  #waiting = 0;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    reply.raw.flushHeaders();
    this.#timer = setInterval(() => this.#keepAlive(), KEEP_ALIVE);
    this.onClosed(() => clearInterval(this.#timer));
    if (reply.request.method === "HEAD") reply.raw.end();
  }

  /** `listener` is called once: the client has disconnected or takes nothing, or the stream was ended. */
  onClosed(listener: () => void): void {
    const { raw } = this.#reply;
    // The client may have disconnected while its request was examined.
    if (raw.destroyed) listener();
    else raw.once("close", listener);
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

  /** A client that does not read would keep its connection, and what feeds the stream, forever. */
  #keepAlive(): void {
    const { raw } = this.#reply;
    if (this.#waiting === MAX_WAITING) {
      raw.destroy();
      return;
    }
    this.#waiting += 1;
    raw.write(": \n\n", () => {
      this.#waiting = 0;
    });
  }
}
