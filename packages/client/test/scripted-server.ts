import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from "node:tls";
import {
  type ClusterNode,
  type Command,
  decodeRequestHeader,
  EVICTION,
  type EvictionName,
  encodeEviction,
  encodeReply,
  encodeResultReply,
  encodeStatusReply,
  FrameSplitter,
  getClusterMetadata,
  HEADER_SIZE,
  loginWithPassword,
  logout,
  OPERATION,
  PROTOCOL_VERSION,
  ProtocolError,
  ping,
  Reader,
  type RequestHeader,
} from "@iggy-connectors/protocol";

/** One received request. */
export class ReceivedRequest {
  readonly header: RequestHeader;
  readonly frame: Buffer;
  /** Number of the connection it came on: 1, 2, … */
  readonly connection: number;

  constructor(frame: Buffer, connection: number) {
    this.header = decodeRequestHeader(frame);
    this.frame = frame;
    this.connection = connection;
  }

  is(command: Command<unknown, unknown>): boolean {
    const { operation, code } = this.header;
    return operation === command.operation && (operation !== OPERATION.nonReplicated || code === command.code);
  }

  /** The ping by which a client finds out what a server speaks. */
  get isProbe(): boolean {
    return this.header.session === 0n && this.is(ping);
  }

  /** The request as the command reads it. */
  read<Request>(command: Command<Request, unknown>): Request {
    return command.decodeRequest(new Reader(this.frame.subarray(HEADER_SIZE)));
  }

  ok<Response>(command: Command<unknown, Response>, response?: Response): Buffer {
    return encodeReply(command, response, this.header);
  }

  status(code: number): Buffer {
    return encodeStatusReply(this.header.operation, code, this.header);
  }

  result(code: number): Buffer {
    return encodeResultReply(this.header.operation, code, this.header);
  }

  evict(name: EvictionName, minimumVersion = 0, maximumVersion = 0): Buffer {
    const { client } = this.header;
    return encodeEviction({ client, reason: EVICTION[name].reason, minimumVersion, maximumVersion });
  }
}

/** What to answer: these writes one after the other, nothing, or the end of the connection. */
export type Answer = Buffer | readonly Buffer[] | "silence" | "drop";

/**
 * Decides an answer; `undefined` leaves it to the default: logins, pings and logouts succeed, the roster has one node.
 */
export type Script = (request: ReceivedRequest) => Answer | undefined;

interface Waiter {
  readonly matches: (request: ReceivedRequest) => boolean;
  readonly resolve: (request: ReceivedRequest) => void;
}

/** A TCP server that answers as its script says. */
export class ScriptedServer {
  /** In order; without the pings and roster reads of a connect, unless the script answers them. */
  readonly requests: ReceivedRequest[] = [];
  script: Script;
  /** Also once it is closed. */
  port = 0;
  /** What to answer to a client that asks what is spoken here; absent: a ping's reply. */
  probeAnswer: Answer | undefined;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, number>();
  #waiters: Waiter[] = [];
  #connections = 0;
  #logins = 0n;

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket) => this.#serve(socket));
    server.on("tlsClientError", () => {});
  }

  /** With `tls`, every connection is secured from its first byte. */
  static async start(script: Script = () => undefined, port = 0, tls?: TlsOptions): Promise<ScriptedServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const scripted = new ScriptedServer(server, script);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    scripted.port = (server.address() as AddressInfo).port;
    return scripted;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Numbers of the connections that are still open. */
  get openConnections(): number[] {
    return [...this.#sockets.values()];
  }

  received(command: Command<unknown, unknown>): ReceivedRequest[] {
    return this.requests.filter((request) => request.is(command));
  }

  /** The next request of a command that is yet to come. */
  next(command: Command<unknown, unknown>): Promise<ReceivedRequest> {
    return new Promise((resolve) => {
      this.#waiters.push({ matches: (request) => request.is(command), resolve });
    });
  }

  /** Writes to every open connection without being asked. */
  write(bytes: Buffer): void {
    for (const socket of this.#sockets.keys()) socket.write(bytes);
  }

  dropConnections(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const connection = ++this.#connections;
    const splitter = new FrameSplitter();
    this.#sockets.set(socket, connection);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      splitter.push(chunk);
      try {
        for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
          this.#answer(socket, new ReceivedRequest(frame, connection));
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        socket.destroy(); // As a server does with bytes that are not a frame.
      }
    });
  }

  #answer(socket: Socket, request: ReceivedRequest): void {
    if (request.isProbe) {
      this.#write(socket, this.probeAnswer ?? request.ok(ping));
      return;
    }
    this.requests.push(request);
    const scripted = this.script(request);
    if (scripted === undefined && request.is(getClusterMetadata))
      this.requests.splice(this.requests.indexOf(request), 1);
    this.#write(socket, scripted ?? this.#defaultAnswer(request));
    const told = this.#waiters.filter((waiter) => waiter.matches(request));
    this.#waiters = this.#waiters.filter((waiter) => !told.includes(waiter));
    for (const waiter of told) waiter.resolve(request);
  }

  #write(socket: Socket, answer: Answer): void {
    if (answer === "drop") socket.destroy();
    else if (Buffer.isBuffer(answer)) socket.write(answer);
    else if (answer !== "silence") for (const part of answer) socket.write(part);
  }

  #defaultAnswer(request: ReceivedRequest): Answer {
    if (request.is(loginWithPassword)) {
      this.#logins += 1n;
      const session = this.#logins;
      const serverVersion = "0.9.0-scripted";
      return request.ok(loginWithPassword, { userId: 0, session, protocolVersion: PROTOCOL_VERSION, serverVersion });
    }
    if (request.is(getClusterMetadata)) {
      return request.ok(getClusterMetadata, { name: "scripted", nodes: [node(this.port, "leader")] });
    }
    if (request.is(ping)) return request.ok(ping);
    if (request.is(logout)) return request.ok(logout);
    throw new Error(`the script does not answer operation ${request.header.operation}, code ${request.header.code}`);
  }
}

/** A roster's entry of a server on this machine. */
export function node(tcpPort: number, role: ClusterNode["role"]): ClusterNode {
  const ports = { tcpPort, quicPort: 0, httpPort: 0, webSocketPort: 0 };
  return { name: `node-${tcpPort}`, ip: "127.0.0.1", ...ports, role, status: "healthy" };
}
