import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface StoreRequest {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * What happens to a request. `pass`: it goes through. `cut`: the connection breaks before the store hears of it. `lose`: the
 * store carries it out, the answer is lost. `blind`: the store does not see the conditions. `{ status, code }`: an error of S3's.
 */
export type Fate = "pass" | "cut" | "lose" | "blind" | { readonly status: number; readonly code: string };

/** Stands between the sink and the store and spoils requests as told. */
export class StoreProxy implements AsyncDisposable {
  readonly requests: StoreRequest[] = [];
  decide: (request: StoreRequest) => Fate = () => "pass";
  readonly url: string;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string, server: Server) {
    this.#target = new URL(target);
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (incoming, answer) => {
      this.#serve(incoming, answer).catch(() => incoming.socket.destroy());
    });
  }

  static async start(target: string): Promise<StoreProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new StoreProxy(target, server);
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "", url: target = "", headers } = incoming;
    const described = { method, target, headers };
    this.requests.push(described);
    const fate = this.decide(described);
    if (fate === "cut") {
      // In the middle of the body, where it has one.
      if (headers["content-length"] !== "0") await once(incoming, "readable");
      incoming.socket.destroy();
      return;
    }
    const body = await buffer(incoming);
    if (typeof fate === "object") {
      answer.writeHead(fate.status, { "content-type": "application/xml" });
      answer.end(`<?xml version="1.0"?><Error><Code>${fate.code}</Code><Message>scripted</Message></Error>`);
      return;
    }
    const forwarded = { ...headers };
    if (fate === "blind") {
      delete forwarded["if-match"];
      delete forwarded["if-none-match"];
    }
    const { hostname, port } = this.#target;
    const outgoing = request({ hostname, port, method, path: target, headers: forwarded });
    outgoing.end(body);
    const [reply] = (await once(outgoing, "response")) as [IncomingMessage];
    const content = await buffer(reply);
    if (fate === "lose") {
      incoming.socket.destroy();
      return;
    }
    answer.writeHead(reply.statusCode ?? 500, reply.headers);
    answer.end(content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
