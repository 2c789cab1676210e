import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Command,
  decodeReplyBody,
  encodeRequest,
  loginWithPassword,
  logout,
  OPERATION,
  type ReplyOutcome,
} from "@iggy-connectors/protocol";
import type { Address } from "./address.ts";
import type { Call } from "./call.ts";
import { Connection, type Reply } from "./connection.ts";
import { CODE, IggyError, toIggyError } from "./errors.ts";
import type { FrameBuffers } from "./frame-buffers.ts";

export interface SessionOptions {
  readonly address: Address;
  readonly username: string;
  readonly password: string;
  /** Milliseconds for the TCP connect. */
  readonly connectTimeout: number;
  /** Milliseconds for the login. */
  readonly requestTimeout: number;
  /** Memory for what is received; outlives the session. */
  readonly buffers: FrameBuffers;
}

/** Waits between repetitions of a request that the server has not decided, milliseconds. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;

/** A logged-in connection. Its requests carry growing numbers; a number never serves two requests. */
export class Session {
  readonly #connection: Connection;
  readonly #client: bigint;
  #session = 0n;
  #nextRequest = 1n;

  private constructor(connection: Connection, client: bigint) {
    this.#connection = connection;
    this.#client = client;
  }

  /**
   * Connects and logs in with a new client id.
   * @throws IggyError when the server cannot be reached or refuses the login; `retryable` tells which.
   */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<Session> {
    const connection = await Connection.open(options.address, options.connectTimeout, signal, options.buffers);
    const session = new Session(connection, randomClientId());
    const abort = (): void => connection.drop(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
    const timer = setTimeout(() => connection.drop(loginTooLate(options)), options.requestTimeout);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await session.#logIn(options);
      return session;
    } catch (error) {
      const reason = toIggyError(error, CODE.invalidFormat, { command: loginWithPassword.name });
      connection.drop(reason);
      throw reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Why the session is lost; undefined while it lives. */
  get lost(): IggyError | undefined {
    return this.#connection.lost;
  }

  /** Aborted when the session is lost. */
  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  /**
   * Executes a call. Where the answer makes the session useless (not logged in, not decodable) the session is lost.
   * @throws IggyError of the server's refusal or of the loss of the session.
   */
  async execute<Response>(call: Call<Response>): Promise<Response> {
    call.written = false;
    call.refusedLogin = false;
    const request = this.#nextRequest;
    const frame = call.encode({ client: this.#client, session: this.#session, request });
    this.#nextRequest = request + 1n;
    if (this.lost !== undefined) throw this.lost;
    call.written = true;
    return await this.#exchange(call.command, frame, request, call.deadline, call);
  }

  async logOut(): Promise<void> {
    const request = this.#nextRequest++;
    const frame = encodeRequest(logout, undefined, { client: this.#client, session: this.#session, request });
    await this.#connection.exchange(frame, request);
  }

  drop(error: IggyError): void {
    this.#connection.drop(error);
  }

  async #logIn(options: SessionOptions): Promise<void> {
    const { username, password, requestTimeout } = options;
    const frame = encodeRequest(
      loginWithPassword,
      { username, password },
      { client: this.#client, session: 0n, request: 0n },
    );
    const result = await this.#exchange(loginWithPassword, frame, 0n, performance.now() + requestTimeout);
    if (result.session === 0n) {
      throw new IggyError(CODE.invalidSession, { detail: "the server answered the login with session 0" });
    }
    this.#session = result.session;
  }

  /**
   * Writes a frame until the server decides it. 57 and 58 mean "not decided" and "not accepted yet": only the identical
   * frame on the same session may follow, otherwise a request that was applied after all would be applied twice. Where a
   * later request may have been applied meanwhile, repeating would change the order, so the answer is given as it is.
   */
  async #exchange<Response>(
    command: Command<unknown, Response>,
    frame: Buffer,
    request: bigint,
    deadline: number,
    call?: Call<Response>,
  ): Promise<Response> {
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      const reply = await this.#connection.exchange(frame, request);
      const outcome = this.#decode(command, reply);
      if (outcome.ok) return outcome.response;
      if (call !== undefined && outcome.code === CODE.unauthenticated) call.refusedLogin = true;
      const undecided = outcome.code === CODE.notCommitted || outcome.code === CODE.notAccepted;
      const overtaken = call?.flow === "behind";
      if (!undecided || overtaken || performance.now() + wait >= deadline) throw this.#refusal(command, outcome.code);
      await this.#pause(wait);
    }
  }

  #decode<Response>(command: Command<unknown, Response>, reply: Reply): ReplyOutcome<Response> {
    try {
      return decodeReplyBody(command, reply.header, reply.body);
    } catch (cause) {
      const error = toIggyError(cause, CODE.invalidFormat, {
        command: command.name,
        advice: "the connection was dropped; check that the server is a release this client knows",
        outcomeUnknown: command.operation !== OPERATION.nonReplicated,
      });
      this.drop(error);
      throw error;
    }
  }

  #refusal(command: Command<unknown, unknown>, code: number): IggyError {
    const sessionGone = code === CODE.unauthenticated || code === CODE.staleClient;
    const error = new IggyError(code, {
      command: command.name,
      outcomeUnknown: code === CODE.notCommitted && command.operation !== OPERATION.nonReplicated,
      ...(sessionGone ? { retryable: true } : {}),
    });
    if (sessionGone) this.drop(error);
    return error;
  }

  /** @throws IggyError of the loss when the session is lost meanwhile. */
  async #pause(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.signal });
    } catch (error) {
      throw this.lost ?? error;
    }
  }
}

/** 128 random bits; never zero, which the server would not take for a client. */
function randomClientId(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) | 1n;
}

function loginTooLate({ address, requestTimeout }: SessionOptions): IggyError {
  return new IggyError(CODE.disconnected, {
    detail: `Iggy at ${address.text} did not answer the login within ${requestTimeout} ms`,
    advice:
      "check that the address is the TCP port of an Iggy server without TLS, and that the server is not overloaded",
    retryable: true,
  });
}
