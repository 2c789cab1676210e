import { type Command, OPERATION } from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";
import type { Timed } from "./deadlines.ts";
import { bytesOf, type Work } from "./work.ts";

/**
 * How a call goes together with others.
 * - `alone`: nothing else is in flight with it.
 * - `beside`: calls of this kind may be in flight together; their answers do not depend on each other.
 * - `behind`: as `beside`, but order matters among them: what a later one has overtaken may not be repeated.
 */
export type CallFlow = "alone" | "beside" | "behind";

/** One call of a user, from the moment it is made until it is answered, rejected, or its deadline passes. */
export class Call<Response> implements Timed {
  readonly command: Command<unknown, Response>;
  readonly work: Work;
  /** About how much memory the call holds while it waits. */
  readonly bytes: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly answer: Promise<Response>;
  readonly flow: CallFlow;
  /** Place in the order of all calls; a call that is repeated keeps it. */
  turn = 0;
  /** The last time the call was given to a connection, its bytes may have reached the server. */
  written = false;
  /** The session it is in flight on, which is not always the one that takes calls. */
  carriedBy: { drop(error: IggyError): void } | undefined;
  /** The server answered that the session is not logged in: it did not execute the call. */
  refusedLogin = false;
  /** Why the call had to be repeated; told when its deadline passes. */
  lastError: IggyError | undefined;
  readonly #timeout: number;
  readonly #onSettled: (call: Timed) => void;
  readonly #settle: { resolve(response: Response): void; reject(error: unknown): void };
  #settled = false;

  /** `timeout` is in milliseconds; `onSettled` is called once. */
  constructor(
    command: Command<unknown, Response>,
    work: Work,
    timeout: number,
    onSettled: (call: Timed) => void,
    flow: CallFlow = "alone",
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.command = command;
    this.work = work;
    this.bytes = bytesOf(work);
    this.flow = flow;
    this.deadline = performance.now() + timeout;
    this.answer = promise;
    this.#timeout = timeout;
    this.#settle = { resolve, reject };
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get readOnly(): boolean {
    return this.command.operation === OPERATION.nonReplicated;
  }

  /** The server may have executed it, and executing it again would not be the same as executing it once. */
  get outcomeUnknown(): boolean {
    return this.written && !this.readOnly;
  }

  resolve(response: Response): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onSettled(this);
    this.#settle.resolve(response);
  }

  reject(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onSettled(this);
    this.#settle.reject(error);
  }

  /** After a connection loss: reads, what was never written, and what the server refused for lack of a session. */
  mayRepeatAfter(loss: IggyError): boolean {
    if (this.#settled) return false;
    if (!this.outcomeUnknown) return true;
    // Where several were in flight, the loss alone does not say which of them was refused.
    const refused = this.flow === "alone" ? loss.code === CODE.unauthenticated : this.refusedLogin;
    return refused && this.flow !== "behind";
  }

  /** The connection was lost between the request and its answer. */
  lostAnswer(loss: IggyError): IggyError {
    return new IggyError(CODE.disconnected, {
      command: this.command.name,
      detail: `${loss.message}; whether the server executed it is unknown`,
      advice: "repeat it if doing it twice is harmless",
      retryable: true,
      outcomeUnknown: true,
      cause: loss,
    });
  }

  /** The deadline passed; `waitingFor` says what was still missing. */
  tooLate(waitingFor: string): IggyError {
    const last = this.lastError === undefined ? "" : `; last error: ${this.lastError.message}`;
    return new IggyError(this.written ? CODE.disconnected : CODE.taskTimeout, {
      command: this.command.name,
      detail: `no answer within ${Math.ceil(this.#timeout)} ms (${waitingFor})${last}`,
      retryable: true,
      outcomeUnknown: this.outcomeUnknown,
      ...(this.lastError === undefined ? {} : { cause: this.lastError }),
    });
  }
}
