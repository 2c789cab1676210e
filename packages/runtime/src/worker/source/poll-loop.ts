import { setImmediate as nextTurn } from "node:timers/promises";
import { backoff, endsBefore, pause } from "@iggy-connectors/client";
import { classifyError, type ProducedBatch, type Source } from "@iggy-connectors/sdk";
import { callPlugin } from "../plugin/plugin-call.ts";
import type { Task } from "../task/task.ts";

const PLACE = "poll";
/** A source that returns nothing faster than this, again and again, is asked less often. Milliseconds. */
const MAX_IDLE_BACKOFF = 100;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Asks the source for batches, with back-off where it fails or has nothing. */
export class PollLoop {
  readonly #task: Task;
  readonly #source: Source;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #idle = 1;

  constructor(task: Task, source: Source) {
    this.#task = task;
    this.#source = source;
    this.#maxMessages = Math.max(1, ...task.spec.sourceStreams.map(({ batchLength }) => batchLength));
    this.#maxBytes = Math.min(task.spec.bufferBytes, MAX_BATCH_BYTES);
  }

  /** The next batch after a checkpoint; undefined: the task was stopped first. A fatal error is thrown. */
  async next(checkpoint: unknown): Promise<ProducedBatch | undefined> {
    const { lifetime, health, counters, measured, logger, spec, failPoints } = this.#task;
    for (let attempts = 1; !lifetime.stopping.aborted; attempts++) {
      try {
        const batch = await this.#poll(checkpoint);
        if (batch === undefined) return undefined;
        health.resolved(PLACE);
        if (failPoints !== undefined) await failPoints("source.after_poll");
        return batch;
      } catch (error) {
        if (lifetime.stopping.aborted) return undefined;
        const { kind, code, message, retryAfter } = classifyError(error);
        if (kind === "fatal") throw error;
        const delay =
          retryAfter === undefined ? backoff(spec.retry, attempts) : Math.max(retryAfter, spec.retry.initialBackoff);
        counters.errors += 1;
        counters.retries += 1;
        measured.retried("ffi", code);
        if (kind === "bug") logger.error(`poll threw an error of no known kind: ${message}`, { code, attempts });
        else logger.warn(`poll failed: ${message}`, { code, attempts });
        health.failing(PLACE, "retrying", error, attempts, delay);
        await pause(delay, lifetime.stopping);
      }
    }
    return undefined;
  }

  /** Before the next poll: at once while there is data, slower and slower while there is none. */
  async pace(batch: ProducedBatch, pollTook: number): Promise<void> {
    if (batch.messages.length > 0) this.#idle = 1;
    else if (batch.more !== true && pollTook < MAX_IDLE_BACKOFF) {
      await pause(this.#idle, this.#task.lifetime.stopping);
      this.#idle = Math.min(this.#idle * 2, MAX_IDLE_BACKOFF);
      return;
    }
    // A source that never waits and sends nothing would keep timers and commands from being served.
    await nextTurn();
  }

  async #poll(checkpoint: unknown): Promise<ProducedBatch | undefined> {
    const { lifetime } = this.#task;
    const call = callPlugin(
      async (signal) =>
        this.#source.poll({ checkpoint, signal, maxMessages: this.#maxMessages, maxBytes: this.#maxBytes }),
      { what: "poll", timeout: 0, cancel: lifetime.stopping },
    );
    // A poll that ignores the stop is left behind at the deadline.
    if (!(await endsBefore(call, lifetime.ended))) return undefined;
    const batch = await call;
    if (!Array.isArray(batch?.messages)) {
      throw new Error(`poll returned ${describeValue(batch)} where a batch with messages is expected`);
    }
    return batch;
  }
}

/** Says what came instead of a batch, without its content. */
function describeValue(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : "an object without messages";
}
