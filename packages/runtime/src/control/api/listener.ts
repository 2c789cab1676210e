import type { RequestListener, Server, ServerOptions, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import { ConnectorError } from "@iggy-connectors/sdk";
import { formatAddress, parseAddress } from "../config/address.ts";
import { createServer, nodeHttps } from "./node-http.ts";

/** Further connections are closed at once, so that clients cannot use up the descriptors that connectors need. */
const MAX_CONNECTIONS = 256;

/** Milliseconds that a client may take. */
interface ClientTimeouts {
  /** To send the headers, or to complete the TLS handshake. */
  readonly headers: number;
  /** To send the whole request. */
  readonly request: number;
  /** To read a response, from its end on: an event stream that has not ended has no such limit. */
  readonly response: number;
  /** Between two checks of the limits of a request. */
  readonly check: number;
}

const TIMEOUTS: ClientTimeouts = { headers: 10_000, request: 60_000, response: 120_000, check: 2000 };

/** PEM. */
export interface ServerCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface BindOptions {
  /** With a certificate the API is served over HTTPS. */
  readonly certificate?: ServerCertificate | undefined;
  /** Use a free port if the configured one is in use. */
  readonly otherwiseFree?: boolean | undefined;
  readonly timeouts?: ClientTimeouts | undefined;
}

/**
 * The bound socket of the API. It is bound before anything else starts, so that a port in use is found before connectors
 * run. Requests wait until `serve` says how their handler is made; the first of them makes it.
 */
export class ApiListener {
  readonly #server: Server;
  readonly address: string;
  readonly #started = Promise.withResolvers<() => Promise<RequestListener>>();
  #handler: Promise<RequestListener> | undefined;

  private constructor(server: Server, address: string, timeouts: ClientTimeouts) {
    this.#server = server;
    this.address = address;
    server.on("request", (request, response) => {
      limitReading(response, timeouts.response);
      this.#made().then(
        (handler) => handler(request, response),
        () => response.destroy(),
      );
    });
  }

  /** One handler for all requests. When it could not be made, the next request tries again. */
  #made(): Promise<RequestListener> {
    this.#handler ??= this.#started.promise
      .then((make) => make())
      .catch((error: unknown) => {
        this.#handler = undefined;
        throw error;
      });
    return this.#handler;
  }

  /**
   * Binds to `host:port`. Throws `ConnectorError` (`IGC_HTTP_PORT_IN_USE`, `IGC_HTTP_BIND`, `IGC_HTTP_CERTIFICATE`).
   */
  static async bind(address: string, options: BindOptions = {}): Promise<ApiListener> {
    const wanted = parseAddress(address);
    if (wanted === undefined) throw new ConnectorError(`${address} is not host:port`, { code: "IGC_HTTP_BIND" });
    const { certificate, otherwiseFree, timeouts = TIMEOUTS } = options;
    // A client that sends very slowly must not hold a connection forever.
    const limits = {
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      connectionsCheckingInterval: timeouts.check,
    };
    const server =
      certificate === undefined
        ? createServer(limits)
        : secureServer(certificate, { ...limits, handshakeTimeout: timeouts.headers });
    server.maxConnections = MAX_CONNECTIONS;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: wanted.host, port: wanted.port }, () => {
          server.off("error", reject);
          resolve();
        });
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE") {
        throw new ConnectorError(`the HTTP API cannot bind to ${address}: ${message}`, {
          code: "IGC_HTTP_BIND",
          place: "http.address",
          fix: "set http.address (IGGY_CONNECTORS_HTTP_ADDRESS) to an address of this machine",
          cause: error,
        });
      }
      if (otherwiseFree === true) return ApiListener.bind(formatAddress({ host: wanted.host, port: 0 }), options);
      throw new ConnectorError(`the address ${address} of the HTTP API is in use`, {
        code: "IGC_HTTP_PORT_IN_USE",
        place: "http.address",
        fix: "stop the process that uses it, or set http.address (IGGY_CONNECTORS_HTTP_ADDRESS) to another port",
        cause: error,
      });
    }
    const { port } = server.address() as AddressInfo;
    return new ApiListener(server, formatAddress({ host: wanted.host, port }), timeouts);
  }

  /** `make` is called by the first request: an API that nobody asks costs neither time at the start nor memory. */
  serve(make: () => Promise<RequestListener>): void {
    this.#started.resolve(make);
  }

  /** Accepts no more connections, and gives current requests `grace` milliseconds to end. */
  async close(grace = 1000): Promise<void> {
    this.#started.reject(new Error("closed"));
    this.#started.promise.catch(() => {});
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), grace);
    await closed;
    clearTimeout(timer);
  }
}

/** A client that does not read a response would keep it in memory, and its connection, forever. */
function limitReading(response: ServerResponse, limit: number): void {
  response.once("prefinish", () => {
    const timer = setTimeout(() => response.destroy(), limit);
    timer.unref();
    response.once("close", () => clearTimeout(timer));
  });
}

function secureServer(
  certificate: ServerCertificate,
  limits: ServerOptions & Pick<TlsOptions, "handshakeTimeout">,
): Server {
  try {
    return nodeHttps().createServer({ ...limits, cert: certificate.cert, key: certificate.key });
  } catch (error) {
    throw new ConnectorError(`the certificate of the HTTP API cannot be used: ${(error as Error).message}`, {
      code: "IGC_HTTP_CERTIFICATE",
      place: "http.tls",
      fix: "http.tls.cert_file and key_file must be a PEM certificate and its key",
      cause: error,
    });
  }
}
