import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type CommandLayout, FrameSplitter, legacy, MAX_FRAME_SIZE, Reader } from "@iggy-connectors/protocol";

const EXCHANGES = new URL("../../protocol/src/legacy/fixtures/exchanges/", import.meta.url);
const NO_COMMAND = legacy.encodeStatus(3);

/** One recorded exchange with a real server of 0.8. */
export function recorded(name: string): { readonly request: Buffer; readonly response: Buffer } {
  const { request_hex, response_hex } = JSON.parse(readFileSync(new URL(`${name}.json`, EXCHANGES), "utf8"));
  return { request: Buffer.from(request_hex, "hex"), response: Buffer.from(response_hex, "hex") };
}

/** One received request of the legacy protocol. */
export class LegacyRequest {
  readonly frame: Buffer;
  readonly code: number;
  /** Number of the connection it came on: 1, 2, … */
  readonly connection: number;

  constructor(frame: Buffer, connection: number) {
    this.frame = frame;
    this.code = legacy.decodeRequestCode(frame);
    this.connection = connection;
  }

  is({ code }: CommandLayout<unknown, unknown>): boolean {
    return this.code === code;
  }

  read<Request>(command: CommandLayout<Request, unknown>): Request {
    return command.decodeRequest(new Reader(this.frame.subarray(legacy.HEADER_SIZE)));
  }

  ok<Response>(command: CommandLayout<unknown, Response>, response?: Response): Buffer {
    return legacy.encodeResponse(command, response);
  }

  status(code: number): Buffer {
    return legacy.encodeStatus(code);
  }
}

export type LegacyAnswer = Buffer | "silence" | "drop";

/** Decides an answer; `undefined` leaves it to what was recorded of logins, pings, stats and rosters. */
export type LegacyScript = (request: LegacyRequest) => LegacyAnswer | undefined;

/** Answers of a real server where the script does not say. */
const DEFAULTS: readonly [CommandLayout<unknown, unknown>, string][] = [
  [legacy.loginWithPassword, "login"],
  [legacy.loginWithToken, "login-pat"],
  [legacy.logout, "logout"],
  [legacy.ping, "ping"],
  [legacy.getStats, "get-stats"],
  [legacy.getClusterMetadata, "get-cluster-metadata"],
];

/** A server of 0.8 that answers as its script says, and as the real one to frames of later protocols. */
export class LegacyServer {
  readonly requests: LegacyRequest[] = [];
  script: LegacyScript;
  connections = 0;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, script: LegacyScript) {
    this.#server = server;
    this.script = script;
    server.on("connection", (socket) => this.#serve(socket));
  }

  static async start(script: LegacyScript = () => undefined, port = 0): Promise<LegacyServer> {
    const server = createServer();
    const scripted = new LegacyServer(server, script);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    scripted.port = (server.address() as AddressInfo).port;
    return scripted;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  received(command: CommandLayout<unknown, unknown>): LegacyRequest[] {
    return this.requests.filter((request) => request.is(command));
  }

  /** Writes to every open connection without being asked. */
  write(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections;
    const splitter = new FrameSplitter(MAX_FRAME_SIZE, legacy.REQUEST_SIZING);
    let start = Buffer.alloc(0);
    let inSync = false;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      if (inSync) splitter.push(chunk);
      else {
        // A header with a length below 4 is answered, and nothing but it is taken.
        start = Buffer.concat([start, chunk]);
        for (; start.length >= 8 && start.readUInt32LE(0) < 4; start = start.subarray(8)) socket.write(NO_COMMAND);
        if (start.length < 8) return;
        inSync = true;
        splitter.push(start);
      }
      for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
        this.#answer(socket, new LegacyRequest(frame, connection));
      }
    });
  }

  #answer(socket: Socket, request: LegacyRequest): void {
    this.requests.push(request);
    const answer = this.script(request) ?? defaultAnswer(request);
    if (answer === "drop") socket.destroy();
    else if (answer !== "silence") socket.write(answer);
  }
}

function defaultAnswer(request: LegacyRequest): Buffer {
  const found = DEFAULTS.find(([command]) => request.is(command));
  return found === undefined ? NO_COMMAND : recorded(found[1]).response;
}
