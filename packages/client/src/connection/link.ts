import { setTimeout as sleep } from "node:timers/promises";
import { type Command, ping } from "@iggy-connectors/protocol";
import { Opener } from "../cluster/opener.ts";
import type { ResolvedOptions } from "../configuration/options.ts";
import type { ServerIdentity, Session } from "../dialects/dialect.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { Call, type CallFlow } from "./call.ts";
import { type AnyCall, CallQueue } from "./call-queue.ts";
import { Deadlines, type Timed } from "./deadlines.ts";
import { isRefusal, Reconnector } from "./reconnect.ts";
import { Lifecycle } from "./states.ts";
import type { Work } from "./work.ts";

/** Milliseconds that closing may take. */
const CLOSE_TIMEOUT = 1000;
/** Milliseconds a heartbeat's answer may take at least, however short the interval is. */
const SHORTEST_HEARTBEAT_TIMEOUT = 1000;

/** Calls in flight together at most; servers drop answers beyond 256. */
const MAX_IN_FLIGHT = 64;
/** The server sent what this dialect does not know: it may have been replaced by another release. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([CODE.invalidFormat, CODE.incompatibleProtocol]);

/**
 * Carries calls to the server, in order and one at a time but for those that may go together, over a session that it
 * keeps alive: it opens a lost session again, repeats what may be repeated, and rejects what may not.
 */
export class Link {
  readonly lifecycle: Lifecycle;
  readonly #options: ResolvedOptions;
  readonly #opener: Opener;
  readonly #reconnector: Reconnector;
  readonly #queue: CallQueue;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #server: ServerIdentity | undefined;
  #epoch = 0;
  /** Calls in flight, each with a promise that resolves when it has ended. */
  readonly #active = new Map<AnyCall, Promise<void>>();
  readonly #deadlines = new Deadlines<AnyCall>((call) => this.#deadlinePassed(call));
  readonly #settled = (call: Timed): void => this.#deadlines.forget(call);
  #heartbeat: NodeJS.Timeout | undefined;
  /** When the server answered last, on the clock of `performance.now()`. */
  #answeredAt = 0;
  #closed: Promise<void> | undefined;

