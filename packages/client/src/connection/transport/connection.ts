import type { Socket } from "node:net";
import type { Address } from "../../configuration/address.ts";
import { CODE, IggyError, toIggyError } from "../../errors/errors.ts";
import { openSocket, type SocketOptions } from "./socket.ts";
import { tlsError } from "./tls.ts";

/** What a dialect reads out of the received bytes. */
export interface FrameSink<Reply> {
  /** An answer; `request` is the number it carries, or `undefined` where answers carry none and come in order. */
  reply(reply: Reply, request: bigint | undefined): void;
  /** The server ends the session. */
  end(error: IggyError): void;
}

/** Takes bytes apart into frames. Throws when the bytes are not a frame; the connection is then lost. */
export interface Framing<Reply> {
  /** An answer without a number has begun. Where no request waits, it cannot be an answer. */
  readonly isMidAnswer: boolean;
  push(chunk: Buffer, sink: FrameSink<Reply>): void;
}

interface Exchange<Reply> {
  resolve(reply: Reply): void;
  reject(error: IggyError): void;
}

/**
 * A socket that carries frames. An answer is taken only by the request whose number it carries, in whatever order
 * answers come, so a late or repeated answer never answers another request; answers without numbers come in the order
 * of their requests. Once lost, a connection stays lost.
 */
export class Connection<Reply> {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #framing: Framing<Reply>;
  readonly #lost = new AbortController();
  readonly #sink: FrameSink<Reply> = {
    reply: (reply, request) => this.#accept(reply, request),
    end: (error) => this.drop(error),
  };
  #error: IggyError | undefined;
  /** In the order of the requests. */
  readonly #exchanges = new Map<bigint, Exchange<Reply>>();

  private constructor(socket: Socket, address: Address, framing: Framing<Reply>) {
    this.#socket = socket;
    this.#framing = framing;
    this.address = address;
    socket.on("error", (error) => this.drop(tlsError(error, address) ?? this.#lostBy(error)));
    socket.on("close", () => this.drop(this.#lostBy(undefined)));
    if (socket.destroyed) this.drop(this.#lostBy(undefined));
  }

  /**
   * @throws IggyError 9 when the server cannot be reached, 64 to 67 when TLS fails, 63 when `signal` is aborted first.
   */
  static async open<Reply>(
    address: Address,
    options: SocketOptions,
    framing: Framing<Reply>,
    signal: AbortSignal,
  ): Promise<Connection<Reply>> {
    let connection: Connection<Reply> | undefined;
    // A server does not speak first, so nothing can come before the connection is there.
    const socket = await openSocket(address, options, signal, (chunk) => connection?.receive(chunk));
    connection = new Connection(socket, address, framing);
    return connection;
  }

  /** Why the connection is lost; undefined while it lives. */
  get lost(): IggyError | undefined {
    return this.#error;
  }

  /** Aborted when the connection is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Writes a whole request frame and waits for the answer that carries its number.
   * @throws IggyError (of the loss) when the connection is lost before the answer came.
   */
  exchange(frame: Buffer, request: bigint): Promise<Reply> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#exchanges.has(request)) throw new Error(`request ${request} is in flight already`);
    return new Promise((resolve, reject) => {
      this.#exchanges.set(request, { resolve, reject });
      this.#socket.write(frame);
    });
  }

  /** Ends the connection at once; requests in flight fail with `error`, in their order. */
  drop(error: IggyError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.destroy();
    const exchanges = [...this.#exchanges.values()];
    this.#exchanges.clear();
    this.#lost.abort();
    for (const exchange of exchanges) exchange.reject(error);
  }

  /** Takes in what the socket read; the memory of `chunk` may be overwritten afterwards. */
  receive(chunk: Buffer): void {
    try {
      this.#framing.push(chunk, this.#sink);
      if (this.#framing.isMidAnswer && this.#exchanges.size === 0) this.drop(this.#unasked());
    } catch (error) {
      this.drop(
        toIggyError(error, CODE.invalidFormat, {
          detail: `${this.address.text} sent bytes that are not Iggy's: ${error instanceof Error ? error.message : error}`,
          advice: "check that the address is the TCP port of an Iggy server, with TLS if the server expects it",
          retryable: true,
        }),
      );
    }
  }

  #accept(reply: Reply, number: bigint | undefined): void {
    if (this.#error !== undefined) return;
    const request = number ?? this.#oldest();
    if (request === undefined) {
      this.drop(this.#unasked());
      return;
    }
    const exchange = this.#exchanges.get(request);
    // A number that is not in flight is that of an answer repeated by the server: no call waits for it.
    if (exchange === undefined) return;
    this.#exchanges.delete(request);
    exchange.resolve(reply);
  }

  /** Without numbers an unexpected answer could not be told from the next one. */
  #unasked(): IggyError {
    return this.#lostBy(undefined, "it sent an answer without a request");
  }

  #oldest(): bigint | undefined {
    for (const request of this.#exchanges.keys()) return request;
    return undefined;
  }

  #lostBy(error: NodeJS.ErrnoException | undefined, why = "the server closed it"): IggyError {
    const reason = error === undefined ? why : (error.code ?? error.message);
    return new IggyError(CODE.disconnected, {
      detail: `lost the connection to Iggy at ${this.address.text} (${reason})`,
      ...(error === undefined ? {} : { cause: error }),
    });
  }
}
