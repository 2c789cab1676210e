import { RequestRefused, STATUS } from "../../errors.ts";

/** A write, and the caller that waits for it. */
export interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

interface WriteSteps<Item, Result> {
  /** How many of those that wait the next write takes; at least one. */
  readonly take: (waiting: readonly Waiting<Item, Result>[]) => number;
  /** Writes a group and resolves each of it. What it throws, all of the group are rejected with. */
  readonly write: (group: readonly Waiting<Item, Result>[]) => Promise<void>;
  /** What an error that is not a refusal means. */
  readonly describe: (cause: string) => string;
}

/** One write at a time; what comes meanwhile waits and is written together. */
export class WriteQueue<Item, Result> {
  readonly #steps: WriteSteps<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #writing: Promise<void> | undefined;
  #closed: RequestRefused | undefined;

  constructor(steps: WriteSteps<Item, Result>) {
    this.#steps = steps;
  }

  /** @throws RequestRefused what the write threw, 13000 for an error of the system, 20 after the queue was closed. */
  push(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      this.#waiting.push({ item, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  /** Refuses everything from now on; resolves when all that waits has been written. */
  async close(reason: string): Promise<void> {
    this.#closed ??= new RequestRefused(STATUS.ResourceNotFound, reason);
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#steps.take(this.#waiting));
      try {
        await this.#steps.write(group);
      } catch (error) {
        const refusal = this.#refusal(error);
        for (const { reject } of group) reject(refusal);
      }
    }
    this.#writing = undefined;
  }

  #refusal(error: unknown): RequestRefused {
    if (error instanceof RequestRefused) return error;
    const cause = error instanceof Error ? error.message : String(error);
    return new RequestRefused(STATUS.IoError, this.#steps.describe(cause));
  }
}
