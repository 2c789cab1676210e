import { backoff, endsBefore, pause } from "@iggy-connectors/client";
import { isFatal, type Source } from "@iggy-connectors/sdk";
import { describeError } from "../../shared/errors.ts";
import { callPlugin } from "../plugin/plugin-call.ts";
import type { Task } from "../task/task.ts";

/**
 * Tells the source of stored checkpoints, one call at a time and each until it succeeds or a newer checkpoint, which
 * covers it, has taken its place. Runs beside polling: a source may be waiting for data for long.
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

  /** Waits until nothing is left to tell, or the task is over. */
  async settle(): Promise<void> {
    if (this.#running !== undefined) await endsBefore(this.#running, this.#task.lifetime.ended);
  }

  async #run(): Promise<void> {
    const { lifetime, counters, logger, spec } = this.#task;
    let attempts = 0;
    while (this.#newest !== undefined && !lifetime.ended.aborted) {
      const told = this.#newest;
      try {
        await callPlugin(async () => this.#source.onDelivered?.(told.checkpoint), {
          what: "onDelivered",
          timeout: 0,
          cancel: lifetime.ended,
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
        counters.errors += 1;
        logger.warn(`onDelivered failed: ${describeError(error).message}`, { attempts });
        // It is best effort at the end: the next run tells the source of the same checkpoint's successors.
        if (lifetime.stopping.aborted) return;
        await pause(backoff(spec.retry, attempts), lifetime.stopping);
      }
    }
  }
}
