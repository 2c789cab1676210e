import { pause } from "@iggy-connectors/client";

export interface CheckpointWriterHooks {
  /** Writes durably. */
  save(checkpoint: unknown): Promise<void>;
  /** It is stored. Not awaited by the next write. */
  onStored(checkpoint: unknown): void;
  /** A write failed; milliseconds until the next try, undefined: it will never work. */
  onFailure(error: unknown, attempts: number): number | undefined;
  onRecovered(): void;
}

/**
 * Coalesces checkpoints to one write per interval, of the newest. Invariant 3 is kept by the caller, which hands in only
 * checkpoints whose messages Iggy has confirmed.
 */
export class CheckpointWriter {
  readonly #interval: number;
  readonly #hooks: CheckpointWriterHooks;
  readonly #closing = new AbortController();
  #pending: { readonly checkpoint: unknown } | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastWriteAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** `interval` in milliseconds; 0: every checkpoint is written as it comes. */
  constructor(interval: number, hooks: CheckpointWriterHooks) {
    this.#interval = interval;
    this.#hooks = hooks;
  }

  /** The checkpoint is committed: at the latest `interval` from now it is being written. */
  commit(checkpoint: unknown): void {
    this.#pending = { checkpoint };
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    const wait = this.#lastWriteAt + this.#interval - performance.now();
    if (wait <= 0) void this.#write();
    else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#write();
      }, wait);
    }
  }

  /**
   * What must be waited for before more is produced: a failing write, so that a crash repeats no more than one interval's
   * work however long the disk is away; with an interval of 0 every write.
   */
  get backlog(): Promise<void> | undefined {
    return this.#failures > 0 || this.#interval === 0 ? this.#writing : undefined;
  }

  /** Writes what is pending, now. Resolves when nothing is pending or the writer is closed. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#pending !== undefined) {
      if (this.#closing.signal.aborted) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      await this.#write();
    }
  }

  /** Gives up what is not written. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writePending().finally(() => {
      this.#writing = undefined;
      const next = this.#pending;
      if (next !== undefined && !this.#closing.signal.aborted) this.commit(next.checkpoint);
    });
    return this.#writing;
  }

  async #writePending(): Promise<void> {
    const closing = this.#closing.signal;
    while (this.#pending !== undefined && !closing.aborted) {
      const { checkpoint } = this.#pending;
      this.#pending = undefined;
      this.#lastWriteAt = performance.now();
      try {
        await this.#hooks.save(checkpoint);
      } catch (error) {
        this.#pending ??= { checkpoint };
        this.#failures += 1;
        const delay = this.#hooks.onFailure(error, this.#failures);
        if (delay === undefined) this.close();
        else await pause(delay, closing);
        continue;
      }
      if (this.#failures > 0) this.#hooks.onRecovered();
      this.#failures = 0;
      this.#hooks.onStored(checkpoint);
      return;
    }
  }
}
