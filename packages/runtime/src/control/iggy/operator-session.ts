import type { IggyClient } from "@iggy-connectors/client";
import type { IggyAccess } from "../../shared/task/task-spec.ts";

/** Milliseconds. An operator waits for the answer, so a server that does not answer is reported soon. */
const REQUEST_TIMEOUT = 10_000;
/** Milliseconds without a request after which the connection is closed. */
const IDLE_TIMEOUT = 60_000;

/** Connects and logs in. Rejects with `IggyError`. The client is loaded here, when it is needed: the workers start earlier. */
export async function connectForOperator(access: IggyAccess, signal?: AbortSignal): Promise<IggyClient> {
  const { IggyClient } = await import("@iggy-connectors/client");
  return IggyClient.connect({ ...access, requestTimeout: REQUEST_TIMEOUT, verifyChecksums: "messages" }, signal);
}

/** The control plane's connection to Iggy: opened for an operator's request, closed when there was none for a while. */
export class OperatorSession {
  readonly #access: IggyAccess;
  #opening: Promise<IggyClient> | undefined;
  /** Ends the connecting of that client. */
  #connecting = new AbortController();
  #idle: NodeJS.Timeout | undefined;

  constructor(access: IggyAccess) {
    this.#access = access;
  }

  /** A client that is logged in. Rejects with `IggyError` when the server cannot be reached or refuses the login. */
  readonly client = async (): Promise<IggyClient> => {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_TIMEOUT);
    this.#idle.unref();
    const opened = await this.#opening?.catch(() => undefined);
    if (opened !== undefined && opened.state !== "closed") return opened;
    this.#connecting = new AbortController();
    const opening = connectForOperator(this.#access, this.#connecting.signal);
    this.#opening = opening;
    return opening;
  };

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const opening = this.#opening;
    this.#opening = undefined;
    // A server that does not answer is not waited for, and a client that was never opened needs no closing.
    this.#connecting.abort();
    const client = await opening?.catch(() => undefined);
    await client?.close();
  }
}
