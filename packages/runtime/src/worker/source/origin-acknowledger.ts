import { endsBefore } from "@iggy-connectors/client";
import { isFatal, type Source } from "@iggy-connectors/sdk";
import { callPlugin } from "../plugin/plugin-call.ts";
import { backOff } from "../task/retry.ts";
import type { Task } from "../task/task.ts";

/**
 * Tells the source of stored checkpoints, one call at a time. A call that fails is repeated, with the newest checkpoint by
 * then, which covers the earlier ones. Runs beside polling: a poll may wait for data for a long time.
 */
export class OriginAcknowledger {
  readonly #task: Task;
  readonly #source: Source;
  #newest: { readonly checkpoint: unknown } | undefined;
  #running: Promise<void> | undefined;

  constructor(task: Task, source: Source) {
    this.#task = task;
    this.#source = source;
  }

  stored(checkpoint: unknown): void {
    if (this.#source.onDelivered === undefined) return;
    this.#newest = { checkpoint };
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits until the source was told of everything, or the task has ended. */
  async settle(): Promise<void> {
    if (this.#running !== undefined) await endsBefore(this.#running, this.#task.lifetime.ended);
  }

  async #run(): Promise<void> {
    const { lifetime } = this.#task;
    let attempts = 0;
    while (this.#newest !== undefined && !lifetime.ended.aborted) {
      const told = this.#newest;
      try {
        await callPlugin(async () => this.#source.onDelivered?.(told.checkpoint), {
          what: "onDelivered",
          timeout: 0,
          cancel: lifetime.ended,
          calls: this.#task.calls,
        });
        attempts = 0;
        if (this.#newest === told) this.#newest = undefined;
      } catch (error) {
        if (lifetime.ended.aborted) return;
        if (isFatal(error)) {
          lifetime.fail(error);
          return;
        }
        attempts += 1;
        // While stopping it is best effort: the next run tells the source of a later checkpoint, which covers this one.
        const isLast = lifetime.stopping.aborted;
        await backOff(this.#task, { failure: "onDelivered failed", signal: lifetime.stopping }, error, attempts);
        if (isLast) return;
      }
    }
  }
}