  private constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#opener = new Opener(options);
    this.#reconnector = new Reconnector(options.reconnect, this.#opener);
    this.#queue = new CallQueue(options.maxQueuedBytes);
    this.lifecycle = new Lifecycle(options.onStateChange);
  }

  /** @throws IggyError when the server cannot be reached or refuses the login, or when `signal` is aborted before that. */
  static async open(options: ResolvedOptions, signal?: AbortSignal): Promise<Link> {
    const link = new Link(options);
    try {
      link.#adopt(await link.#opener.open(signal ?? link.#closing.signal));
      return link;
    } catch (error) {
      const reason = toIggyError(error, CODE.cannotEstablishConnection);
      link.lifecycle.enter("closed", reason);
      throw reason;
    }
  }

  /** Counts the logins. What belongs to a session, as a group membership does, belongs to one epoch. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The server of the current session, or of the last one. */
  get server(): ServerIdentity | undefined {
    return this.#session?.server ?? this.#server;
  }

  /**
   * Executes a command within `timeout` milliseconds, by default the request timeout.
   * @throws IggyError when the server refuses it, when no answer comes in time, or when the client is closed.
   */
  call<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
    timeout = this.#options.requestTimeout,
  ): Promise<Response> {
    return this.perform(command, { kind: "request", request }, timeout);
  }

  /** As {@link call}, for work that is more than a request. */
  perform<Response>(
    command: Command<unknown, Response>,
    work: Work,
    timeout: number,
    flow: CallFlow = "alone",
  ): Promise<Response> {
    const unusable = this.#unusable(command.name);
    if (unusable !== undefined) return Promise.reject(unusable);
    const call = new Call(command, work, timeout, this.#settled, flow);
    this.#deadlines.watch(call as AnyCall);
    try {
      this.#queue.push(call);
    } catch (error) {
      call.reject(error);
      return call.answer;
    }
    this.#dispatch();
    return call.answer;
  }

  /** Resolves when a call that holds so many bytes would be accepted. */
  waitForCapacity(bytes: number): Promise<void> {
    return this.#queue.waitForCapacity(bytes);
  }

  /** Gives up the session of this epoch, because of what came over it; a session that was opened since stays. */
  abandon(epoch: number, reason: IggyError): void {
    if (epoch === this.#epoch) this.#session?.drop(reason);
  }

  /** The memory of a received frame is no longer used. */
  recycle(bytes: Uint8Array): void {
    this.#options.buffers.giveBack(bytes);
  }

  /** Logs out within a second and rejects every call that is not answered. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.lifecycle.state === "closed") return;
    this.lifecycle.enter("closing");
    const shutdown = new IggyError(CODE.clientShutdown, { detail: "the client was closed" });
    this.#closing.abort();
    this.#stopHeartbeat();
    for (const call of this.#active.keys()) call.reject(closedDuring(call));
    this.#queue.rejectAll(closedDuring);
    const session = this.#session;
    if (session !== undefined) {
      const timeout = new AbortController();
      const polite = Promise.all(this.#active.values()).then(() => session.logOut());
      await Promise.race([polite, sleep(CLOSE_TIMEOUT, undefined, { signal: timeout.signal })]).catch(() => {
        // A session that is lost before the logout was answered needs no logout.
      });
      timeout.abort();
      session.drop(shutdown);
    }
    this.lifecycle.enter("closed", shutdown);
  }

  #unusable(command: string): IggyError | undefined {
    const { state, error } = this.lifecycle;
    if (state === "refused") return error;
    if (state !== "closing" && state !== "closed") return undefined;
    return new IggyError(CODE.clientShutdown, {
      command,
      detail: error === undefined ? "the client is closed" : error.message,
      retryable: false,
      ...(error === undefined ? {} : { cause: error }),
    });
  }

  #dispatch(): void {
    for (let session = this.#session; session !== undefined; session = this.#session) {
      const call = this.#queue.first;
      if (call === undefined || this.lifecycle.state !== "ready" || !this.#mayGo(call)) return;
      this.#queue.shift();
      this.#active.set(call, this.#execute(call, session));
    }
  }

  #mayGo({ flow }: AnyCall): boolean {
    for (const other of this.#active.keys()) {
      // Any one of the calls in flight decides: calls are in flight together only when none of them is `alone`.
      return flow !== "alone" && other.flow !== "alone" && this.#active.size < MAX_IN_FLIGHT;
    }
    return true;
  }

  /** Never rejects. */
  #execute(call: AnyCall, session: Session): Promise<void> {
    return session.execute(call).then(
      (response) => {
        this.#active.delete(call);
        this.#reconnector.proved();
        this.#answeredAt = performance.now();
        call.resolve(response);
        this.#dispatch();
      },
      (error: unknown) => {
        this.#active.delete(call);
        this.#failed(call, session, error);
        this.#dispatch();
      },
    );
  }

  #failed(call: AnyCall, session: Session, error: unknown): void {
    const loss = session.lost;
    if (loss === undefined || loss !== error) {
      // The server's refusal, or a request that cannot be encoded: an answer like any other.
      call.reject(toIggyError(error, CODE.invalidCommand, { command: call.command.name }));
      if (error instanceof IggyError) this.#reconnector.proved();
      return;
    }
    if (!loss.retryable) {
      call.reject(loss);
    } else if (!call.mayRepeatAfter(loss)) {
      call.reject(call.lostAnswer(loss));
    } else if (this.lifecycle.state === "reconnecting") {
      call.written = false;
      call.lastError = loss;
      this.#queue.putBack(call);
    } else {
      call.reject(this.lifecycle.error ?? loss);
    }
  }

  #deadlinePassed(call: AnyCall): void {
    if (!this.#active.has(call)) {
      this.#queue.remove(call);
      call.reject(call.tooLate(this.lifecycle.state === "ready" ? "waiting for its turn" : "waiting for a connection"));
      return;
    }
    const late = call.tooLate("waiting for the server");
    call.reject(late);
    // The answer may still come; on a connection that is gone it can answer no other request.
    (call.carriedBy ?? this.#session)?.drop(late);
  }

  #adopt(session: Session): void {
    this.#session = session;
    this.#server = session.server;
    this.#epoch += 1;
    session.signal.addEventListener("abort", () => this.#sessionLost(session), { once: true });
    this.lifecycle.enter("ready");
    this.#startHeartbeat();
    this.#dispatch();
    // An eviction may have come in one piece with the answer to the login.
    this.#sessionLost(session);
  }

  #sessionLost(session: Session): void {
    const loss = session.lost;
    if (this.#session !== session || loss === undefined) return;
    this.#session = undefined;
    this.#stopHeartbeat();
    if (NOT_UNDERSTOOD.has(loss.code)) this.#opener.forget(session.address);
    if (this.lifecycle.state !== "ready") return;
    this.lifecycle.enter("reconnecting", loss);
    void this.#reopen(loss);
  }

  async #reopen(loss: IggyError): Promise<void> {
    try {
      const session = await this.#reconnector.open(loss, (error) => this.#attemptFailed(error), this.#closing.signal);
      if (this.#closing.signal.aborted) session.drop(new IggyError(CODE.clientShutdown));
      else this.#adopt(session);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const reason = toIggyError(error, CODE.cannotEstablishConnection);
      this.lifecycle.enter("closed", reason);
      this.#queue.rejectAll(() => reason);
    }
  }

  #attemptFailed(error: IggyError): void {
    const next = isRefusal(error) ? "refused" : "reconnecting";
    if (this.lifecycle.state !== next) this.lifecycle.enter(next, error);
    if (next === "refused") this.#queue.rejectAll(() => error);
  }

  #stopHeartbeat(): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #startHeartbeat(): void {
    this.#answeredAt = performance.now();
    this.#heartbeat = setTimeout(() => this.#beat(), this.#options.heartbeatInterval);
  }

  /** The next heartbeat is due when nothing was answered for an interval. That it moves with each answer is seen when it was due. */
  #beat(): void {
    const { heartbeatInterval: interval, requestTimeout } = this.#options;
    const needed = this.#session?.needsPings === true;
    const quiet = performance.now() - this.#answeredAt;
    // Timers may fire up to a millisecond early.
    const due = needed || quiet >= interval - 1;
    this.#heartbeat = setTimeout(() => this.#beat(), due ? interval : interval - quiet);
    const idle = this.#active.size === 0 && this.#queue.isEmpty;
    if (!due || !(idle || needed)) return;
    const timeout = Math.min(requestTimeout, Math.max(2 * interval, SHORTEST_HEARTBEAT_TIMEOUT));
    // A heartbeat that fails has ended the session; calls that wait for the session are told.
    this.call(ping, undefined, timeout).catch(() => {});
  }
}

function closedDuring(call: AnyCall): IggyError {
  return new IggyError(CODE.clientShutdown, {
    command: call.command.name,
    detail: "the client was closed before the answer came",
    outcomeUnknown: call.outcomeUnknown,
  });
}
