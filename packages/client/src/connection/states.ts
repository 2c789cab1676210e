import type { IggyError } from "../errors/errors.ts";

/**
 * What a client is doing.
 * - `connecting`: the first connect, before {@link IggyClient.connect} resolves.
 * - `ready`: logged in; calls are answered.
 * - `reconnecting`: the session is lost and is being opened again; calls wait until their deadline.
 * - `refused`: the server was reached but refuses the login; calls are rejected at once, the login is tried again
 *   slowly.
 * - `closing`, `closed`: by `close()`, or because reconnecting is off or has used up its attempts.
 */
export type ClientState = "connecting" | "ready" | "reconnecting" | "refused" | "closing" | "closed";

const TRANSITIONS: { readonly [state in ClientState]: readonly ClientState[] } = {
  connecting: ["ready", "closed"],
  ready: ["reconnecting", "closing", "closed"],
  reconnecting: ["ready", "refused", "closing", "closed"],
  refused: ["ready", "reconnecting", "closing", "closed"],
  closing: ["closed"],
  closed: [],
};

/** Whether the table lets `to` follow `from`. */
export function mayFollow(from: ClientState, to: ClientState): boolean {
  return TRANSITIONS[from].includes(to);
}

export type StateListener = (state: ClientState, error?: IggyError) => void;

/** The current state, why it was entered, and the one place where it changes. */
export class Lifecycle {
  #state: ClientState = "connecting";
  #error: IggyError | undefined;
  readonly #listener: StateListener | undefined;

  constructor(listener: StateListener | undefined) {
    this.#listener = listener;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Why the current state was entered, where an error was the reason. */
  get error(): IggyError | undefined {
    return this.#error;
  }

  enter(next: ClientState, error?: IggyError): void {
    if (!mayFollow(this.#state, next)) {
      throw new Error(`an Iggy client cannot go from ${this.#state} to ${next}`);
    }
    this.#state = next;
    this.#error = error;
    const listener = this.#listener;
    // Outside of our own stack, so that a listener that throws cannot leave the client half changed.
    if (listener !== undefined) queueMicrotask(() => listener(next, error));
  }
}
