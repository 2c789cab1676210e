import type { CheckpointFile } from "../../shared/checkpoint-file.ts";
import { retry } from "../task/retry.ts";
import type { Task } from "../task/task.ts";

const PLACE = "checkpoint";

/**
 * Stores a source's checkpoints. They are coalesced to one write per `state.interval`, of the newest. Invariant 3 is kept by
 * the caller, which commits only checkpoints whose messages Iggy has confirmed.
 *
 * A write is *due* when the interval since the last one has passed; while it is *writing*, newer checkpoints wait and replace
 * each other. A write that fails is repeated with the newest checkpoint until it succeeds; only a checkpoint that can never
 * be stored ends the task.
 */
export class CheckpointWriter {
  readonly #task: Task;
  /** Undefined: the source keeps its checkpoint in memory only, and it counts as stored at once. */
  readonly #file: CheckpointFile | undefined;
  readonly #onStored: (checkpoint: unknown) => void;
  readonly #interval: number;
  readonly #closing = new AbortController();
  #pending: { readonly checkpoint: unknown } | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastWriteAt = Number.NEGATIVE_INFINITY;
  #failing = false;

  /** `onStored` is not awaited by the next write. */
  constructor(task: Task, file: CheckpointFile | undefined, onStored: (checkpoint: unknown) => void) {
    this.#task = task;
    this.#file = file;
    this.#onStored = onStored;
    this.#interval = file === undefined ? 0 : (task.spec.checkpoint?.interval ?? 0);
  }

  /** The messages of the checkpoint are confirmed: writing it begins `interval` from now at the latest. */
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
   * work however long the disk is unavailable; with an interval of 0 every write.
   */
  get backlog(): Promise<void> | undefined {
    return this.#failing || this.#interval === 0 ? this.#writing : undefined;
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
    try {
      await retry(
        this.#task,
        {
          place: PLACE,
          signal: this.#closing.signal,
          level: "error",
          fields: { path: this.#file?.path },
          onFailure: () => {
            this.#failing = true;
          },
        },
        () => this.#writeNewest(),
      );
      this.#failing = false;
    } catch (error) {
      this.#task.lifetime.fail(error);
      this.close();
    }
  }

  async #writeNewest(): Promise<void> {
    const newest = this.#pending;
    if (newest === undefined) return;
    this.#pending = undefined;
    this.#lastWriteAt = performance.now();
    try {
      await this.#save(newest.checkpoint);
    } catch (error) {
      this.#pending ??= newest;
      throw error;
    }
    this.#task.health.succeeded();
    this.#task.changed();
    this.#onStored(newest.checkpoint);
  }

  async #save(checkpoint: unknown): Promise<void> {
    if (this.#file === undefined) return;
    const { failPoints, measured } = this.#task;
    if (failPoints !== undefined) await failPoints("source.before_checkpoint");
    const began = performance.now();
    await this.#file.save(checkpoint);
    measured.stageTook("state_save", performance.now() - began);
    if (failPoints !== undefined) await failPoints("source.after_checkpoint");
  }
}
