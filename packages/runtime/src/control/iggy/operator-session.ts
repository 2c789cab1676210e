import type { IggyClient } from "@iggy-connectors/client";
import type { IggyAccess } from "../../shared/task/task-spec.ts";

/** Milliseconds. Somebody waits for the answer, so a server that is away is told soon. */
const REQUEST_TIMEOUT = 10_000;
/** Milliseconds without a request after which the connection is given up. */
const IDLE = 60_000;

/** The control plane's connection to Iggy: opened when an operator asks for something, closed when nobody did for a while. */
export class OperatorSession {
  readonly #access: IggyAccess;
  #opening: Promise<IggyClient> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(access: IggyAccess) {
    this.#access = access;
  }

  /** Ready to be used. Rejects with `IggyError` when the server cannot be reached or refuses the login. */
  readonly client = async (): Promise<IggyClient> => {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE);
    this.#idle.unref();
    const opened = await this.#opening?.catch(() => undefined);
    if (opened !== undefined && opened.state !== "closed") return opened;
    // Loaded when an operator asks: the start of the workers waits for every module that is loaded before them.
    const opening = import("@iggy-connectors/client").then(({ IggyClient }) =>
      IggyClient.connect({ ...this.#access, requestTimeout: REQUEST_TIMEOUT }),
    );
    this.#opening = opening;
    return opening;
  };

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const opening = this.#opening;
    this.#opening = undefined;
    // What never opened needs no closing.
    const client = await opening?.catch(() => undefined);
    await client?.close();
  }
}
