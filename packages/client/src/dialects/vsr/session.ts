import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ClusterMetadata,
  type Command,
  type ConsumerSession,
  encodeRequest,
  formatVersion,
  getClusterMetadata,
  isMetadataOperation,
  logout,
  OPERATION,
  pollMessagesOnPrimary,
  type ReplyOutcome,
} from "@iggy-connectors/protocol";
import type { Address } from "../../configuration/address.ts";
import { type Login, readLogin } from "../../configuration/credentials.ts";
import type { Call } from "../../connection/call.ts";
import { encodeOrName } from "../../connection/encode-fault.ts";
import type { Connection } from "../../connection/transport/connection.ts";
import { CODE, IggyError, toIggyError } from "../../errors/errors.ts";
import { type ServerIdentity, type Session, type SessionOptions, tooLate } from "../dialect.ts";
import type { VsrReply } from "./framing.ts";
import { PartitionRouter } from "./partition-router.ts";
import type { VsrVersion } from "./version.ts";

/** Waits between repetitions of a request that the server has not decided, milliseconds. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;
/** Milliseconds of "not accepted" after which the roster is read for a node that accepts. */
const ASK_ROSTER_AFTER = 2000;

/** Repetitions of one request: what was learnt about it on the way. */
interface Repetition {
  /** "Not committed" was answered: the server may still apply it, so no other session may repeat it. */
  undecided: boolean;
  askRosterAt: number;
}

/** Opens a session at another node of the cluster, for calls that belong there. */
export type OpenBeside = (address: Address, signal: AbortSignal) => Promise<VsrSession>;

/** A logged-in connection. Its requests carry growing numbers; a number never serves two requests. */
export class VsrSession implements Session {
  readonly needsPings = false;
  readonly #connection: Connection<VsrReply>;
  readonly #version: VsrVersion;
  readonly #options: SessionOptions;
  readonly #client = randomClientId();
  #session = 0n;
  #nextRequest = 1n;
  #serverVersion: string | undefined;
  /** Highest position of the metadata log that an answer showed. */
  #commit = 0n;
  #router: PartitionRouter | undefined;
  /** Absent: this is itself a session beside another one. */
  readonly #openBeside: OpenBeside | undefined;

  private constructor(
    connection: Connection<VsrReply>,
    version: VsrVersion,
    options: SessionOptions,
    openBeside: OpenBeside | undefined,
  ) {
    this.#connection = connection;
    this.#version = version;
    this.#options = options;
    this.#openBeside = openBeside;
  }

