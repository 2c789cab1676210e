import { setTimeout as sleep } from "node:timers/promises";
import type { Opener } from "../cluster/opener.ts";
import { backoff } from "../concurrency/backoff.ts";
import type { ResolvedOptions } from "../configuration/options.ts";
import type { Session } from "../dialects/dialect.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";

/**
 * Opens a session again after a loss: the first attempt after the initial back-off, each further one later. Attempts
 * are counted until a session has answered a call, so a server that accepts logins and drops the connection is not
 * hammered.
 */
export class Reconnector {
  readonly #policy: ResolvedOptions["reconnect"];
  readonly #opener: Opener;
  #attempts = 0;

  constructor(policy: ResolvedOptions["reconnect"], opener: Opener) {
    this.#policy = policy;
    this.#opener = opener;
  }

  /** The session answered a call: the next loss starts from the initial back-off. */
  proved(): void {
    this.#attempts = 0;
  }

  /**
   * Tries until a session is open. `onFailure` hears of every failed attempt.
   * @throws IggyError 9 when reconnecting is off or the attempts are used up, 63 when `signal` is aborted.
   */
  async open(loss: IggyError, onFailure: (error: IggyError) => void, signal: AbortSignal): Promise<Session> {
    const reconnect = this.#policy;
    if (!reconnect.enabled) throw givenUp("reconnecting is off", loss);
    let last = loss;
    let refused = false;
    for (;;) {
      if (reconnect.maxRetries > 0 && this.#attempts >= reconnect.maxRetries) {
        throw givenUp(`gave up after ${this.#attempts} attempts`, last);
      }
      this.#attempts += 1;
      const wait = refused ? reconnect.maxBackoff : backoff(reconnect, this.#attempts);
      try {
        await sleep(wait, undefined, { signal });
        return await this.#opener.open(signal);
      } catch (error) {
        if (signal.aborted) throw new IggyError(CODE.clientShutdown, { detail: "the client was closed" });
        last = toIggyError(error, CODE.cannotEstablishConnection, { retryable: true });
        refused = isRefusal(last);
        onFailure(last);
      }
    }
  }
}

/** The server was reached and refuses this login: only an operator can change that. */
export function isRefusal(error: IggyError): boolean {
  return !error.retryable;
}

function givenUp(reason: string, last: IggyError): IggyError {
  return new IggyError(CODE.cannotEstablishConnection, {
    detail: `${reason}; last error: ${last.message}`,
    advice: "connect with a new client",
    retryable: false,
    cause: last,
  });
}
