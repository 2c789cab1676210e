import { setImmediate as nextTurn } from "node:timers/promises";
import { endsBefore, pause } from "@iggy-connectors/client";
import { isFatal, type PackedMessages, type ProducedBatch, type Source } from "@iggy-connectors/sdk";
import { callPlugin } from "../plugin/plugin-call.ts";
import { CANCELLED, retry } from "../task/retry.ts";
import type { Task } from "../task/task.ts";
import { checkPacked } from "./check-packed.ts";

const PLACE = "poll";
/** A source that repeatedly returns nothing, and does so in less than this, is polled less often. Milliseconds. */
const MAX_IDLE_BACKOFF = 100;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Polls the source for batches, with back-off where it fails or has nothing. */
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

  /**
   * The next batch after a checkpoint; undefined: the task was stopped first. A fatal error is thrown. `spent`: memory that the first
   * attempt may write to; a later one gets none, since an earlier one may have kept it.
   */
  async next(checkpoint: unknown, spent?: PackedMessages): Promise<ProducedBatch | undefined> {
    let memory = spent;
    const { failPoints, lifetime } = this.#task;
    const { stopping } = lifetime;
    const batch = await retry(
      this.#task,
      {
        place: PLACE,
        method: "poll",
        signal: stopping,
        fields: {},
        stage: "ffi",
        isFinal: (error) => !stopping.aborted && isFatal(error),
      },
      async () => {
        const given = memory;
        memory = undefined;
        const polled = await this.#poll(checkpoint, given);
        if (polled !== undefined && failPoints !== undefined) await failPoints("source.after_poll");
        return polled;
      },
    );
    return batch === CANCELLED ? undefined : batch;
  }

  /** Waits before the next poll: not at all while there is data, longer and longer while there is none. */
  async pace(batch: ProducedBatch, pollTook: number): Promise<void> {
    if (batch.messages.length > 0) this.#idle = 1;
    else if (batch.more !== true && pollTook < MAX_IDLE_BACKOFF) {
      await pause(this.#idle, this.#task.lifetime.stopping);
      this.#idle = Math.min(this.#idle * 2, MAX_IDLE_BACKOFF);
      return;
    }
    // A source that never waits would otherwise keep timers and commands from being served.
    await nextTurn();
  }

  async #poll(checkpoint: unknown, spent: PackedMessages | undefined): Promise<ProducedBatch | undefined> {
    const { lifetime } = this.#task;
    const call = callPlugin(
      async (signal) =>
        this.#source.poll({ checkpoint, signal, maxMessages: this.#maxMessages, maxBytes: this.#maxBytes, spent }),
      { what: "poll", timeout: 0, cancel: lifetime.stopping, calls: this.#task.calls },
    );
    // A poll that ignores the stop is abandoned at the deadline.
    if (!(await endsBefore(call, lifetime.ended))) return undefined;
    const batch = await call;
    const messages: unknown = batch?.messages;
    if (Array.isArray(messages)) return batch;
    if (messages === null || typeof messages !== "object") {
      throw new Error(`poll returned ${describeValue(batch)} where a batch with messages is expected`);
    }
    checkPacked(messages);
    return batch;
  }
}

/** Names what was returned instead of a batch, without its content. */
function describeValue(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : "an object without messages";
}