  /**
   * Logs in on a connection, with a new client id. The connection is lost where that fails. With `openBeside` the
   * session takes calls to the nodes they belong to; without, it is such a session beside another one.
   */
  static async logIn(
    connection: Connection<VsrReply>,
    version: VsrVersion,
    options: SessionOptions,
    signal: AbortSignal,
    openBeside?: OpenBeside,
  ): Promise<VsrSession> {
    const session = new VsrSession(connection, version, options, openBeside);
    const abort = (): void => connection.drop(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
    const timer = setTimeout(
      () => connection.drop(tooLate(connection.address, "the login", options.requestTimeout)),
      options.requestTimeout,
    );
    signal.addEventListener("abort", abort, { once: true });
    try {
      await session.#logIn(await readLogin(options.credentials));
      return session;
    } catch (error) {
      const reason = toIggyError(error, CODE.invalidFormat, { command: "login" });
      connection.drop(reason);
      throw reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  get address(): Address {
    return this.#connection.address;
  }

  get server(): ServerIdentity {
    return {
      address: this.address.text,
      protocol: formatVersion(this.#version.number),
      version: this.#serverVersion,
    };
  }

  get lost(): IggyError | undefined {
    return this.#connection.lost;
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  get consumerSession(): ConsumerSession {
    return { client: this.#client, session: this.#session, metadataWatermark: this.#commit };
  }

  useRoster({ nodes }: ClusterMetadata): void {
    const open = this.#openBeside;
    if (nodes.length < 2 || open === undefined) return;
    this.#router ??= new PartitionRouter(this, (address) => open(address, this.signal));
  }

  async execute<Response>(call: Call<Response>, command = call.command): Promise<Response> {
    if (this.#router?.takes(call) === true) {
      const answer = await this.#router.execute(call);
      if (answer.routed) return answer.response as Response;
    }
    call.written = false;
    call.refusedLogin = false;
    const request = this.#nextRequest;
    const session = { client: this.#client, session: this.#session, request };
    const frame = encodeOrName(call.work, (work) => this.#version.encode(command, work, session));
    this.#nextRequest = request + 1n;
    call.carriedBy = this;
    if (this.lost !== undefined) throw this.lost;
    return await this.#exchange(command, frame, request, call.deadline, call);
  }

  async query<Request, Response>(command: Command<Request, Response>, request: Request): Promise<Response> {
    const session = { client: this.#client, session: this.#session, request: this.#nextRequest++ };
    const frame = encodeRequest(command, request, session);
    const { requestTimeout } = this.#options;
    const timer = setTimeout(() => this.drop(tooLate(this.address, command.name, requestTimeout)), requestTimeout);
    try {
      const outcome = this.#version.decode(command, await this.#connection.exchange(frame, session.request));
      if (outcome.ok) return outcome.response;
      throw new IggyError(outcome.code, { command: command.name });
    } finally {
      clearTimeout(timer);
    }
  }

  async logOut(): Promise<void> {
    const request = this.#nextRequest++;
    const frame = encodeRequest(logout, undefined, { client: this.#client, session: this.#session, request });
    await this.#connection.exchange(frame, request);
  }

  drop(error: IggyError): void {
    this.#connection.drop(error);
  }

  async #logIn(login: Login): Promise<void> {
    const { command, work } = this.#version.login(login);
    const frame = this.#version.encode(command, work, { client: this.#client, session: 0n, request: 0n });
    const deadline = performance.now() + this.#options.requestTimeout;
    const result = await this.#exchange(command, frame, 0n, deadline);
    if (result.session === 0n) {
      throw new IggyError(CODE.invalidSession, { detail: "the server answered the login with session 0" });
    }
    this.#session = result.session;
    this.#serverVersion = result.serverVersion;
  }

  /**
   * Writes a frame until the server decides it. 57 and 58 mean "not decided" and "not accepted yet": only the identical
   * frame on the same session may follow, otherwise a request that was applied after all would be applied twice. Where
   * a later request may have been applied meanwhile, repeating would change the order, so the answer is given as it is.
   */
  async #exchange<Response>(
    command: Command<unknown, Response>,
    frame: Buffer,
    request: bigint,
    deadline: number,
    call?: Call<Response>,
  ): Promise<Response> {
    const repetition: Repetition = { undecided: false, askRosterAt: performance.now() + ASK_ROSTER_AFTER };
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      if (call !== undefined) call.written = true;
      const reply = await this.#connection.exchange(frame, request);
      if (isMetadataOperation(command.operation) || command.operation === OPERATION.register) {
        if (reply.header.commit > this.#commit) this.#commit = reply.header.commit;
      }
      const outcome = this.#decode(command, reply);
      if (outcome.ok) return outcome.response;
      const { code } = outcome;
      repetition.undecided ||= code === CODE.notCommitted;
      if (call !== undefined) {
        call.refusedLogin ||= code === CODE.unauthenticated;
        // What was accepted nowhere may be repeated anywhere, should the session end before its next turn.
        if (code === CODE.notAccepted && !repetition.undecided) call.written = false;
      }
      const open = code === CODE.notCommitted || code === CODE.notAccepted;
      const overtaken = call?.flow === "behind";
      if (!open || overtaken || this.#isRoutersToRepeat(command, code) || performance.now() + wait >= deadline)
        throw this.#refusal(command, code, repetition);
      if (call !== undefined && code === CODE.notAccepted) await this.#leaveIfBetter(repetition);
      await this.#pause(wait);
    }
  }

  /** Beside another session it is the router who decides where a call is made again. */
  #isRoutersToRepeat(command: Command<unknown, unknown>, code: number): boolean {
    if (this.#openBeside !== undefined) return false;
    return code === CODE.notAccepted || command.code === pollMessagesOnPrimary.code;
  }

  /** @throws IggyError 58, of the session's end, when another node should be asked instead. */
  async #leaveIfBetter(repetition: Repetition): Promise<void> {
    if (performance.now() < repetition.askRosterAt) return;
    repetition.askRosterAt = performance.now() + ASK_ROSTER_AFTER;
    let to: Address | undefined;
    try {
      to = await this.#options.relocate(await this.query(getClusterMetadata, undefined), this.address);
    } catch {
      if (this.lost !== undefined) throw this.lost;
      // A roster that cannot be read names no better node.
      return;
    }
    if (to === undefined) return;
    const error = new IggyError(CODE.notAccepted, {
      detail: `Iggy at ${this.address.text} does not take requests, going to ${to.text}`,
    });
    this.drop(error);
    throw error;
  }

  #decode<Response>(command: Command<unknown, Response>, reply: VsrReply): ReplyOutcome<Response> {
    try {
      return this.#version.decode(command, reply);
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

  #refusal(command: Command<unknown, unknown>, code: number, { undecided }: Repetition): IggyError {
    const sessionGone = code === CODE.unauthenticated || code === CODE.staleClient;
    const stillOpen = code === CODE.notCommitted || (code === CODE.notAccepted && undecided);
    const error = new IggyError(code, {
      command: command.name,
      outcomeUnknown: stillOpen && command.operation !== OPERATION.nonReplicated,
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

/** 128 random bits; never zero, which the server does not accept as a client id. */
export function randomClientId(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) | 1n;
}
