import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import {
  type Command,
  decodeEviction,
  decodeReplyBody,
  decodeReplyHeader,
  encodeRequest,
  encodeSendMessages,
  FRAME_COMMAND,
  FrameSplitter,
  frameCommand,
  HEADER_SIZE,
  loginWithPassword,
  OPERATION,
  type OutgoingMessage,
  type ReplyHeader,
  sendMessages,
  stampRequest,
} from "@iggy-connectors/protocol";

/** What a reply frame said, before its body is read. */
export type RawReply =
  | { readonly kind: "reply"; readonly header: ReplyHeader; readonly body: Buffer; readonly frame: Buffer }
  | {
      readonly kind: "eviction";
      readonly reason: number;
      readonly minimumVersion: number;
      readonly maximumVersion: number;
      readonly frame: Buffer;
    }
  | { readonly kind: "closed" };

class CommandFailed extends Error {
  readonly code: number;
  constructor(name: string, code: number) {
    super(`${name} answered ${code}`);
    this.code = code;
  }
}

/** A client without manners: it sends what a test tells it and shows what comes back. */
export class RawClient {
  readonly socket: Socket;
  clientId = randomBytes(8).readBigUInt64LE() | 1n;
  session = 0n;
  nextRequest = 1n;
  readonly #splitter = new FrameSplitter();
  readonly #waiting: ((reply: RawReply) => void)[] = [];
  readonly #unasked: RawReply[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#splitter.push(chunk);
      for (let frame = this.#splitter.next(); frame !== undefined; frame = this.#splitter.next()) this.#deliver(frame);
    });
    socket.on("close", () => {
      for (const waiting of this.#waiting.splice(0)) waiting({ kind: "closed" });
    });
  }

  static connect({ host, port }: { host: string; port: number }): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new RawClient(socket)));
      socket.once("error", reject);
    });
  }

  static async loggedIn(server: { host: string; port: number }): Promise<RawClient> {
    const client = await RawClient.connect(server);
    await client.login();
    return client;
  }

  async login(username = "iggy", password = "iggy"): Promise<void> {
    const { session } = await this.call(loginWithPassword, { username, password });
    this.session = session;
  }

  /** The next frame that comes, whether it was asked for or not. */
  next(): Promise<RawReply> {
    const early = this.#unasked.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.socket.destroyed) return Promise.resolve({ kind: "closed" });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends bytes and waits for a frame. */
  raw(bytes: Buffer): Promise<RawReply> {
    const reply = this.next();
    this.socket.write(bytes);
    return reply;
  }

  frame<Request, Response>(command: Command<Request, Response>, request: Request): Buffer {
    const number =
      command.operation === OPERATION.register
        ? 0n
        : command.operation === OPERATION.nonReplicated
          ? this.nextRequest
          : this.nextRequest++;
    return encodeRequest(command, request, { client: this.clientId, session: this.session, request: number });
  }

  async call<Request, Response>(command: Command<Request, Response>, request: Request): Promise<Response> {
    return this.read(command, await this.raw(this.frame(command, request)));
  }

  read<Request, Response>(command: Command<Request, Response>, reply: RawReply): Response {
    if (reply.kind !== "reply") throw new Error(`${command.name} got ${JSON.stringify(reply)}`);
    const outcome = decodeReplyBody(command, reply.header, reply.body);
    if (!outcome.ok) throw new CommandFailed(command.name, outcome.code);
    return outcome.response;
  }

  /** Sends messages to a partition. @returns the offset of the first one. */
  async send(stream: string, topic: string, partition: number, payloads: readonly string[]): Promise<bigint> {
    const reply = await this.raw(this.sendFrame(stream, topic, partition, payloads));
    const [confirmation] = this.read(sendMessages, reply);
    if (confirmation === undefined) throw new Error("a send was answered without a confirmation");
    return confirmation.baseOffset;
  }

  sendFrame(stream: string, topic: string, partition: number, payloads: readonly string[]): Buffer {
    const messages: OutgoingMessage[] = payloads.map((payload) => ({ payload: Buffer.from(payload) }));
    const frame = encodeSendMessages(
      { stream, topic, partitioning: { kind: "partition", partition }, messages },
      Date.now() * 1000,
    );
    stampRequest(frame, { client: this.clientId, session: this.session, request: this.nextRequest++ });
    return frame;
  }

  close(): void {
    this.socket.destroy();
  }

  #deliver(frame: Buffer): void {
    const reply = describeFrame(frame);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#unasked.push(reply);
    else waiting(reply);
  }
}

/** Reads the header of a frame that came from a server. */
export function describeFrame(frame: Buffer): RawReply {
  if (frameCommand(frame) === FRAME_COMMAND.eviction) return { kind: "eviction", frame, ...decodeEviction(frame) };
  return { kind: "reply", header: decodeReplyHeader(frame), body: frame.subarray(HEADER_SIZE), frame };
}
