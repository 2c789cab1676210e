import { connect, type Socket } from "node:net";
import {
  decodeEviction,
  decodeReplyHeader,
  FrameAssembler,
  frameCommand,
  HEADER_SIZE,
  ProtocolError,
  type ReplyHeader,
} from "@iggy-connectors/protocol";
import type { Address } from "./address.ts";
import { CODE, IggyError, toIggyError } from "./errors.ts";
import { evictionError } from "./evictions.ts";
import type { FrameBuffers } from "./frame-buffers.ts";

/** One answer; `body` is a view of the received frame and keeps it alive. */
export interface Reply {
  readonly header: ReplyHeader;
  readonly body: Buffer;
}

interface Exchange {
  resolve(reply: Reply): void;
  reject(error: IggyError): void;
}

const REPLY = 8;
const EVICTION = 13;
const KEEP_ALIVE_DELAY = 15_000;
/** Bytes of one read at most; a poll of a thousand small messages fits. */
const READ_SIZE = 256 * 1024;

/**
 * A socket that carries frames. An answer is taken only by the request whose number it carries, in whatever order answers
 * come, so a late or repeated answer never answers another request. Once lost, a connection stays lost.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #assembler: FrameAssembler;
  readonly #lost = new AbortController();
  #error: IggyError | undefined;
  readonly #exchanges = new Map<bigint, Exchange>();
  #framesSeen = false;

  private constructor(socket: Socket, address: Address, buffers: FrameBuffers) {
    this.#socket = socket;
    this.#address = address;
    this.#assembler = new FrameAssembler((size) => buffers.take(size));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    socket.on("error", (error) => this.drop(this.#lostBy(error)));
    socket.on("close", () => this.drop(this.#lostBy(undefined)));
  }

  /**
   * Connects within `timeout` milliseconds.
   * @throws IggyError 9 when the server cannot be reached, 63 when `signal` is aborted first.
   */
  static open(address: Address, timeout: number, signal: AbortSignal, buffers: FrameBuffers): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let connection: Connection | undefined;
      // One read buffer for the life of the socket instead of a new one for each read.
      const read = Buffer.allocUnsafeSlow(READ_SIZE);
      const onread = {
        buffer: read,
        callback(length: number): boolean {
          connection?.receive(read.subarray(0, length));
          return true;
        },
      };
      const socket = connect({ host: address.host, port: address.port, onread });
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        socket.off("connect", succeed);
        socket.off("error", refused);
      };
      const fail = (error: IggyError): void => {
        settle();
        // A socket that is being destroyed may still report an error; there is nobody left to tell.
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      };
      const succeed = (): void => {
        settle();
        connection = new Connection(socket, address, buffers);
        resolve(connection);
      };
      const refused = (error: NodeJS.ErrnoException): void =>
        fail(unreachable(address, error.code ?? error.message, error));
      const abort = (): void => fail(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
      const timer = setTimeout(() => fail(unreachable(address, `no answer in ${timeout} ms`)), timeout);
      signal.addEventListener("abort", abort, { once: true });
      socket.on("connect", succeed);
      socket.on("error", refused);
      if (signal.aborted) abort();
    });
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
      if (!this.#framesSeen) this.#refuseOlderProtocol(chunk);
      this.#assembler.push(chunk, (frame) => this.#accept(frame));
    } catch (error) {
      this.drop(
        toIggyError(error, CODE.invalidFormat, {
          detail: `${this.#address.text} sent bytes that are not Iggy's: ${error instanceof Error ? error.message : error}`,
          advice: "check that the address is the TCP port of an Iggy 0.9 server",
          retryable: true,
        }),
      );
    }
  }

  #accept(frame: Buffer): void {
    if (this.#error !== undefined) return;
    const command = frameCommand(frame);
    if (command === EVICTION) {
      this.drop(evictionError(decodeEviction(frame), this.#address));
      return;
    }
    if (command !== REPLY) throw new ProtocolError(`frame command ${command} is neither a reply nor an eviction`);
    const header = decodeReplyHeader(frame);
    const exchange = this.#exchanges.get(header.request);
    // A number that is not in flight is that of an answer repeated by the server: nobody waits for it.
    if (exchange === undefined) return;
    this.#exchanges.delete(header.request);
    exchange.resolve({ header, body: frame.subarray(HEADER_SIZE) });
  }

  /** Iggy 0.8 and older answer our first frame with errors of their own framing, which starts with a nonzero status. */
  #refuseOlderProtocol(chunk: Buffer): void {
    this.#framesSeen = true;
    if (chunk.length < 4 || chunk.readUInt32LE(0) === 0) return;
    throw new IggyError(CODE.incompatibleProtocol, {
      detail: `${this.#address.text} does not speak the protocol of Iggy 0.9`,
      advice: "upgrade the server (0.8 and older speak another protocol), or check that the port is Iggy's TCP port",
    });
  }

  #lostBy(error: NodeJS.ErrnoException | undefined): IggyError {
    const reason = error === undefined ? "the server closed it" : (error.code ?? error.message);
    return new IggyError(CODE.disconnected, {
      detail: `lost the connection to Iggy at ${this.#address.text} (${reason})`,
      ...(error === undefined ? {} : { cause: error }),
    });
  }
}

function unreachable(address: Address, reason: string, cause?: Error): IggyError {
  return new IggyError(CODE.cannotEstablishConnection, {
    detail: `cannot reach Iggy at ${address.text} (${reason})`,
    advice: "check that the server runs, that the address is its TCP address, and that no firewall is between",
    ...(cause === undefined ? {} : { cause }),
  });
}
