import { aborted, pause } from "../../concurrency/signals.ts";
import type { StoreSpacing } from "./store-spacing.ts";

/**
 * Milliseconds. A partition's offset is stored at once when none was stored this recently, else when this much time has
 * passed: a fast sink pays for 50 stores a second per partition, and a crash repeats no more than this window's work.
 */
const COMMIT_WINDOW = 20;
/** Milliseconds between two attempts when the last store before the end fails. */
const SETTLE_RETRY = 250;

export interface CommitTiming {
  /** Milliseconds between two stores at least. */
  readonly window?: number;
  /** Shared with other partitions: their stores are spaced together. */
  readonly spacing?: StoreSpacing;
}

export interface OffsetStore {
  /** Stores the offset of the last ended message. `gone`: the log is shorter than that, it was purged. */
  store(offset: bigint): Promise<"stored" | "lost" | "gone">;
  /** The partition belongs to another member. */
  onLost(): void;
  /** A store failed; milliseconds until it is tried again. */
  onFailure(error: unknown, attempts: number): number;
  onStored(): void;
}

/**
 * What is stored of one partition. Invariants 1 and 2: only the end of the contiguous ended prefix is ever given to
 * {@link ended}, and never more than that is stored.
 */
export class OffsetCommitter {
  readonly #store: OffsetStore;
  readonly #window: number;
  readonly #spacing: StoreSpacing | undefined;
  #ended: bigint | undefined;
  #stored: bigint | undefined;
  #lastStoreAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;
  #failures = 0;
  #closed = false;
  /** Counts the logs that were followed: an answer about an earlier one says nothing about this one. */
  #log = 0;

  constructor(store: OffsetStore, { window = COMMIT_WINDOW, spacing }: CommitTiming = {}) {
    this.#store = store;
    this.#window = window;
    this.#spacing = spacing;
  }

  get endedOffset(): bigint | undefined {
    return this.#ended;
  }

  get storedOffset(): bigint | undefined {
    return this.#stored;
  }

  /** What the server has, when the partition is taken over; `ended` may be beyond it where the target knows better. */
  begin(stored: bigint | undefined, ended: bigint | undefined): void {
    this.#stored = stored;
    this.#ended = ended;
    if (ended !== stored) this.#schedule();
  }

  /** Every message up to and including `offset` has ended. */
  ended(offset: bigint): void {
    if (this.#ended !== undefined && offset <= this.#ended) return;
    this.#ended = offset;
    this.#schedule();
  }

  /** The partition starts over: what is stored is of a log that is gone. */
  restart(): void {
    this.#log += 1;
    this.#ended = undefined;
    this.#stored = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Stores what has ended, now; gives up when the signal is aborted. */
  async settle(signal: AbortSignal): Promise<void> {
    const given = aborted(signal);
    while (!this.#closed && this.#dirty && !signal.aborted) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      await Promise.race([this.#run(), given]);
      if (this.#failures > 0) await pause(SETTLE_RETRY, signal);
    }
  }

  /** Nothing is stored any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  get #dirty(): boolean {
    return this.#ended !== undefined && this.#ended !== this.#stored;
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined || this.#storing !== undefined) return;
    const now = performance.now();
    const wait = Math.max(this.#lastStoreAt + this.#window - now, this.#spacing?.takeTurn(now) ?? 0);
    if (wait <= 0) void this.#run();
    else this.#arm(wait);
  }

  #arm(wait: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, wait);
  }

  /** One store at a time; never rejects. */
  #run(): Promise<void> {
    this.#storing ??= this.#storeEnded().finally(() => {
      this.#storing = undefined;
      if (this.#dirty && this.#failures === 0) this.#schedule();
    });
    return this.#storing;
  }

  async #storeEnded(): Promise<void> {
    const offset = this.#ended;
    if (offset === undefined || this.#closed) return;
    const log = this.#log;
    this.#lastStoreAt = performance.now();
    try {
      const answer = await this.#store.store(offset);
      this.#failures = 0;
      if (log !== this.#log) return;
      if (answer === "lost") {
        this.close();
        this.#store.onLost();
        return;
      }
      if (answer === "gone") {
        this.restart();
        return;
      }
      this.#stored = offset;
      this.#store.onStored();
    } catch (error) {
      if (this.#closed) return;
      this.#failures += 1;
      const wait = this.#store.onFailure(error, this.#failures);
      if (this.#timer === undefined) this.#arm(wait);
    }
  }
}
