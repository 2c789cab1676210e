import { aborted, backoff, pause } from "@iggy-connectors/client";
import type { HeaderEntry } from "@iggy-connectors/protocol";
import { type ProducedMessage, stringifyJson } from "@iggy-connectors/sdk";
import type { DeadLetter } from "../../shared/dead-letter/dead-letter-message.ts";
import { describeError } from "../../shared/errors.ts";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import type { DeadLetterWriter } from "../failures/dead-letter-writer.ts";
import { failureFields, logFailures } from "../failures/failure-lines.ts";
import type { Task } from "../task/task.ts";
import type { OutcomeTally } from "./outcome-tally.ts";
import { headerEntries } from "./outgoing.ts";
import type { FailedProduce } from "./target-stream.ts";

/** A failed message with where it was to go. */
export interface LostProduce extends FailedProduce {
  readonly stream: SourceStreamSpec;
}

const PLACE = "dead letters";

/** Invariant 6 for sources: what cannot be sent goes where `on_error` says before the checkpoint may cover it. */
export class ProduceFailures {
  readonly #task: Task;
  readonly #letters: DeadLetterWriter;

  constructor(task: Task, letters: DeadLetterWriter) {
    this.#task = task;
    this.#letters = letters;
  }

  /** The message that stops the source, if `on_error` says so of one of them. */
  stopping(failed: readonly LostProduce[]): LostProduce | undefined {
    return failed.find((failure) => this.#policy(failure) === "stop");
  }

  /** `on_error = "stop"`: waits for an operator. Returns when the task is stopped. */
  async block(failure: LostProduce): Promise<void> {
    const { health, logger, counters, lifetime } = this.#task;
    counters.errors += 1;
    logger.error(`the source is blocked by a message: ${describeError(failure.error).message}`, {
      ...fieldsOf(failure),
      on_error: "stop",
    });
    health.failing(PLACE, "blocked", failure.error, failure.attempts, undefined);
    await aborted(lifetime.stopping);
  }

  /** Skips or buries the failed messages; false: the task was stopped before all dead letters were written. */
  async settle(
    messages: readonly ProducedMessage[],
    failed: readonly LostProduce[],
    tally: OutcomeTally,
  ): Promise<boolean> {
    const skipped = failed.filter((failure) => this.#policy(failure) === "skip");
    const buried = failed.filter((failure) => this.#policy(failure) === "dead_letter");
    if (buried.length > 0 && !(await this.#bury(messages, buried))) return false;
    for (const { index } of buried) tally.deadLettered(index);
    this.#log("dead-lettered", buried);
    this.#log("skipped", skipped);
    for (const { index } of skipped) tally.skipped(index);
    this.#task.counters.errors += failed.length;
    return true;
  }

  #policy(failure: FailedProduce): "dead_letter" | "skip" | "stop" {
    return failure.onError ?? this.#task.spec.onError;
  }

  #log(outcome: string, failed: readonly LostProduce[]): void {
    logFailures(this.#task.logger, outcome, failed, fieldsOf);
  }

  async #bury(messages: readonly ProducedMessage[], failed: readonly LostProduce[]): Promise<boolean> {
    const { health, counters, measured, logger, spec, lifetime } = this.#task;
    const letters = failed.map((failure) => letterOf(messages[failure.index]!, failure));
    for (let attempts = 1; ; attempts++) {
      try {
        await this.#letters.write(letters);
        health.resolved(PLACE);
        for (const { stage, code } of letters) measured.deadLettered(stage, code);
        return true;
      } catch (error) {
        if (lifetime.stopping.aborted) return false;
        const delay = backoff(spec.retry, attempts);
        counters.errors += 1;
        logger.error(`dead letters cannot be written, the source waits: ${describeError(error).message}`, {
          dead_letters: letters.length,
          attempts,
        });
        health.failing(PLACE, "blocked", error, attempts, delay);
        await pause(delay, lifetime.stopping);
        if (lifetime.stopping.aborted) return false;
      }
    }
  }
}

function letterOf(message: ProducedMessage, failure: LostProduce): DeadLetter {
  const { code, message: error } = describeError(failure.error);
  return {
    stage: failure.stage,
    transform: failure.transform,
    code,
    error,
    attempts: failure.attempts,
    stream: failure.stream.stream,
    topic: failure.stream.topic,
    id: message.id,
    timestamp: message.timestamp,
    payload: payloadOf(message.payload),
    headers: headersOf(message),
  };
}

/** A record that never became bytes is kept as its JSON, or as text where it has none. */
function payloadOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  let text: string | undefined;
  try {
    text = stringifyJson(payload);
  } catch {
    text = undefined;
  }
  return Buffer.from(text ?? String(payload), "utf8");
}

function headersOf({ headers }: ProducedMessage): readonly HeaderEntry[] | undefined {
  if (headers === undefined) return [];
  try {
    return headerEntries(headers);
  } catch {
    return undefined;
  }
}

function fieldsOf(failure: LostProduce): Record<string, unknown> {
  const { stream, topic } = failure.stream;
  return { stream, topic, ...failureFields(failure) };
}
