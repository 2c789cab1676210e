import { RequestRefused, STATUS } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

/**
 * Whether the disk can still be trusted. After a failed sync, or a failed write that could not be undone, it is not
 * known what the disk holds; the system may even report the next sync as successful. So nothing is written any more
 * until a restart has read what is there. Reads go on.
 */
export class DiskHealth {
  readonly #logger: Logger;
  #refusal: RequestRefused | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Why nothing may be written; `undefined` while the disk works. */
  get refusal(): RequestRefused | undefined {
    return this.#refusal;
  }

  /** @throws RequestRefused 13000 once the disk has failed. */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Records a failure; the first one counts. @returns the refusal to answer with. */
  fail(what: string, error: unknown): RequestRefused {
    if (this.#refusal !== undefined) return this.#refusal;
    const cause = error instanceof Error ? error.message : String(error);
    this.#logger("error", "the disk failed: nothing is written any more until the server is restarted", {
      what,
      cause,
    });
    this.#refusal = new RequestRefused(STATUS.IoError, `${what} failed, restart the server: ${cause}`);
    return this.#refusal;
  }
}
