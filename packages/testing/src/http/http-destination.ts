import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { TEST_CERTIFICATES } from "./certificates.ts";

export interface ReceivedRequest {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed. */
  readonly body: Buffer;
  /** As it came. */
  readonly raw: Buffer;
}

/** What a request is answered with. */
export interface ScriptedAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** `stall`: never answer. `reset`: break the connection. `cut`: break it in the middle of the answer. */
  readonly fault?: "stall" | "reset" | "cut";
}

export type Answering = ScriptedAnswer | ((request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>);

export interface HttpDestinationOptions {
  /** Serve TLS with the test certificate; `client`: and ask for one of the same authority. */
  readonly tls?: "server" | "client";
  /** Larger bodies are answered with 413. */
  readonly maxBody?: number;
}

/** An HTTP server on a loopback port that keeps what it gets and answers as scripted: the other side of tests. */
export class HttpDestination implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  /** Answers to the next requests, in order; then `otherwise`. */
  readonly script: Answering[] = [];
  otherwise: Answering = {};
  readonly url: string;
  /** The most requests that were open at once. */
  mostOpen = 0;
  #open = 0;
  readonly #server: Server;
  readonly #options: HttpDestinationOptions;

  private constructor(server: Server, options: HttpDestinationOptions) {
    this.#server = server;
    this.#options = options;
    const { port } = server.address() as AddressInfo;
    this.url = `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
    server.on("request", (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: HttpDestinationOptions = {}): Promise<HttpDestination> {
    const { ca, serverCertificate: cert, serverKey: key } = TEST_CERTIFICATES;
    const mutual = options.tls === "client";
    const server =
      options.tls === undefined
        ? createServer()
        : createTlsServer({ cert, key, ca, requestCert: mutual, rejectUnauthorized: mutual });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HttpDestination(server, options);
  }

  /** Bodies of the requests that were answered with success or not at all, as text. */
  bodies(): string[] {
    return this.requests.map(({ body }) => body.toString("utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.#open);
    response.once("close", () => {
      this.#open -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const received: ReceivedRequest = {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: request.headers,
      raw,
      body: decompressed(raw, request.headers["content-encoding"]),
    };
    const tooLarge = this.#options.maxBody !== undefined && raw.length > this.#options.maxBody;
    if (!tooLarge) this.requests.push(received);
    const answering = tooLarge ? { status: 413 } : (this.script.shift() ?? this.otherwise);
    const answer = typeof answering === "function" ? await answering(received) : answering;
    if (answer.fault === "stall") return;
    if (answer.fault === "reset") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, answer.headers);
    if (answer.fault === "cut") {
      response.write(answer.body ?? "partial");
      setImmediate(() => request.socket.destroy());
      return;
    }
    response.end(answer.body ?? "");
  }
}

function decompressed(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === "gzip") return gunzipSync(bytes);
  return encoding === "zstd" ? zstdDecompressSync(bytes) : bytes;
}
