import type { Socket } from "node:net";
import {
  decodeRequestHeader,
  EVICTION,
  FRAME_COMMAND,
  FrameSplitter,
  frameCommand,
  MAX_FRAME_SIZE,
  ProtocolError,
  type RequestHeader,
  VSR_SIZING,
} from "@iggy-connectors/protocol";
import type { Reply } from "../handlers/route.ts";
import type { Logger } from "../logger.ts";
import { evict } from "./eviction.ts";
import { LegacyRefusal } from "./legacy-refusal.ts";
import type { Session } from "./session.ts";

/** A reader slower than this many bytes of replies gets no further requests served until it has read them. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** Only pings and logins come before the first login; a client that is not logged in gets no memory for more. */
const MAX_FRAME_BEFORE_LOGIN = 64 * 1024;
/** Replies of more pieces than this are joined into one buffer: a system call per piece would cost more. */
const MAX_PIECES = 64;
/** A frame begins with a zero checksum; the framing of 0.8 and older begins with a length, never 0. */
const PREAMBLE_SIZE = 4;
/** The highest frame command between replicas; a higher number is not a frame of this protocol. */
const HIGHEST_COMMAND = 29;
/** Milliseconds without traffic after which the system asks whether the other side is still there. */
const KEEP_ALIVE_DELAY = 60_000;
/** Milliseconds a closing connection has to take its last reply. */
const CLOSE_TIMEOUT = 1000;

/** Answers one request; never rejects. */
export type Answer = (connection: Connection, header: RequestHeader, frame: Buffer) => Promise<Reply>;

/**
 * One client connection: cuts the byte stream into frames, serves them one after another and writes the replies.
 * Whatever a client sends, only its own connection ends.
 */
export class Connection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly localPort: number;
  /** Set while logged in. */
  session: Session | undefined;
  /** Milliseconds, monotonic: when the last bytes came. */
  lastSeen: number;

  readonly #socket: Socket;
  readonly #logger: Logger;
  readonly #answer: Answer;
  readonly #now: () => number;
  readonly #splitter = new FrameSplitter(MAX_FRAME_SIZE, {
    ...VSR_SIZING,
    sizeOf: (prefix) => VSR_SIZING.sizeOf(prefix, this.#hasLoggedIn ? MAX_FRAME_SIZE : MAX_FRAME_BEFORE_LOGIN),
  });
  /**
   * Whether there ever was a login on this connection: from then on it may send large requests, also after an eviction.
   */
  #hasLoggedIn = false;
  #preamble = 0;
  /** Set when the client turned out to speak the legacy dialect. */
  #legacy: LegacyRefusal | undefined;
  #serving: Promise<void> | undefined;
  #superseded = false;
  #closing = false;

  constructor(id: number, socket: Socket, logger: Logger, now: () => number, answer: Answer) {
    this.id = id;
    this.remoteAddress = `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
    this.localAddress = (socket.localAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
    this.localPort = socket.localPort ?? 0;
    this.#socket = socket;
    this.#logger = logger;
    this.#answer = answer;
    this.#now = now;
    this.lastSeen = now();
    socket.setNoDelay(true);
    // A client that vanished must not keep its session.
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#logger("debug", "connection failed", this.#fields(error.message)));
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Whether another connection took this one's session over. */
  get superseded(): boolean {
    return this.#superseded;
  }

  supersede(): void {
    this.#superseded = true;
    this.session = undefined;
  }

  /** Tells a client that it was silent for too long; it may log in again on this connection. */
  evictStale(): void {
    if (this.session !== undefined) this.#socket.write(evict(this.session.clientId, EVICTION.staleClient.reason));
  }

  /** Lets the request that is being served end, then closes. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#socket.pause();
    // A client that does not read its last reply must not hold up the server's end.
    const deadline = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT);
    await this.#serving;
    if (!this.#socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#socket.once("close", () => resolve());
        this.#socket.end(() => this.#socket.destroy());
      });
    }
    clearTimeout(deadline);
  }

  #receive(chunk: Buffer): void {
    if (this.#socket.destroyed) return;
    this.lastSeen = this.#now();
    if (this.#legacy !== undefined) {
      this.#refuseLegacy(this.#legacy, chunk);
      return;
    }
    if (this.#preamble < PREAMBLE_SIZE && !this.#isFramed(chunk)) return;
    this.#splitter.push(chunk);
    if (this.#serving !== undefined) {
      // More requests than the one being served: they wait in the socket, not in memory.
      this.#socket.pause();
      return;
    }
    this.#serving = this.#serve().finally(() => {
      this.#serving = undefined;
      if (!this.#closing && this.#socket.isPaused()) this.#socket.resume();
    });
  }

  /** Whether the stream begins as a frame does; a legacy client is answered from then on in its own framing. */
  #isFramed(chunk: Buffer): boolean {
    const before = this.#preamble;
    for (const byte of chunk.subarray(0, PREAMBLE_SIZE - before)) {
      if (byte !== 0) {
        this.#logger(
          "warn",
          "a client speaks the protocol of Iggy 0.8 or older, or another protocol; this server speaks that of Iggy 0.9: update the client",
          this.#fields(),
        );
        this.#legacy = new LegacyRefusal();
        this.#refuseLegacy(this.#legacy, Buffer.concat([Buffer.alloc(before), chunk]));
        return false;
      }
      this.#preamble++;
    }
    return true;
  }

  #refuseLegacy(refusal: LegacyRefusal, chunk: Buffer): void {
    const answer = refusal.receive(chunk);
    // A client that keeps sending requests and does not read gets no more memory than any other.
    if (answer === undefined || this.#socket.writableLength > MAX_UNSENT_BYTES) this.#socket.destroy();
    else if (answer.length > 0) this.#socket.write(answer);
  }

  async #serve(): Promise<void> {
    try {
      while (!this.#socket.destroyed && !this.#closing) {
        const frame = this.#splitter.next();
        if (frame === undefined) return;
        await this.#serveFrame(frame);
      }
    } catch (error) {
      const level = error instanceof ProtocolError ? "warn" : "error";
      this.#logger(level, "closing a connection that does not follow the protocol", this.#fields(String(error)));
      this.#socket.destroy();
    }
  }

  async #serveFrame(frame: Buffer): Promise<void> {
    const command = frameCommand(frame);
    if (command !== FRAME_COMMAND.request) {
      if (command > HIGHEST_COMMAND) throw new ProtocolError(`no frame has the command ${command}`);
      return;
    }
    const reply = await this.#answer(this, decodeRequestHeader(frame), frame);
    this.#hasLoggedIn ||= this.session !== undefined;
    await this.#send(reply);
  }

  async #send(reply: Reply): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const pieces = Buffer.isBuffer(reply) ? [reply] : reply.length > MAX_PIECES ? [Buffer.concat(reply)] : reply;
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) socket.write(piece);
    if (pieces.length > 1) socket.uncork();
    if (socket.writableLength > MAX_UNSENT_BYTES) await this.#drained();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }

  #fields(reason?: string): Record<string, unknown> {
    return { address: this.remoteAddress, ...(reason === undefined ? {} : { reason }) };
  }
}
